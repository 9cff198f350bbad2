"""Venues of a replay: they read the recording and know only the past."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from argosy.core.actions.action import Action, ActionResult
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import Clock, from_ms, to_ms
from argosy.core.money.money import ONE
from argosy.core.ports import Documents
from argosy.core.venues.asset import Asset
from argosy.core.venues.venue import Capability, Level, OrderBook, Quote, Venue, VenueStatus
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.evidence import Observation
from argosy.domains.trading.market import BinaryMarket, Resolution
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.domains.trading.paper_fees import TAKER_FEES
from argosy.domains.trading.replay.sight import PriceSeen
from argosy.domains.trading.replay.tape import VENUE, MarketState, Tape
from argosy.errors import ModeRefused, NotFound, VenueNotFound

LONGEST_LOOK_MS = 60_000
_HALF_SPREAD = Decimal("0.0001")


class _Recorded:
    """Read-only part of a recorded venue."""

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

    def execute(self, action: Action, *, deadline: SendDeadline | None = None) -> ActionResult:
        raise ModeRefused("a recording cannot be traded on", remedy="wrap it in a paper account")

    def query_action(self, client_id: str) -> ActionResult | None:
        return None

    def _now(self) -> Tape:
        self._tape.advance(self._clock.now_ms())
        return self._tape


class RecordedMarkets(_Recorded):
    """Prediction market on a recording. Implements `BinaryVenue` and `RecordedBooks`."""

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
    """Exchange as recorded; another source stands in if this one was not recorded."""

    capabilities = frozenset({Capability.QUOTES, Capability.ORDER_BOOK, Capability.CANDLES})

    def order_book(self, symbol: str) -> OrderBook:
        """Return the recorded best prices, or a narrow spread around the price."""
        found = self._price(symbol)
        bid, ask = found.bid, found.ask
        if bid is None or ask is None or bid >= ask:
            self._tape.warnings.once(
                "spot_book_assumed",
                f"{self.name} {symbol}: no book was recorded; {self._tape.terms.depth} at "
                f"{_HALF_SPREAD:%} beside the price are taken",
            )
            bid, ask = found.price * (ONE - _HALF_SPREAD), found.price * (ONE + _HALF_SPREAD)
        size, at = self._tape.terms.depth, from_ms(found.at_ms)
        return OrderBook(
            venue=self.name,
            symbol=symbol,
            bids=[Level(price=bid, size=size)],
            asks=[Level(price=ask, size=size)],
            at=at,
            received_at=at,
        )

    def candles(self, symbol: str, interval: str = "1m", *, limit: int = 100) -> list[Candle]:
        """Return finished bars, the newest last.

        Raises InvalidInput if the recording has no bars short enough.
        """
        found = self._price(symbol)
        return self._tape.bars.of((found.source, found.symbol), interval, limit)

    def quote(self, symbol: str) -> Quote:
        found = self._price(symbol)
        return Quote(venue=self.name, symbol=symbol, last=found.price, at=from_ms(found.at_ms))

    def _price(self, symbol: str) -> PriceSeen:
        prices = self._now().prices
        found = prices.get((self.name, symbol))
        if found is not None:
            return found
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
        return found


class RecordedVenues:
    """Venues of a replay.

    The prediction market is behind its paper account; any other name is an exchange. Exchanges that accept orders
    have a paper account each.
    """

    def __init__(
        self,
        paper: PaperVenue,
        tape: Tape,
        clock: Clock,
        exchanges: Sequence[str],
        *,
        documents: Documents,
        capital: Decimal,
    ) -> None:
        self.spot = [
            SpotPaperVenue(
                RecordedPrices(name, tape, clock),
                documents,
                clock,
                account="replay",
                capital=capital,
                fee=TAKER_FEES[name],
            )
            for name in exchanges
            if name in TAKER_FEES
        ]
        self._venues: dict[str, Venue] = {paper.name: paper} | {venue.name: venue for venue in self.spot}
        for name in exchanges:
            if name not in self._venues:
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
