"""Feeds that play recordings."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import islice

from argosy.core.clock import to_ms
from argosy.domains.trading.market import window_of
from argosy.domains.trading.recordings import BookTick, MarketTick, QuoteTick, Recording, Tick, open_recording
from argosy.domains.trading.recordings.tick import Pair
from argosy.domains.trading.sandbox.exchange.played_prices import PlayedPrices
from argosy.domains.trading.sandbox.feeds import Feeds
from argosy.domains.trading.sandbox.prediction.market import BookState, VenueMarket
from argosy.domains.trading.sandbox.prediction.played_markets import NOMINAL_DEPTH, PlayedMarkets
from argosy.venuekit.sandbox.environment import SandboxEnvironment
from argosy.venuekit.sandbox.timeline import Timeline

_WINDOW_S = 900
_TOGETHER_MS = 24 * 3600_000
_LEAD_MS = 2 * 3600_000


class NoMarkets:
    """Empty `MarketFeed` for recordings of prices alone: no market can be traded."""

    step_ms = 1_000

    def market(self, slug: str, now_ms: int) -> VenueMarket | None:
        return None

    market_of = market
    market_by_condition = market

    def listed(self, now_ms: int) -> Sequence[VenueMarket]:
        return []

    def shown(self, token: str, now_ms: int) -> BookState | None:
        return None

    real = shown

    def price_to_beat(self, market: VenueMarket, now_ms: int) -> Decimal | None:
        return None

    final_price = price_to_beat

    def payouts(self, market: VenueMarket, now_ms: int) -> Pair | None:
        return None

    def winner(self, market: VenueMarket, now_ms: int) -> str | None:
        return None

    def resolved_ms(self, market: VenueMarket) -> int | None:
        return None


def recorded_feeds(environment: SandboxEnvironment) -> Feeds:
    """Return feeds that play recordings.

    Recordings of markets play on one timeline. Recordings of prices alone join it if their first rows are
    within a day of each other. Otherwise they play on a timeline of their own. Raises InvalidInput for a file
    that is no recording.
    """
    now_ms, seed, loop = environment.clock.now_ms(), environment.seed, environment.loop
    recordings = [open_recording(path) for path in environment.recordings]
    traded = [one for one in recordings if one.holds & {"books", "quotes", "markets"}]
    priced = [one for one in recordings if one not in traded]
    together = [one for one in priced if traded and _near(one, traded)]
    apart = [one for one in priced if one not in together]
    length_s = environment.window_s or _length_of(traded)
    notes: list[str] = []
    markets: PlayedMarkets | NoMarkets = NoMarkets()
    prices: PlayedPrices
    alone: Timeline[Tick] | None = None

    def advance(moment_ms: int) -> None:
        if isinstance(markets, PlayedMarkets):
            markets.timeline.advance(moment_ms)
        if alone is not None:
            alone.advance(moment_ms)

    prices = PlayedPrices(advance)
    if traded:
        markets = PlayedMarkets(
            [*traded, *together], seed, now_ms, window_s=length_s, loop=loop, other=prices.apply
        )
        if markets.unsized:
            notes.append(f"sizes were not recorded: {NOMINAL_DEPTH} shares are shown at each price")
        if markets.assumed:
            notes.append("the recording does not say which token is UP: the first seen is called so")
    else:
        notes.append("no books or quotes in these recordings: there are no markets to trade")
    if apart:
        alone = Timeline[Tick](apart, length_s, prices.apply, now_ms, loop=loop, lead_ms=_LEAD_MS)
        if traded:
            notes.append("prices and markets were recorded at different times: they do not belong together")
    advance(now_ms)
    timelines = [markets.timeline] if isinstance(markets, PlayedMarkets) else []
    timelines += [] if alone is None else [alone]
    if not prices.assets():
        notes.append("no prices in these recordings: the exchanges answer that they have none")
    return Feeds("replay", markets, prices, notes, timelines)


def _near(recording: Recording[Tick], others: Sequence[Recording[Tick]]) -> bool:
    mine = next(iter(recording.ticks()), None)
    if mine is None:
        return False
    firsts = [next(iter(other.ticks()), None) for other in others]
    return any(first and abs(to_ms(first.at) - to_ms(mine.at)) <= _TOGETHER_MS for first in firsts)


def _length_of(recordings: Sequence[Recording[Tick]]) -> int:
    """Return the length in seconds of the longest window among the first markets.

    Shifts by this length fit the shorter windows too.
    """
    found = 0
    for recording in recordings:
        for tick in islice(recording.ticks(), 64):
            if isinstance(tick, MarketTick):
                slug = tick.market.slug
            elif isinstance(tick, BookTick | QuoteTick):
                slug = tick.slug
            else:
                continue
            window = window_of(slug)
            if window is not None:
                found = max(found, (to_ms(window[1]) - to_ms(window[0])) // 1000)
                break
    return found or _WINDOW_S
