"""Names that providers give the states of an order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from argosy.domains.trading.venues.replies.fields import text
from argosy.errors import BadReply
from argosy.legacy.report import OrderState

_OPEN = (
    "open new live pending active submitted accepted working resting unfilled partial partially_filled placed"
)
_FILLED = "filled executed matched complete completed fulfilled"
_DONE = "closed done finished"
_ENDED = "canceled cancelled expired killed unmatched"
_REJECTED = "rejected refused denied invalid"


def order_state(
    raw: Any, *, filled: Decimal | None, quantity: Decimal | None, counted: bool = True
) -> OrderState:
    """Return the state of an order.

    `counted` False: `filled` comes from a list, so a finished order may have more. Raises BadReply if the state is
    ambiguous: "error" and "failed" may hide an accepted order.
    """
    if raw is None:
        if filled is None or quantity is None:
            raise BadReply("the provider does not say what state the order is in")
        return OrderState.FILLED if filled >= quantity else OrderState.OPEN
    word = text(raw).rpartition(".")[2].lower().replace("-", "_").replace(" ", "_")
    if word in _OPEN.split():
        return OrderState.OPEN
    if word in _FILLED.split():
        return OrderState.FILLED
    if word in _DONE.split() and filled is not None:
        if quantity is not None and filled >= quantity:
            return OrderState.FILLED
        if counted:
            return OrderState.ENDED
    if word in _ENDED.split():
        return OrderState.ENDED
    if word in _REJECTED.split() and not filled:
        return OrderState.REJECTED
    raise BadReply(
        "the provider's word for the state of an order means nothing certain",
        expected="open, filled, cancelled or rejected",
        found=repr(raw)[:80],
    )
