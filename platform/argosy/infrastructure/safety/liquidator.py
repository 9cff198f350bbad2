"""Sell positions in slices within a slippage cap, and report the remainder.

The liquidator is the only caller that may trade during a SHUTDOWN.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from argosy.core.actions.action import Action, ActionKind, client_id
from argosy.core.actions.intent import Caller
from argosy.core.money.money import ZERO, floor_to
from argosy.core.money.portfolio import PositionRecord
from argosy.core.ports import Venues
from argosy.core.risk.quotes import QuotePolicy, agree
from argosy.core.scope import Scope
from argosy.core.venues.needs import with_order_books
from argosy.core.venues.venue import Capability, OrderBook, Venue
from argosy.errors import ArgosyError
from argosy.infrastructure.actions import Gateway
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import marks, positions
from argosy.infrastructure.storage.safety import flatten_progress
from argosy.infrastructure.storage.safety.flatten_progress import FlattenedPosition

Place = tuple[str, str, str]
"""Mode, bot and venue."""

_LOTS = Decimal("0.01")
"""Size step for venues that name none."""

_MOST_TRIES = 40
"""Largest number of slices for one position; people must sell the rest."""


@dataclass(frozen=True, slots=True)
class Flattened:
    """Result of a liquidation step.

    `finished`: all positions are flat, or no further attempt is possible. `lines` report the sold and
    remaining quantities with the reason.
    """

    finished: bool
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Stuck:
    """Reason why there is no next order; with `for_good` there never will be one."""

    why: str
    for_good: bool = False


class Liquidator:
    """Liquidation of positions, resumable after any interruption.

    `slippage` is the largest distance from the best price at the first slice, as a fraction 0..1. `policy`
    (by venue and symbol) must accept that best price beside the last sane price, if there is one. A bid of a
    penny is not a usable price. The client id of a slice consists of epoch, position and number. So an
    interrupted liquidation continues at the next slice.
    """

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        venues_of: Callable[[Caller], Venues],
        *,
        slices: int,
        slippage: Decimal,
        policy: Callable[[str, str], QuotePolicy] = lambda venue, symbol: QuotePolicy(),
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._venues_of = venues_of
        self._slices = slices
        self._slippage = slippage
        self._policy = policy

    def flatten(self, scope: Scope, epoch: int, *, busy: Collection[Place] = ()) -> Flattened:
        """Try to sell every position in the scope once; the next call tries the rest.

        Positions at a `busy` place wait, because orders of their bot there are not settled.
        """
        lines: list[str] = []
        finished = True
        gone = self._database.run(flatten_progress.of(epoch))
        for mode in self._database.run(positions.modes()):
            for held in self._held(mode):
                position = _position(mode, held)
                if held.quantity and scope.contains(held.path):
                    before = gone.pop(position, ZERO)
                    stuck = _Stuck("its orders there are not settled")
                    if (mode, held.bot, held.venue) not in busy:
                        stuck = self._exit(mode, held, epoch)
                    left = self._quantity(mode, held)
                    finished &= not left or stuck.for_good
                    lines.append(_line(position, abs(held.quantity) - abs(left) + before, left, stuck))
        # Sales of earlier calls are reported too: they may be all that was sold.
        told = [_line(position, sold, ZERO, _Stuck("")) for position, sold in gone.items() if sold]
        return Flattened(finished, told + lines or ["nothing was held"])

    def _exit(self, mode: str, held: PositionRecord, epoch: int) -> _Stuck:
        """Sell as much as possible now; return the reason for a remainder."""
        caller = Caller(
            mode, held.domain, held.bot, held.strategy, node_id=f"flatten.{epoch}", role="liquidator"
        )
        number, first = self._next(epoch, mode, held)
        left, tries = held.quantity, 0
        stuck = _Stuck("")
        while left and tries < self._slices and number < _MOST_TRIES:
            try:
                venues = self._venues_of(caller)
                action = self._slice(venues.get(held.venue), held, left, epoch, mode, number, first)
            except ArgosyError as error:
                return _Stuck(str(error))
            if isinstance(action, _Stuck):
                return action
            (result,) = self._gateway.submit(caller, venues, [action])
            first = first or action
            number, tries = number + 1, tries + 1
            left = self._quantity(mode, held)
            if not result.status.final:
                return _Stuck(f"a slice is {result.status}")
            if not result.filled:
                stuck = _Stuck(result.reason or f"a slice was {result.status}")
                if result.code is not None:
                    break
        return (
            _Stuck(f"{stuck.why}, given up".lstrip(", "), for_good=True) if number >= _MOST_TRIES else stuck
        )

    def _slice(
        self,
        venue: Venue,
        held: PositionRecord,
        left: Decimal,
        epoch: int,
        mode: str,
        number: int,
        first: Action | None,
    ) -> Action | _Stuck:
        """Return the next order, or the reason why there is none.

        No slice has a worse limit price than the `first` one.
        """
        if not {Capability.PLACE_ORDER, Capability.ORDER_BOOK} <= venue.capabilities:
            return _Stuck(f"{venue.name} has no market to leave through", for_good=True)
        book = with_order_books(venue).order_book(held.symbol)
        best = book.best_bid if left > 0 else book.best_ask
        if book.crossed or best is None:
            return _Stuck("there is nobody to deal with")
        if first is None and (doubt := self._doubt(mode, held, best.price)) is not None:
            return doubt
        price = limit_price(best.price, self._slippage, book.tick, selling=left > 0)
        if first is not None and first.limit_price is not None:
            price = max(price, first.limit_price) if left > 0 else min(price, first.limit_price)
        return Action(
            client_id=client_id(_run(epoch, mode), _name(held), number),
            venue=held.venue,
            kind=ActionKind.PLACE_ORDER,
            symbol=held.symbol,
            label=self._database.run(intents.label(held.bot, held.venue, held.symbol)),
            side="sell" if left > 0 else "buy",
            quantity=self._size(abs(left), number, book),
            limit_price=price,
            time_in_force="FAK",
        )

    def _doubt(self, mode: str, held: PositionRecord, best: Decimal) -> _Stuck | None:
        """Return the reason why the best price cannot be used for the first slice, or None.

        The last sane price follows a market that has moved once the move is confirmed.
        """
        asset = (held.venue, held.symbol)
        mark = self._database.run(marks.of(mode, [asset])).get(asset)
        if mark is None or agree(mark.price, best, self._policy(*asset)):
            return None
        return _Stuck(
            f"the best price {best.normalize():f} is not confirmed, the last one was {mark.price.normalize():f}"
        )

    def _size(self, left: Decimal, number: int, book: OrderBook) -> Decimal:
        """Return the size of a slice, or the whole rest if slices would be too small.

        A venue's minimum often applies to resting orders only. So a rest below the minimum is tried too.
        """
        size = floor_to(left / max(self._slices - number, 1), _LOTS)
        smallest = book.minimum_size or ZERO
        if not size or size < smallest or left - size < smallest:
            size = floor_to(left, _LOTS)
        return size or left

    def _next(self, epoch: int, mode: str, held: PositionRecord) -> tuple[int, Action | None]:
        """Return the number of the next slice, and the first slice so far."""
        first: Action | None = None
        for number in range(_MOST_TRIES):
            known = self._database.run(intents.get(client_id(_run(epoch, mode), _name(held), number)))
            if known is None:
                return number, first
            first = first or known.action
        return _MOST_TRIES, first

    def _held(self, mode: str) -> Sequence[PositionRecord]:
        return self._database.run(positions.holdings(mode))[0]

    def _quantity(self, mode: str, held: PositionRecord) -> Decimal:
        return next((each.quantity for each in self._held(mode) if _name(each) == _name(held)), ZERO)


def limit_price(best: Decimal, slippage: Decimal, tick: Decimal | None, *, selling: bool) -> Decimal:
    """Return the worst price of a slice: `slippage` from the best price, within the cap.

    The result is a multiple of the venue's price step `tick`.
    """
    price = best * (1 - slippage if selling else 1 + slippage)
    if tick is None:
        return price
    rounding = ROUND_CEILING if selling else ROUND_FLOOR
    return max((price / tick).to_integral_value(rounding), Decimal(1)) * tick


def _run(epoch: int, mode: str) -> str:
    return f"flatten:{epoch}:{mode}"


def _name(held: PositionRecord) -> str:
    return "\x00".join((held.bot, held.strategy, held.venue, held.symbol))


def _position(mode: str, held: PositionRecord) -> FlattenedPosition:
    return FlattenedPosition(mode, held.bot, held.strategy, held.venue, held.symbol)


def _line(position: FlattenedPosition, sold: Decimal, left: Decimal, stuck: _Stuck) -> str:
    name = f"{position.bot}/{position.strategy} {position.venue} {position.symbol} ({position.mode})"
    gone = f"{sold.normalize():f} gone" if sold else ""
    if not left:
        return f"{name}: flat" + (f", {gone}" if gone else "")
    why = f" ({stuck.why})" if stuck.why else ""
    return f"{name}: {gone}{', ' if gone else ''}{left.normalize():f} LEFT{why}"
