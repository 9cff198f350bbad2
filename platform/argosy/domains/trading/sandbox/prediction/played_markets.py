"""Recorded markets and books as a feed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from argosy.core.clock import to_ms
from argosy.core.money.money import ZERO
from argosy.domains.trading.market import DOWN, UP, window_of
from argosy.domains.trading.payout import HALF, SURE
from argosy.domains.trading.recordings import (
    BookTick,
    MarketTick,
    QuoteTick,
    RecordedMarket,
    Recording,
    Tick,
    TickSizeTick,
)
from argosy.domains.trading.recordings.tick import Pair
from argosy.domains.trading.sandbox.exchange.pairs import ASSETS
from argosy.domains.trading.sandbox.prediction import windows
from argosy.domains.trading.sandbox.prediction.market import ONE, BookState, Side, VenueMarket
from argosy.domains.trading.sandbox.prediction.rulings import winner_of
from argosy.venuekit.sandbox.timeline import Timeline

NOMINAL_DEPTH = Decimal(20)
"""Shares shown at a level whose size was not recorded."""
RESOLUTION_DELAY_MS = 60_000
PUBLISHED_MS = 15_000
_CLOSING_MS = 30_000
_KEPT = 256


@dataclass(slots=True)
class PlayedMarket:
    """One recorded market, shifted in time.

    `tick` is the newest tick size from books and changes.
    """

    market: VenueMarket
    tick: Decimal | None = None
    recorded: RecordedMarket | None = None
    books: dict[str, BookState] = field(default_factory=dict)
    outcome_of: dict[str, str] = field(default_factory=dict)
    payouts: Pair | None = None
    resolved_ms: int | None = None
    closing: tuple[int, Decimal] | None = None


class PlayedMarkets:
    """`MarketFeed` of recordings.

    A market appears with its first recorded row. If only one outcome's book was recorded, the other one is
    its mirror: the venue's two books are one. Ticks of other kinds (prices) go to `other`.

    The recording's metadata says which token is UP. Without metadata the first token seen is called UP, and
    `assumed` is True.

    Payouts are the recorded ones. Some recordings report no ends at all. Then the outcome priced at 0.90 or
    more at the end wins (from 30 s before the end).
    """

    step_ms = 250

    def __init__(
        self,
        recordings: Sequence[Recording[Tick]],
        seed: int,
        now_ms: int,
        *,
        window_s: int,
        loop: bool,
        other: Callable[[Tick, int], None],
    ) -> None:
        self._seed = seed
        self._played: OrderedDict[str, PlayedMarket] = OrderedDict()
        self.assumed = False
        self.unsized = False
        self._other = other
        self.timeline = Timeline[Tick](recordings, window_s, self._apply, now_ms, loop=loop)

    # Feed -------------------------------------------------------------------------------------------------

    def market(self, slug: str, now_ms: int) -> VenueMarket | None:
        self.timeline.advance(now_ms)
        played = self._played.get(slug)
        return played.market if played else None

    def market_of(self, token: str, now_ms: int) -> VenueMarket | None:
        if not token.isdecimal() or len(token) > 78:
            return None
        found = windows.by_id(self._seed, int(token))
        return self.market(found.slug, now_ms) if found is not None and token in found.tokens else None

    def market_by_condition(self, condition_id: str, now_ms: int) -> VenueMarket | None:
        try:
            found = windows.by_id(self._seed, int(condition_id, 16))
        except ValueError:
            return None
        return (
            self.market(found.slug, now_ms) if found and found.condition_id == condition_id.lower() else None
        )

    def listed(self, now_ms: int) -> Sequence[VenueMarket]:
        self.timeline.advance(now_ms)
        near = [
            played.market for played in self._played.values() if played.market.end_ms > now_ms - 15 * 60_000
        ]
        return sorted(near, key=lambda market: (market.end_ms, market.slug))

    def shown(self, token: str, now_ms: int) -> BookState | None:
        market = self.market_of(token, now_ms)
        if market is None or now_ms >= market.end_ms:
            return None
        played = self._played[market.slug]
        outcome = market.outcome(token)
        own = played.books.get(outcome)
        if own is not None:
            return own
        other = played.books.get(DOWN if outcome == UP else UP)
        return None if other is None else other.mirrored()

    def real(self, token: str, now_ms: int) -> BookState | None:
        """Return the levels that could really be traded, or None.

        A level must not be better than the other outcome's mirror. Where the two books disagree, one of the
        reads is old. A locked or crossed book has no such levels.
        """
        market = self.market_of(token, now_ms)
        own = self.shown(token, now_ms)
        if market is None or own is None or (own.bids and own.asks and own.bids[0][0] >= own.asks[0][0]):
            return None
        other = self.shown(market.other(token), now_ms)
        if other is None:
            return own
        mirror = other.mirrored()
        least_ask = mirror.asks[0][0] if mirror.asks else ONE
        most_bid = mirror.bids[0][0] if mirror.bids else Decimal(0)
        return BookState(
            tuple(level for level in own.bids if level[0] <= most_bid),
            tuple(level for level in own.asks if level[0] >= least_ask),
            own.at_ms,
        )

    def price_to_beat(self, market: VenueMarket, now_ms: int) -> Decimal | None:
        recorded = self._recorded(market)
        known = recorded.price_to_beat if recorded else None
        return known if now_ms >= market.start_ms + PUBLISHED_MS else None

    def final_price(self, market: VenueMarket, now_ms: int) -> Decimal | None:
        recorded = self._recorded(market)
        return recorded.final_price if recorded and self.payouts(market, now_ms) else None

    def winner(self, market: VenueMarket, now_ms: int) -> str | None:
        return winner_of(self.payouts(market, now_ms))

    def payouts(self, market: VenueMarket, now_ms: int) -> Pair | None:
        self.timeline.advance(now_ms)
        played = self._played.get(market.slug)
        resolved_ms = self.resolved_ms(market)
        if played is None or resolved_ms is None or now_ms < resolved_ms:
            return None
        return played.payouts or _decided(played)

    def resolved_ms(self, market: VenueMarket) -> int | None:
        played = self._played.get(market.slug)
        if played is None or (played.payouts is None and _decided(played) is None):
            return None
        return played.resolved_ms or market.end_ms + RESOLUTION_DELAY_MS

    def _recorded(self, market: VenueMarket) -> RecordedMarket | None:
        played = self._played.get(market.slug)
        return played.recorded if played else None

    # Ticks ------------------------------------------------------------------------------------------------

    def _apply(self, tick: Tick, shift_ms: int) -> None:
        if isinstance(tick, BookTick):
            self._book(tick, shift_ms)
        elif isinstance(tick, QuoteTick):
            self._quote(tick, shift_ms)
        elif isinstance(tick, MarketTick):
            self._known(tick, shift_ms)
        elif isinstance(tick, TickSizeTick):
            self._change_tick(self._at(tick.slug, shift_ms), tick.tick)
        else:
            self._other(tick, shift_ms)

    def _book(self, tick: BookTick, shift_ms: int) -> None:
        played = self._at(tick.slug, shift_ms)
        if played is None:
            return
        outcome = played.outcome_of.get(tick.symbol)
        if outcome is None:
            taken = set(played.outcome_of.values())
            if len(taken) == 2:
                return
            outcome = DOWN if UP in taken else UP
            played.outcome_of[tick.symbol] = outcome
            self.assumed = True
        at_ms = None if tick.venue_at is None else to_ms(tick.venue_at) + shift_ms
        book = BookState(tuple(tick.bids), tuple(tick.asks), at_ms)
        played.books[outcome] = book
        self._change_tick(played, tick.tick)
        self._close(played, outcome, book, to_ms(tick.at) + shift_ms)

    def _change_tick(self, played: PlayedMarket | None, tick: Decimal | None) -> None:
        """Set the tick size of the moment, as books and changes report it.

        A market's description has the tick size of the time when it was read.
        """
        if played is not None and tick is not None:
            played.tick = tick
            if played.market.tick != tick:
                played.market = replace(played.market, tick=tick)

    def _quote(self, tick: QuoteTick, shift_ms: int) -> None:
        played = self._at(tick.slug, shift_ms)
        if played is None:
            return
        now_ms = to_ms(tick.at) + shift_ms
        for outcome, bid, bid_size, ask, ask_size in (
            (UP, tick.up_bid, tick.up_bid_size, tick.up_ask, tick.up_ask_size),
            (DOWN, tick.down_bid, tick.down_bid_size, tick.down_ask, tick.down_ask_size),
        ):
            self.unsized = self.unsized or (bid is not None and bid_size is None)
            # No venue time was recorded, so none is shown: otherwise old reads would look fresh.
            book = BookState(_level(bid, bid_size), _level(ask, ask_size), None)
            played.books[outcome] = book
            self._close(played, outcome, book, now_ms)

    def _known(self, tick: MarketTick, shift_ms: int) -> None:
        played = self._at(tick.market.slug, shift_ms)
        if played is None:
            return
        recorded = tick.market
        played.recorded = recorded
        for outcome, token in recorded.tokens.items():
            played.outcome_of[token] = outcome
        market = played.market
        played.market = replace(
            market,
            tick=played.tick or recorded.tick or market.tick,
            minimum_size=recorded.minimum_size or market.minimum_size,
            fee_rate=market.fee_rate if recorded.fee_rate is None else recorded.fee_rate,
            fee_exponent=market.fee_exponent if recorded.fee_exponent is None else recorded.fee_exponent,
            resolution_source=recorded.resolution_source or "",
        )
        if tick.resolved:
            paid = recorded.payout_by_outcome
            # A refund pays ½ each, as the venue's contract pays an undecidable market.
            played.payouts = (HALF, HALF) if paid is None else (paid[UP], paid[DOWN])
            played.resolved_ms = max(to_ms(tick.at) + shift_ms, market.end_ms)

    def _at(self, slug: str, shift_ms: int) -> PlayedMarket | None:
        """Return the market that a recorded slug has become.

        None for a slug without a window, and for an unknown asset or length.
        """
        window = window_of(slug)
        asset = slug.split("-", 1)[0]
        if window is None or asset not in ASSETS:
            return None
        interval_s = (to_ms(window[1]) - to_ms(window[0])) // 1000
        start_s = (to_ms(window[0]) + shift_ms) // 1000
        if interval_s not in windows.INTERVALS_S or start_s % interval_s:
            return None
        market = windows.window(self._seed, asset, interval_s, start_s)
        played = self._played.get(market.slug)
        if played is None:
            # The rule of settlement was not recorded, so none is named.
            played = PlayedMarket(replace(market, rule=None, lookback_s=0, resolution_source=""))
            self._played[market.slug] = played
            if len(self._played) > _KEPT:
                self._played.popitem(last=False)
        return played

    def _close(self, played: PlayedMarket, outcome: str, book: BookState, now_ms: int) -> None:
        """Remember UP's last price around the end of the window if it is decisive."""
        if not played.market.end_ms - _CLOSING_MS <= now_ms <= played.market.end_ms + 5_000:
            return
        bid = book.bids[0][0] if book.bids else None
        ask = book.asks[0][0] if book.asks else None
        if bid is not None and bid >= SURE:
            played.closing = (now_ms, bid if outcome == UP else ONE - bid)
        elif ask is not None and ask <= ONE - SURE:
            played.closing = (now_ms, ask if outcome == UP else ONE - ask)
        elif bid is not None or ask is not None:
            played.closing = None


def _decided(played: PlayedMarket) -> Pair | None:
    """Return the payouts by the last prices, or None.

    None too if the recording has a source that reports the ends of markets.
    """
    if played.closing is None or (played.recorded is not None and played.recorded.tells_end):
        return None
    return (ONE, ZERO) if played.closing[1] >= SURE else (ZERO, ONE)


def _level(price: Decimal | None, size: Decimal | None) -> Side:
    return () if price is None else ((price, NOMINAL_DEPTH if size is None else size),)
