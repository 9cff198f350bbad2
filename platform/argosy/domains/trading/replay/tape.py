"""Playback of a recording: the state known at a moment, and the time of the next event."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from argosy.core.clock import from_ms, to_ms
from argosy.core.money.money import ONE
from argosy.core.venues.venue import Level, OrderBook
from argosy.domains.trading.evidence import HISTORY, Observation
from argosy.domains.trading.market import DOWN, UP, BinaryMarket, Resolution
from argosy.domains.trading.replay.bars import Bars
from argosy.domains.trading.replay.sight import BooksSeen, MarketSeen, PriceSeen, Sight, TickSizeSeen
from argosy.domains.trading.replay.terms import AssumedTerms
from argosy.venuekit.replay.playback import RecordedPlayback
from argosy.venuekit.replay.warnings import ReplayWarnings

VENUE = "polymarket"
MIRROR = "mirror"
"""Digest of a book that was derived from the other outcome's book."""
_MIRROR_AFTER_MS = 3_000
_ONE_UPDATE_MS = 100
"""Longest time in milliseconds between the receipts of one update.

The venue sends both outcomes' books of an update with the same time.
"""


@dataclass
class MarketState:
    """State of one market as seen so far.

    `books` are by token id. `tick` is the newest tick size from books and changes.
    """

    market: BinaryMarket
    tick: Decimal | None = None
    books: dict[str, OrderBook] = field(default_factory=dict)
    history: deque[Observation] = field(default_factory=lambda: deque(maxlen=HISTORY))


class Tape(RecordedPlayback[Sight]):
    """Playback of prediction markets and prices.

    `books_trigger`: runs are due when books are seen, else when prices are.
    """

    def __init__(
        self,
        sights: Iterable[Sight],
        terms: AssumedTerms,
        warnings: ReplayWarnings,
        *,
        books_trigger: bool = True,
    ) -> None:
        super().__init__(sights)
        self.terms = terms
        self.warnings = warnings
        self.books_trigger = books_trigger
        self.markets: dict[str, MarketState] = {}
        self.prices: dict[tuple[str, str], PriceSeen] = {}
        self.bars = Bars()
        self.offers = 0
        """Number of books with an ask inside their market's window; 0 allows no purchase."""

    # --- time -------------------------------------------------------------------------------------------

    def is_due(self, sight: Sight) -> bool:
        return isinstance(sight, BooksSeen if self.books_trigger else PriceSeen)

    def due_ms(self, sight: Sight) -> int:
        """Return the time at which the other outcome's book of the same update has arrived.

        Without such a book it is the time of this one.
        """
        if not isinstance(sight, BooksSeen) or len(sight.books) > 1:
            return sight.at_ms
        for other in self.look_ahead():
            if other.at_ms > sight.at_ms + _ONE_UPDATE_MS:
                break
            if (
                isinstance(other, BooksSeen)
                and other.at_ms >= sight.at_ms
                and other.slug == sight.slug
                and other.books[0].symbol != sight.books[0].symbol
            ):
                return other.at_ms
        return sight.at_ms

    def first_slug(self) -> str | None:
        """Return the slug of the first market seen or described; None in a recording of prices."""
        for sight in self.look_ahead():
            if isinstance(sight, BooksSeen):
                return sight.slug
            if isinstance(sight, MarketSeen):
                return sight.market.slug
            if not self.books_trigger:
                break
        return None

    def next_books(self, slug: str, from_ms: int, until_ms: int) -> int | None:
        """Return the next time in [from_ms, until_ms] at which the market's books are seen.

        The last books count if they are from `from_ms` or later.
        """
        state = self.markets.get(slug)
        if state is not None and state.history and from_ms <= state.history[-1].seen_ms:
            return state.history[-1].seen_ms
        for sight in self.look_ahead():
            if sight.at_ms > until_ms:
                return None
            if isinstance(sight, BooksSeen) and sight.slug == slug and sight.at_ms >= from_ms:
                return self.due_ms(sight)
        return None

    def next_resolution(self, slugs: Collection[str]) -> int | None:
        """Return the next time at which a market of `slugs` is resolved; None if there is none."""
        for sight in self.look_ahead():
            if isinstance(sight, MarketSeen) and sight.market.slug in slugs and sight.market.resolution:
                return sight.at_ms
        return None

    # --- observations -----------------------------------------------------------------------------------

    def take(self, sight: Sight) -> None:
        if isinstance(sight, PriceSeen):
            self.prices[sight.source, sight.symbol] = sight
            self.bars.add(sight)
        elif isinstance(sight, MarketSeen):
            self._describe(sight)
        elif isinstance(sight, TickSizeSeen):
            self._change_tick(sight)
        else:
            self._look(sight)

    def _describe(self, sight: MarketSeen) -> None:
        market = sight.market
        if market.fees is None:
            self._assume_fees()
            market = market.model_copy(update={"fees": self.terms.fees(from_ms(sight.at_ms))})
        state = self.markets.get(market.slug)
        if state is not None and state.tick is not None:
            market = market.model_copy(update={"tick": state.tick})
        if state is None:
            self.markets[market.slug] = MarketState(market)
        elif set(state.market.symbols) == set(market.symbols):
            known = market.resolution or state.market.resolution  # a later listing removes none
            state.market = market.model_copy(update={"resolution": known})
        else:
            # Books had their own token names before the market was described: keep the names, replace the
            # rest.
            kept = {"outcomes": state.market.outcomes, "resolution": _renamed(market, state.market)}
            state.market = market.model_copy(update=kept)

    def _change_tick(self, sight: TickSizeSeen) -> None:
        state = self.markets.get(sight.slug) or next(
            (each for each in self.markets.values() if sight.symbol in each.market.symbols), None
        )
        if state is not None:
            _set_tick(state, sight.tick)

    def _look(self, sight: BooksSeen) -> None:
        state = self.markets.get(sight.slug)
        if state is None:
            state = self.markets[sight.slug] = MarketState(self._assumed(sight))
        for book in sight.books:
            symbol = self._symbol(state, book.symbol)
            if symbol is None:
                self.warnings.add("foreign_token", f"{sight.slug}: token {book.symbol} is not of this market")
                continue
            state.books[symbol] = (
                book if book.symbol == symbol else book.model_copy(update={"symbol": symbol})
            )
            if book.tick is not None:
                _set_tick(state, book.tick)
        if any(book.asks for book in sight.books) and sight.at_ms < to_ms(state.market.window_end):
            self.offers += 1
        up, down = (state.books.get(symbol) for symbol in state.market.symbols)
        if up is not None and down is not None:
            seen = Observation.of(up, down)
            history = state.history
            if history and seen.timed and seen.seen_ms - history[-1].seen_ms <= _ONE_UPDATE_MS:
                history.pop()  # half of the same update: the two books are sent one after the other
            history.append(seen)

    def _assumed(self, sight: BooksSeen) -> BinaryMarket:
        self._assume_fees()
        read_at = from_ms(sight.at_ms)
        return self.terms.market(sight.slug, VENUE, None, read_at)

    def _assume_fees(self) -> None:
        self.warnings.once(
            "fees_assumed",
            f"the recording gives no fee schedule: {self.terms.fee_rate}·(p·(1−p))^{self.terms.fee_exponent} a share is taken",
        )

    def _symbol(self, state: MarketState, given: str) -> str | None:
        """Return the token id of a recorded symbol, or None.

        An unnamed second token gets the place reserved for it.
        """
        market = state.market
        if given in market.outcomes:
            return market.outcomes[given]
        if given in market.symbols:
            return given
        for name in (UP, DOWN):
            placeholder = f"{market.slug}:{name}"
            if market.outcomes.get(name) == placeholder and placeholder not in state.books:
                self.warnings.once(
                    "outcome_unknown",
                    f"{market.slug}: nothing says which token is UP; they are named in the order seen",
                )
                state.market = market.model_copy(update={"outcomes": {**market.outcomes, name: given}})
                return given
        return None

    # --- state ------------------------------------------------------------------------------------------

    def assume_market(self, slug: str) -> MarketState:
        """Return the market of a recording with prices only.

        Raises InvalidInput for a slug without a window.
        """
        state = self.markets.get(slug)
        if state is None:
            self.warnings.once(
                "market_assumed", f"{slug}: the recording has prices but no market; today's rules are taken"
            )
            market = self.terms.today(slug, VENUE, from_ms(max(self._now_ms, 0)))
            state = self.markets[slug] = MarketState(market)
        return state

    def pair(self, state: MarketState, symbols: Sequence[str]) -> list[OrderBook | None]:
        """Return the books of `symbols`; a missing or older one is derived from the other.

        A derived book mirrors the other: it can price an outcome. Its asks never add up to less than one with those
        of its source.
        """
        found: list[OrderBook | None] = []
        for symbol in symbols:
            own = state.books.get(symbol)
            other = state.books.get(state.market.other(symbol))
            old = (
                own is not None
                and other is not None
                and (other.received_at - own.received_at).total_seconds() * 1000 > _MIRROR_AFTER_MS
            )
            if other is not None and (own is None or old):
                self.warnings.add(
                    "mirrored_book", f"{state.market.slug}: only one outcome's book was recorded"
                )
                own = mirror(other, symbol)
            found.append(own)
        return found


def _set_tick(state: MarketState, tick: Decimal) -> None:
    state.tick = tick
    if state.market.tick != tick:
        state.market = state.market.model_copy(update={"tick": tick})


def _renamed(described: BinaryMarket, known: BinaryMarket) -> Resolution | None:
    """Return the resolution for the tokens known here.

    None if it names a winner while the tokens are known by their order only.
    """
    found = described.resolution
    if found is None:
        return None
    named = all(token == f"{known.slug}:{name}" for name, token in known.outcomes.items())
    alike = len(set(found.payouts.values())) <= 1
    if not (named or alike):
        return None
    names = {token: name for name, token in described.outcomes.items()}
    paid = {known.outcomes[names[token]]: payout for token, payout in found.payouts.items()}
    return found.model_copy(update={"payouts": paid})


def mirror(book: OrderBook, symbol: str) -> OrderBook:
    """Return the other outcome's book: a bid at p is an ask at 1 − p of the same size."""

    def flipped(levels: Sequence[Level]) -> list[Level]:
        return [Level(price=ONE - level.price, size=level.size) for level in levels]

    return book.model_copy(
        update={
            "symbol": symbol,
            "bids": flipped(book.asks),
            "asks": flipped(book.bids),
            "digest": MIRROR,
        }
    )
