"""The venues a workflow meets in a replay: they read from the tape and know no more than it has shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from argosy.core.action import Action, ActionResult
from argosy.core.asset import Asset
from argosy.core.clock import Clock, from_ms, to_ms
from argosy.core.portfolio import Position
from argosy.core.send_deadline import SendDeadline
from argosy.core.venue import Balance, Capability, OrderBook, Quote, Venue, VenueStatus
from argosy.domains.trading.evidence import Observation
from argosy.domains.trading.market import BinaryMarket, Resolution
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.domains.trading.replay.tape import VENUE, MarketState, Tape
from argosy.errors import ModeRefused, NotFound, VenueNotFound

LONGEST_LOOK_MS = 60_000


class _Recorded:
    """The part that only reads."""

    capabilities: frozenset[Capability]
    absence_proves_after_s = 0.0

    def __init__(self, name: str, tape: Tape, clock: Clock) -> None:
        self.name = name
        self._tape = tape
        self._clock = clock

    def status(self) -> VenueStatus:
        return VenueStatus.UP

    def assets(self) -> Sequence[Asset]:
        return []

    def balances(self) -> Sequence[Balance]:
        return []

    def positions(self) -> Sequence[Position]:
        return []

    def execute(self, action: Action, *, deadline: SendDeadline | None = None) -> ActionResult:
        raise ModeRefused("a recording cannot be traded on", remedy="wrap it in a paper account")

    def lookup(self, client_id: str) -> ActionResult | None:
        return None

    def _now(self) -> Tape:
        self._tape.advance(self._clock.now_ms())
        return self._tape


class RecordedMarkets(_Recorded):
    """Implements `BinaryVenue` and `RecordedBooks` on a tape."""

    capabilities = frozenset({Capability.ORDER_BOOK, Capability.QUOTES, Capability.BINARY_MARKETS})

    def __init__(self, tape: Tape, clock: Clock) -> None:
        super().__init__(VENUE, tape, clock)

    def _state(self, slug: str) -> MarketState:
        tape = self._now()
        state = tape.markets.get(slug)
        if state is not None:
            return state
        if not tape.books_trigger:
            return tape.assume_market(slug)
        raise VenueNotFound(
            f"the recording shows no market {slug} at this moment",
            expected="one of " + (", ".join(list(tape.markets)[-3:]) or "none yet"),
        )

    def _of(self, symbol: str) -> MarketState:
        for state in reversed(self._now().markets.values()):
            if symbol in state.market.symbols:
                return state
        raise VenueNotFound(f"the recording shows no token {symbol}")

    def market(self, slug: str) -> BinaryMarket:
        return self._state(slug).market

    def books(self, symbols: Sequence[str]) -> list[OrderBook]:
        state = self._of(symbols[0])
        found = self._tape.pair(state, symbols)
        if any(book is None for book in found):
            raise VenueNotFound(f"the recording shows no books of {state.market.slug}")
        return [book for book in found if book is not None]

    def order_book(self, symbol: str) -> OrderBook:
        return self.books([symbol])[0]

    def quote(self, symbol: str) -> Quote:
        book = self.order_book(symbol)
        bid, ask = book.best_bid, book.best_ask
        return Quote(
            venue=self.name,
            symbol=symbol,
            bid=bid.price if bid else None,
            ask=ask.price if ask else None,
            at=book.received_at,
        )

    def resolution(self, slug: str) -> Resolution | None:
        state = self._now().markets.get(slug)
        return None if state is None else state.market.resolution

    def next_look(self, slug: str, after: datetime) -> datetime | None:
        after_ms = to_ms(after)
        found = self._now().next_books(slug, after_ms, after_ms + LONGEST_LOOK_MS)
        return None if found is None else from_ms(found)

    def history(self, slug: str) -> Sequence[Observation]:
        state = self._now().markets.get(slug)
        return [] if state is None else list(state.history)


class RecordedPrices(_Recorded):
    """An exchange as the recording shows it; another source stands in where this one was not recorded."""

    capabilities = frozenset({Capability.QUOTES})

    def order_book(self, symbol: str) -> OrderBook:
        raise VenueNotFound(f"the recording has no order book of {symbol} at {self.name}")

    def quote(self, symbol: str) -> Quote:
        prices = self._now().prices
        found = prices.get((self.name, symbol))
        if found is None:
            base = symbol.partition("/")[0]
            found = max(
                (p for p in prices.values() if p.symbol.partition("/")[0] == base),
                key=lambda p: p.at_ms,
                default=None,
            )
            if found is None:
                raise VenueNotFound(
                    f"the recording shows no price of {symbol} at this moment",
                    remedy="give a recording of prices too (--replay can be repeated)",
                )
            self._tape.warnings.once(
                "price_source_substituted",
                f"{self.name} {symbol} was not recorded: {found.source} {found.symbol} is used",
            )
        return Quote(venue=self.name, symbol=symbol, last=found.price, at=from_ms(found.at_ms))


class RecordedVenues:
    """Implements the port Venues: the prediction market behind its paper account, any other name an exchange."""

    def __init__(self, paper: PaperVenue, tape: Tape, clock: Clock, exchanges: Sequence[str]) -> None:
        self._venues: dict[str, Venue] = {paper.name: paper}
        for name in exchanges:
            self._venues[name] = RecordedPrices(name, tape, clock)

    def get(self, name: str) -> Venue:
        try:
            return self._venues[name]
        except KeyError:
            raise NotFound(
                f"there is no venue {name!r} in a replay", expected="one of " + ", ".join(self.names())
            ) from None

    def names(self) -> list[str]:
        return sorted(self._venues)
