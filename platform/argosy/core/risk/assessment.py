"""Findings of a risk check, in numbers and text."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from argosy.core.risk.constraint import ConstraintKind
from argosy.core.wire import Wire


class Finding(Wire):
    """Result of one constraint that concerns the action or state.

    `utilisation` is `new` / `limit`; for a minimum, `limit` / `new`. `code` is stable: "risk.<kind>". `current`
    and `new` are the values before and after the action, in the kind's unit.
    """

    constraint: str
    scope: str
    kind: ConstraintKind
    mode: Literal["enforce", "warn"]
    verdict: Literal["ok", "warning", "denied"]
    current: Decimal
    new: Decimal
    limit: Decimal
    utilisation: float
    code: str
    text: str


class Assessment(Wire):
    """Result of a risk check, with the reason of a denial.

    `score` 0..1 is the nearness to the limits. `quantity` is a smaller one that would pass.
    """

    allowed: bool
    score: float = Field(default=0.0, ge=0, le=1)
    code: str | None = None
    reason: str | None = None
    quantity: Decimal | None = None
    findings: list[Finding] = []
