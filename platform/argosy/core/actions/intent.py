"""Intents: actions as the gateway stores them, with caller, decision and outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from argosy.core.actions.action import Action, ActionResult, ActionStatus
from argosy.core.actions.value_change import SUPERSEDED
from argosy.core.money.money import ZERO
from argosy.core.risk.assessment import Assessment
from argosy.core.scope import ScopePath
from argosy.errors import NeverSent

Role = Literal["strategy", "operator", "liquidator"]
"""Role of the caller; only the liquidator may act in SHUTDOWN, and only to reduce."""

NEVER_ARRIVED = "never_arrived"
"""Code of actions closed because the venue did not know them.

This conclusion rests on the venue's silence, so a later answer of the venue overrules it.
"""

NEVER_SENT = NeverSent.code
"""Code of actions that certainly never left this process.

The deadline stopped them, or they were closed before the call began.
"""

UNSETTLED = (
    ActionStatus.PLANNED,
    ActionStatus.SUBMITTED,
    ActionStatus.OPEN,
    ActionStatus.PARTIALLY_FILLED,
    ActionStatus.UNKNOWN,
)


NO_EFFECT = (ActionStatus.DENIED, ActionStatus.REJECTED, ActionStatus.CANCELLED)
"""Statuses of value actions that set nothing.

The code `superseded` excepts those whose value another user set.
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """Origin of an action.

    `strategy_id` is "" for the bot's own workflow. `mode` is paper, sandbox or live.
    """

    mode: str
    domain: str
    bot_id: str
    strategy_id: str = ""
    run_id: str | None = None
    node_id: str | None = None
    correlation_id: str | None = None
    role: Role = "strategy"

    @property
    def scopes(self) -> tuple[str, ...]:
        return ScopePath(self.domain, self.bot_id, self.strategy_id).scopes

    def path(self, action: Action) -> ScopePath:
        return ScopePath(self.domain, self.bot_id, self.strategy_id, action.venue, action.symbol)


@dataclass(frozen=True, slots=True)
class Decision:
    """Decision before an action is sent; in ALERT, `action` may be smaller than requested."""

    action: Action
    allowed: bool
    delta: Decimal
    reducing: bool
    reserve: Decimal
    code: str | None = None
    reason: str | None = None
    assessment: Assessment | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """Stored action of the gateway with its status.

    `reserved` is in base currency. `epochs` are the emergency epochs by scope at the decision. `owner` is the
    process that began the call. It is cleared when the call ends: until then the call may still be made.
    """

    caller: Caller
    action: Action
    status: ActionStatus
    delta: Decimal
    reducing: bool
    decided_at: datetime
    reserved: Decimal = ZERO
    filled: Decimal = ZERO
    code: str | None = None
    reason: str | None = None
    result: ActionResult | None = None
    assessment: Assessment | None = None
    epochs: Mapping[str, int] = field(default_factory=dict)
    owner: str | None = None
    lookups: int = 0
    submitted_at: datetime | None = None
    settled_at: datetime | None = None

    @classmethod
    def decided(
        cls, caller: Caller, decision: Decision, now: datetime, epochs: Mapping[str, int] | None = None
    ) -> Intent:
        """Create the intent of a decision: planned, or denied and thereby settled."""
        return cls(
            caller=caller,
            action=decision.action,
            status=ActionStatus.PLANNED if decision.allowed else ActionStatus.DENIED,
            delta=decision.delta,
            reducing=decision.reducing,
            decided_at=now,
            reserved=decision.reserve,
            code=decision.code,
            reason=decision.reason,
            assessment=decision.assessment,
            epochs=epochs or {},
            settled_at=None if decision.allowed else now,
        )

    @property
    def client_id(self) -> str:
        return self.action.client_id

    @property
    def may_have_edited(self) -> bool:
        """True if the action may have set a value; an edit of another user counts as well."""
        return self.status not in NO_EFFECT or self.code == SUPERSEDED

    @property
    def remaining(self) -> Decimal:
        """The part of `delta` that may still be filled."""
        if self.status.final or not self.action.quantity:
            return ZERO
        left = max(self.action.quantity - self.filled, ZERO)
        return self.delta * left / self.action.quantity

    @property
    def part(self) -> Fraction:
        """The filled fraction of the decided quantity, exact and at most 1.

        A leg that shrank counts by the quantity before it shrank. Better prices may bring more than was decided.
        """
        leg = self.action.leg
        asked = self.action.quantity if leg is None or leg.asked is None else leg.asked
        if not asked:
            return Fraction(self.status is ActionStatus.FILLED)
        return min(Fraction(self.filled) / Fraction(asked), Fraction(1))

    def shrunk(self, quantity: Decimal | None) -> Intent:
        """Reduce the intent to at most `quantity`.

        A leg shrinks to the filled part of the legs before it.
        """
        action = self.action
        if quantity is None or quantity >= action.quantity:
            return self
        part = quantity / action.quantity
        leg = action.leg and action.leg.model_copy(update={"asked": action.quantity})
        smaller = action.model_copy(
            update={"quantity": quantity, "max_fee": action.max_fee * part, "leg": leg}
        )
        return replace(self, action=smaller, delta=self.delta * part, reserved=self.reserved * part)

    def as_result(self) -> ActionResult:
        """Return the result for the caller: the venue's newest answer, else the stored status."""
        if self.result is not None:
            return self.result
        return ActionResult(
            client_id=self.client_id,
            status=self.status,
            filled=self.filled,
            reason=self.reason,
            code=self.code,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """Change of an intent, to be published; `id` is its number in the journal."""

    id: int
    intent: Intent
    before: ActionStatus | None
    after: ActionStatus
    at: datetime
    reason: str | None
