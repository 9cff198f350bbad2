"""Emergency states: what holds, what changed, and orders to change it."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from argosy.core.wire import Line, Wire
from dashboard.wire.base import Instant, View
from dashboard.wire.system import EmergencyName

_ID = "[A-Za-z0-9_-]{1,64}"
SCOPE = f"^(platform|domain:{_ID}|bot:{_ID}|strategy:{_ID}/{_ID})$"
"""Stands in the OpenAPI document; the words of a refusal come from `core.emergency`, which checks it."""


class EmergencyItem(View):
    """One scope's own state. `armed_for` is what a second step before `armed_until` would lead to.

    `at` is null and `actor` empty where only Redis can be read.
    """

    scope: str
    state: EmergencyName
    epoch: int
    actor: str
    reason: str
    at: Instant | None
    automatic: bool
    cause: str
    clears_at: Instant | None
    flatten: bool
    armed_for: EmergencyName | None
    armed_until: Instant | None


class EffectiveState(View):
    """What holds for a bot: the worst along its path, and the scope it comes from."""

    bot_id: str
    state: EmergencyName
    scope: str
    reason: str


class EmergencyOverview(View):
    """`states` as recorded, by scope; `effective` as read by every node, HALT where that cannot be known.

    `recorded` false: Postgres does not answer, and the states are those of Redis alone.
    `flatten_slippage`: furthest from the best price at which a shutdown sells what is held, 0..1.
    """

    recorded: bool
    states: list[EmergencyItem]
    effective: list[EffectiveState]
    flatten_slippage: Decimal


class EmergencyAnswer(EmergencyItem):
    """`recorded`: Postgres has it; `flagged`: Redis has it; either way nothing that takes risk begins before both do.

    `in_flight`: actions begun before that had no answer yet. `code` confirms the second step. `requested`: what was
    asked for where the present state is stricter and stays.
    """

    before: EmergencyName
    changed: bool
    requested: EmergencyName | None
    recorded: bool
    flagged: bool
    in_flight: int
    code: str | None


class EmergencyChangeItem(View):
    """`report` says what became of working orders, runs and positions; `enforced_at` null: not done with yet."""

    epoch: int
    scope: str
    before: EmergencyName
    after: EmergencyName
    actor: str
    origin: str
    reason: str
    automatic: bool
    cause: str
    at: Instant
    flatten: bool
    enforced_at: Instant | None
    report: str | None


class EmergencyHistory(View):
    """`next_before` goes into `before` to get the next page; null at the end."""

    items: list[EmergencyChangeItem]
    next_before: int | None


class EmergencyQuery(View):
    """Which changes to list."""

    scope: str | None = Field(default=None, max_length=300, json_schema_extra={"pattern": SCOPE})
    before: int | None = Field(
        default=None, ge=1, le=2**63 - 1, description="`nextBefore` of the page before"
    )
    limit: int = Field(default=50, ge=1, le=500)


class EmergencyOrder(Wire):
    """`scope`: platform, domain:<domain>, bot:<bot> or strategy:<bot>/<strategy>."""

    scope: Line = Field(default="platform", max_length=300, json_schema_extra={"pattern": SCOPE})
    reason: Line = Field(min_length=1, max_length=2000)


class ResumeOrder(EmergencyOrder):
    """`confirm` is the code of the first step, on the way out of SHUTDOWN."""

    to: Literal["NORMAL", "ALERT", "HALT"] = "NORMAL"
    confirm: str | None = Field(default=None, min_length=1, max_length=20)


class ShutdownOrder(EmergencyOrder):
    """`flatten`: also sell what is held. `confirm` is the code of the first step."""

    flatten: bool = False
    confirm: str | None = Field(default=None, min_length=1, max_length=20)
