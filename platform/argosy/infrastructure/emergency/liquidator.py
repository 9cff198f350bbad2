"""Sells what is held, in slices inside a slippage cap, and says what is left: the one who may act in a SHUTDOWN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from argosy.core.action import Action, ActionKind, client_id
from argosy.core.emergency import Scope
from argosy.core.intent import Caller
from argosy.core.money import ZERO, floor_to
from argosy.core.portfolio import Held
from argosy.core.ports import Venues
from argosy.core.venue import Capability, OrderBook, Venue
from argosy.errors import ArgosyError
from argosy.infrastructure.gateway import Gateway
from argosy.infrastructure.storage import intents, positions
from argosy.infrastructure.storage.database import Database

_LOTS = Decimal("0.01")
"""Grid of sizes where a venue names none."""

_MOST_TRIES = 40
"""Slices of one position in all; what is then left is for people."""


@dataclass(frozen=True, slots=True)
class Flattened:
    """`finished`: flat, or nothing more can be tried; `lines` say what was sold and what is left, and why."""

    finished: bool
    lines: Sequence[str]


class Liquidator:
    """`slippage` is the furthest from the best price, 0..1. A slice has a client id of its own made of epoch,
    position and number, so a liquidation that was interrupted goes on where it was."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        venues_of: Callable[[Caller], Venues],
        *,
        slices: int,
        slippage: Decimal,
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._venues_of = venues_of
        self._slices = slices
        self._slippage = slippage

    def flatten(self, scope: Scope, epoch: int) -> Flattened:
        """Works on every position in the scope once; what cannot be sold now is tried at the next call."""
        lines: list[str] = []
        finished = True
        for mode in self._database.run(positions.modes()):
            for held in self._held(mode):
                if held.quantity and scope.covers(held.domain, held.bot, held.strategy):
                    done, line = self._exit(mode, held, epoch)
                    finished &= done
                    lines.append(line)
        return Flattened(finished, lines or ["nothing was held"])

    def _exit(self, mode: str, held: Held, epoch: int) -> tuple[bool, str]:
        caller = Caller(
            mode, held.domain, held.bot, held.strategy, node_id=f"flatten.{epoch}", role="liquidator"
        )
        start, left, why = held.quantity, held.quantity, ""
        name = f"{held.bot}/{held.strategy} {held.venue} {held.symbol} ({mode})"
        number = self._next(epoch, mode, held)
        tries = 0
        while left and tries < self._slices and number < _MOST_TRIES:
            try:
                venues = self._venues_of(caller)
                action = self._slice(venues.get(held.venue), held, left, epoch, mode, number)
            except ArgosyError as error:
                why = str(error)
                break
            if isinstance(action, str):
                why = action
                break
            (result,) = self._gateway.submit(caller, venues, [action])
            number, tries = number + 1, tries + 1
            left = self._quantity(mode, held)
            if not result.status.final:
                why = f"a slice is {result.status}"
                break
            if not result.filled:
                why = result.reason or f"a slice was {result.status}"
                if result.code is not None:
                    break
        if not left:
            return True, f"{name}: flat"
        sold = f"{start - left} of {start} gone, " if left != start else ""
        over = number >= _MOST_TRIES
        return over, f"{name}: {sold}{left} LEFT{f' ({why})' if why else ''}{', given up' if over else ''}"

    def _slice(
        self, venue: Venue, held: Held, left: Decimal, epoch: int, mode: str, number: int
    ) -> Action | str:
        """The next order, or why there is none."""
        if not {Capability.PLACE_ORDER, Capability.ORDER_BOOK} <= venue.capabilities:
            return f"{venue.name} has no market to leave through"
        book = venue.order_book(held.symbol)
        best = book.best_bid if left > 0 else book.best_ask
        if book.crossed or best is None:
            return "there is nobody to deal with"
        size = self._size(abs(left), number, book)
        if not size:
            return "less than the venue deals in"
        return Action(
            client_id=client_id(_run(epoch, mode), _position(held), number),
            venue=held.venue,
            kind=ActionKind.PLACE_ORDER,
            symbol=held.symbol,
            label=self._database.run(intents.label(held.bot, held.venue, held.symbol)),
            side="sell" if left > 0 else "buy",
            quantity=size,
            limit_price=limit_price(best.price, self._slippage, book.tick, selling=left > 0),
            time_in_force="FAK",
        )

    def _size(self, left: Decimal, number: int, book: OrderBook) -> Decimal:
        size = floor_to(left / max(self._slices - number, 1), _LOTS)
        smallest = book.minimum_size or _LOTS
        if size < smallest or left - size < smallest:
            size = left
        return size if size >= smallest else ZERO

    def _next(self, epoch: int, mode: str, held: Held) -> int:
        number = 0
        while (
            number < _MOST_TRIES
            and self._database.run(intents.get(client_id(_run(epoch, mode), _position(held), number)))
            is not None
        ):
            number += 1
        return number

    def _held(self, mode: str) -> Sequence[Held]:
        return self._database.run(positions.holdings(mode))[0]

    def _quantity(self, mode: str, held: Held) -> Decimal:
        return next((each.quantity for each in self._held(mode) if _position(each) == _position(held)), ZERO)


def limit_price(best: Decimal, slippage: Decimal, tick: Decimal | None, *, selling: bool) -> Decimal:
    """The worst price of a slice: `slippage` from the best one, on the venue's grid, never beyond the cap."""
    price = best * (1 - slippage if selling else 1 + slippage)
    if tick is None:
        return price
    rounding = ROUND_CEILING if selling else ROUND_FLOOR
    return max((price / tick).to_integral_value(rounding), Decimal(1)) * tick


def _run(epoch: int, mode: str) -> str:
    return f"flatten:{epoch}:{mode}"


def _position(held: Held) -> str:
    return "\x00".join((held.bot, held.strategy, held.venue, held.symbol))
