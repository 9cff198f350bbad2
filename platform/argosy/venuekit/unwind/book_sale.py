"""Sale of positions through order books, in slices within a slippage cap."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from argosy.core.actions.action import Action, ActionKind
from argosy.core.money.money import ZERO, floor_to
from argosy.core.risk.quotes import is_within_band
from argosy.core.safety.unwinding import Remainder, Unwinder, UnwindRequest
from argosy.core.venues.venue import Capability, OrderBook, OrderBooks

_LOTS = Decimal("0.01")
"""Size step for venues that name none."""


class BookSale(Unwinder):
    """Unwinder of positions at venues with order books.

    The best price must agree with the last sane price: a bid of a penny is not usable. No slice has a worse limit
    price than the first one.
    """

    def next_action(self, request: UnwindRequest) -> Action | Remainder:
        venue, left = request.venue, request.obligation.quantity
        if not left:
            return Remainder("an order book sells positions only: end it at the venue", for_good=True)
        can_trade = {Capability.PLACE_ORDER, Capability.ORDER_BOOK} <= venue.capabilities
        if not (can_trade and isinstance(venue, OrderBooks)):
            return Remainder(f"{venue.name} has no market to leave through", for_good=True)
        book, first = venue.order_book(request.obligation.symbol), request.first
        best = book.best_bid if left > 0 else book.best_ask
        if book.crossed or best is None:
            return Remainder("the order book has no price to trade at")
        if (
            first is None
            and request.mark is not None
            and not is_within_band(request.mark, best.price, request.policy)
        ):
            known = f"the last one was {request.mark.normalize():f}"
            return Remainder(f"the best price {best.price.normalize():f} is not confirmed, {known}")
        price = limit_price(best.price, request.slippage, book.tick, selling=left > 0)
        if first is not None and first.limit_price is not None:
            price = max(price, first.limit_price) if left > 0 else min(price, first.limit_price)
        return Action(
            client_id=request.client_id,
            venue=request.obligation.venue,
            kind=ActionKind.PLACE_ORDER,
            symbol=request.obligation.symbol,
            side="sell" if left > 0 else "buy",
            quantity=_size(abs(left), request.slices - request.number, book),
            limit_price=price,
            time_in_force="FAK",
        )


def limit_price(best: Decimal, slippage: Decimal, tick: Decimal | None, *, selling: bool) -> Decimal:
    """Return the worst price of a slice: `slippage` from the best price, within the cap.

    The result is a multiple of the venue's price step `tick`.
    """
    price = best * (1 - slippage if selling else 1 + slippage)
    if tick is None:
        return price
    rounding = ROUND_CEILING if selling else ROUND_FLOOR
    return max((price / tick).to_integral_value(rounding), Decimal(1)) * tick


def _size(left: Decimal, slices: int, book: OrderBook) -> Decimal:
    """Return the size of a slice, or the whole rest if slices would be too small.

    A venue's minimum often applies to resting orders only. So a rest below the minimum is tried too.
    """
    size = floor_to(left / max(slices, 1), _LOTS)
    smallest = book.minimum_size or ZERO
    if not size or size < smallest or left - size < smallest:
        size = floor_to(left, _LOTS)
    return size or left
