"""Quantity that one strategy has bought and not sold, stored between runs."""

from __future__ import annotations

from decimal import Decimal

from argosy.core.actions.action import Action, ActionResult
from argosy.core.money.money import ZERO
from argosy.core.venues.venue import Venue
from argosy.core.wire import Wire
from argosy.graph.context import NodeContext


class _Pending(Wire):
    """Order without a known end. `counted` is the part already included in the quantity."""

    client_id: str
    side: str
    counted: Decimal
    placed_ms: int


class _State(Wire):
    quantity: Decimal = ZERO
    pending: _Pending | None = None


class _KeptHolding(Wire):
    """State `before` and `after` the execution `of`.

    A redelivered execution starts from the same state.
    """

    of: str
    before: _State
    after: _State


class SpotHolding:
    """Holding of one pair at one venue, shared by the nodes of one strategy.

    Coins of other strategies are never counted.
    """

    def __init__(self, ctx: NodeContext, venue: str, symbol: str) -> None:
        self._ctx = ctx
        self._key = f"spot:{venue}:{symbol}"
        self._base = symbol.partition("/")[0]
        self._of = f"{ctx.run_id}:{ctx.key}"
        found = ctx.documents.get(ctx.memory_namespace, self._key)
        kept = None if found is None else _KeptHolding.model_validate(found.value)
        again = kept is not None and kept.of == self._of
        self._before = _State() if kept is None else (kept.before if again else kept.after)
        self._state = self._before

    @property
    def quantity(self) -> Decimal:
        return self._state.quantity

    @property
    def waiting(self) -> str | None:
        """Reason why no order may be sent yet, or None."""
        pending = self._state.pending
        if pending is None:
            return None
        return f"the outcome of order {pending.client_id[:12]} is not known yet"

    def settle(self, venue: Venue) -> None:
        """Look up an order without a known end at the venue."""
        pending = self._state.pending
        if pending is None:
            return
        result = venue.query_action(pending.client_id)
        if result is not None:
            self._book(pending, result)
        elif (self._ctx.clock.now_ms() - pending.placed_ms) / 1000 >= venue.absence_proves_after_s:
            self._state = self._state.model_copy(update={"pending": None})  # the order never arrived

    def take(self, action: Action, result: ActionResult) -> None:
        pending = _Pending(
            client_id=action.client_id,
            side=action.side or "buy",
            counted=ZERO,
            placed_ms=self._ctx.clock.now_ms(),
        )
        self._book(pending, result)

    def keep(self) -> None:
        kept = _KeptHolding(of=self._of, before=self._before, after=self._state)
        self._ctx.documents.put(self._ctx.memory_namespace, self._key, kept.to_wire())

    def _book(self, pending: _Pending, result: ActionResult) -> None:
        paid = sum(
            (part.amount for fill in result.fills for part in fill.fees if part.currency == self._base), ZERO
        )
        net = result.filled - paid if pending.side == "buy" else -result.filled - paid
        quantity = self._state.quantity + net - pending.counted
        rest = None if result.status.final else pending.model_copy(update={"counted": net})
        self._state = _State(quantity=max(quantity, ZERO), pending=rest)
