"""Risk limits and their present use."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import ConfigDict, Field

from argosy.core.risk import ConstraintKind
from argosy.core.wire import Wire
from dashboard.wire import Instant, View, needs


class LimitView(View):
    """Limit as saved.

    `limit` is in the unit of its kind. `warning` is the part of the limit from which it warns.
    """

    id: str
    scope: str
    kind: ConstraintKind
    limit: Decimal
    warning: Decimal
    mode: Literal["enforce", "warn"]
    window_s: int | None
    parameters: dict[str, str]
    enabled: bool
    version: int
    updated_at: Instant
    updated_by: str


class LimitList(View):
    items: list[LimitView]


class LimitBody(Wire):
    """Request with the whole new limit.

    `version` is the version that the client saw (0: none yet). Null overwrites any version.
    """

    model_config = ConfigDict(
        json_schema_extra={
            **needs("kind", [ConstraintKind.CUSTOM], parameter="measure"),
            "else": needs("kind", [ConstraintKind.CORRELATION_GROUP], parameter="assets"),
        }
    )

    scope: str = Field(min_length=1, max_length=300)
    kind: ConstraintKind
    limit: Decimal = Field(ge=0, max_digits=60)
    warning: Decimal = Field(default=Decimal("0.8"), gt=0, le=1, max_digits=20)
    mode: Literal["enforce", "warn"] = "enforce"
    window_s: int | None = Field(default=None, ge=1, le=31 * 86_400)
    parameters: dict[str, str] = {}
    enabled: bool = True
    version: int | None = Field(default=None, ge=0, le=2**31)
    reason: str = Field(default="", max_length=2000)


class RemovalQuery(Wire):
    version: int | None = Field(
        default=None, ge=1, le=2**31, description="Refuse unless it has this version."
    )
    reason: str = Field(default="", max_length=2000)


class UsageQuery(Wire):
    mode: Literal["paper", "sandbox", "live"] = Field(default="paper", description="Whose books.")


class UsageItem(View):
    """Limit with its present use.

    `current` and `utilisation` are null in three cases: only an action can touch the limit, there are no
    positions, or the use cannot be computed (`state` unknown).

    With the `state` over, new risk is denied and the scope is halted.
    """

    limit: LimitView
    current: Decimal | None
    utilisation: float | None
    state: Literal["off", "idle", "ok", "near", "over", "unknown"]
    text: str | None


class UsageList(View):
    """Limits with their use, sorted by id."""

    mode: Literal["paper", "sandbox", "live"]
    items: list[UsageItem]
