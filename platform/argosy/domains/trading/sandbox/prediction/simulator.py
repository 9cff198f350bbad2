"""Simulated prediction markets, behind the feed that the wire format reads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from argosy.core.money.money import ONE, ZERO
from argosy.domains.trading.fees import breakeven_sum
from argosy.domains.trading.market import DOWN, UP
from argosy.domains.trading.recordings.tick import Pair
from argosy.domains.trading.sandbox.exchange.simulated_prices import SimulatedPrices
from argosy.domains.trading.sandbox.prediction import quoting, windows
from argosy.domains.trading.sandbox.prediction.episodes import current
from argosy.domains.trading.sandbox.prediction.market import BookState, VenueMarket
from argosy.venuekit.sandbox.chance import uniform, word

_CENT = Decimal("0.01")
_CACHED_BOOKS = 4096
_LISTED_AHEAD_S = 24 * 3600


class SimulatedMarkets:
    """Endless sequence of windows of 5 and 15 minutes for the given assets."""

    step_ms = 500

    def __init__(self, seed: int, prices: SimulatedPrices, assets: Sequence[str] = ("btc",)) -> None:
        self._seed = seed
        self._prices = prices
        self._assets = tuple(assets)
        self._books: OrderedDict[tuple[str, int], BookState] = OrderedDict()

    # Markets ----------------------------------------------------------------------------------------------

    def market(self, slug: str, now_ms: int) -> VenueMarket | None:
        return self._offered(windows.by_slug(self._seed, slug), now_ms)

    def market_of(self, token: str, now_ms: int) -> VenueMarket | None:
        if not token.isdecimal() or len(token) > 78:
            return None
        found = windows.by_id(self._seed, int(token))
        return self._offered(found, now_ms) if found is not None and token in found.tokens else None

    def market_by_condition(self, condition_id: str, now_ms: int) -> VenueMarket | None:
        try:
            found = windows.by_id(self._seed, int(condition_id, 16))
        except ValueError:
            return None
        return self._offered(found, now_ms) if found and found.condition_id == condition_id.lower() else None

    def listed(self, now_ms: int) -> Sequence[VenueMarket]:
        found = []
        for interval_s in windows.INTERVALS_S:
            start_s = now_ms // 1000 // interval_s * interval_s
            for ahead in range(-1, 4):
                found += [
                    windows.window(self._seed, asset, interval_s, start_s + ahead * interval_s)
                    for asset in self._assets
                ]
        return sorted(found, key=lambda market: (market.end_ms, market.slug))

    def _offered(self, market: VenueMarket | None, now_ms: int) -> VenueMarket | None:
        """Return the market if it starts at most a day ahead, else None."""
        if market is None or market.asset not in self._assets:
            return None
        return market if market.start_ms - now_ms <= _LISTED_AHEAD_S * 1000 else None

    # Books ------------------------------------------------------------------------------------------------

    def real(self, token: str, now_ms: int) -> BookState | None:
        market = self.market_of(token, now_ms)
        if market is None or now_ms >= market.end_ms:
            return None
        step_ms = now_ms - now_ms % self.step_ms
        key = (token, step_ms)
        book = self._books.get(key)
        if book is None:
            book = self._book(market, token, step_ms)
            self._books[key] = book
            if len(self._books) > _CACHED_BOOKS:
                self._books.popitem(last=False)
        return book

    def shown(self, token: str, now_ms: int) -> BookState | None:
        market = self.market_of(token, now_ms)
        if market is None:
            return None
        stale = current(self._seed, market, now_ms, "stale")
        if stale is not None and stale.token == token:
            return self.real(token, stale.start_ms)
        crossed = current(self._seed, market, now_ms, "crossed")
        if crossed is not None and crossed.token == token:
            return _crossed(self.real(token, crossed.start_ms - 4_000), locked=crossed.amount < 0.6)
        return self.real(token, now_ms)

    def _book(self, market: VenueMarket, token: str, step_ms: int) -> BookState:
        up = quoting.quote(self._prices.paths[market.asset], self._seed, market, step_ms)
        bargain = current(self._seed, market, step_ms, "dislocated")
        if bargain is None or bargain.token != token or not up.bids or not up.asks:
            return up if token == market.up_token else up.mirrored()
        mine = up if token == market.up_token else up.mirrored()
        other = mine.mirrored()
        ask = mine.asks[0][0]
        if not Decimal("0.15") <= ask <= Decimal("0.85"):
            return mine
        even = breakeven_sum(market.fees(), ask, Decimal(1) - ask)
        wanted = even - other.asks[0][0] - Decimal("0.01") - Decimal("0.02") * Decimal(str(bargain.amount))
        cents = int(wanted * 100)
        size = 15 + int(60 * uniform(self._seed, "bargain", market.slug, bargain.start_ms))
        return quoting.ladder(self._seed, market, cents - 1, cents, step_ms, cap=size)

    # Settlement -------------------------------------------------------------------------------------------

    def price_to_beat(self, market: VenueMarket, now_ms: int) -> Decimal | None:
        delay_ms = 5_000 + word(self._seed, "published", market.slug) % 20_000
        return self._opening(market) if now_ms >= market.start_ms + delay_ms else None

    def final_price(self, market: VenueMarket, now_ms: int) -> Decimal | None:
        if now_ms < self.resolved_ms(market):
            return None
        return self._prices.paths[market.asset].average(market.end_ms // 1000, market.lookback_s)

    def payouts(self, market: VenueMarket, now_ms: int) -> Pair | None:
        winner = self.winner(market, now_ms)
        return None if winner is None else (ONE, ZERO) if winner == UP else (ZERO, ONE)

    def winner(self, market: VenueMarket, now_ms: int) -> str | None:
        final = self.final_price(market, now_ms)
        if final is None:
            return None
        return UP if final >= self._opening(market) else DOWN

    def resolved_ms(self, market: VenueMarket) -> int:
        return market.end_ms + 45_000 + word(self._seed, "resolved", market.slug) % 30_000

    def _opening(self, market: VenueMarket) -> Decimal:
        return self._prices.paths[market.asset].average(market.start_ms // 1000, market.lookback_s)


def _crossed(book: BookState | None, *, locked: bool) -> BookState | None:
    """Return the book with old asks that meet newer bids.

    Two halves of a book read at different times give this artefact.
    """
    if book is None or not book.bids or not book.asks:
        return book
    best = book.bids[0][0] if locked else book.bids[0][0] - _CENT
    if best < _CENT:
        return book
    return replace(book, asks=((best, book.asks[0][1]), *book.asks))
