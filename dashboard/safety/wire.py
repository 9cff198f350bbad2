"""Emergency states, their changes, and requests to change them."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from argosy.core.wire import Line, Wire
from dashboard.system.wire import EmergencyName
from dashboard.wire import Instant, View

_ID = "[A-Za-z0-9_-]{1,64}"
SCOPE = f"^(platform|domain:{_ID}|bot:{_ID}|strategy:{_ID}/{_ID})$"
"""Pattern of a scope for the OpenAPI document.

`core.emergency` checks scopes and writes the text of a refusal.
"""


class EmergencyItem(View):
    """A scope's own state.

    `armed_for` is the state that a second step before `armed_until` leads to. `at` is null and `actor` empty
    while only Redis can be read.
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
    """State in force for a bot: the strictest on its path, with the scope that it comes from."""

    bot_id: str
    state: EmergencyName
    scope: str
    reason: str


class EmergencyOverview(View):
    """All emergency states.

    `states` are the recorded states by scope. `effective` are the states that every node reads; HALT where
    they are unknown.

    `recorded` is false while Postgres does not answer: the states are then those of Redis alone.

    `flatten_slippage` is the largest distance from the best price at which a shutdown sells positions, from 0
    to 1.
    """

    recorded: bool
    states: list[EmergencyItem]
    effective: list[EffectiveState]
    flatten_slippage: Decimal


class EmergencyAnswer(EmergencyItem):
    """Result of a change of an emergency state.

    `recorded` is true once Postgres has the change, `flagged` once Redis has it. No action that takes risk
    begins before both have it.

    `in_flight` counts actions that began before and have no answer yet. `code` confirms the second step.
    `requested` is the wanted state when a stricter one stays.
    """

    before: EmergencyName
    changed: bool
    requested: EmergencyName | None
    recorded: bool
    flagged: bool
    in_flight: int
    code: str | None


class EmergencyChangeItem(View):
    """One change of a state.

    `report` describes the enforcement: working orders, runs and positions. `enforced_at` is null until it has
    finished.
    """

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
    """One page of changes.

    `next_before` is the `before` of the next page; null at the end.
    """

    items: list[EmergencyChangeItem]
    next_before: int | None


class EmergencyQuery(View):
    """Filter of the changes."""

    scope: str | None = Field(default=None, max_length=300, json_schema_extra={"pattern": SCOPE})
    before: int | None = Field(
        default=None, ge=1, le=2**63 - 1, description="`nextBefore` of the page before"
    )
    limit: int = Field(default=50, ge=1, le=500)


class EmergencyOrder(Wire):
    """Request to change a state.

    `scope` is platform, domain:<domain>, bot:<bot> or strategy:<bot>/<strategy>.
    """

    scope: Line = Field(default="platform", max_length=300, json_schema_extra={"pattern": SCOPE})
    reason: Line = Field(min_length=1, max_length=2000)


class ResumeOrder(EmergencyOrder):
    """Request to resume. `confirm` is the code of the first step out of SHUTDOWN."""

    to: Literal["NORMAL", "ALERT", "HALT"] = "NORMAL"
    confirm: str | None = Field(default=None, min_length=1, max_length=20)


class ShutdownOrder(EmergencyOrder):
    """Request to shut down.

    `flatten` also sells positions. `confirm` is the code of the first step.
    """

    flatten: bool = False
    confirm: str | None = Field(default=None, min_length=1, max_length=20)
