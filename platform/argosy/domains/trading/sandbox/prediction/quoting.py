"""Quotes of the simulated makers: price levels around their estimate of UP's value."""

from __future__ import annotations

import math
from decimal import Decimal

from argosy.domains.trading.fair_value import fair_value
from argosy.domains.trading.recordings.tick import Pair
from argosy.domains.trading.sandbox.prediction.market import BookState, VenueMarket
from argosy.venuekit.sandbox.chance import normal, uniform, word
from argosy.venuekit.sandbox.price_path import PricePath

LEVELS = 18
LAG_MS = 1_500
_PRICES = tuple(Decimal(cents).scaleb(-2) for cents in range(101))


def worth(path: PricePath, market: VenueMarket, now_ms: int, *, lag_ms: int = 0) -> float:
    """Return the probability of UP under the path's own volatility.

    `lag_ms` is the age of the price that the estimate uses. Before the window starts the probability is one
    half.
    """
    seen_ms = now_ms - lag_ms
    if seen_ms <= market.start_ms:
        return 0.5
    strike = float(path.average(market.start_ms // 1000, market.lookback_s))
    left_s = max(0.0, (market.end_ms - now_ms) / 1000)
    so_far = None
    if left_s < market.lookback_s:
        first = market.end_ms // 1000 - market.lookback_s + 1
        so_far = _mean(path.seconds(first, max(1, seen_ms // 1000 - first + 1)))
    sigma = path.sigma * 1.15  # the jumps, on average
    value = fair_value(
        path.at(seen_ms), strike, sigma, left_s, window_s=float(market.lookback_s), mean_so_far=so_far
    )
    return value.up


def quote(path: PricePath, seed: int, market: VenueMarket, now_ms: int) -> BookState:
    """Return UP's book.

    Makers see the price 1.5 s late and disagree a little. Their spread is one to three cents.
    """
    second = now_ms // 1000
    opinion = 0.012 * normal(seed, "opinion", market.slug, second // 7)
    middle = worth(path, market, now_ms, lag_ms=LAG_MS)
    middle += opinion * 4 * middle * (1 - middle)
    spread = (
        1 + (uniform(seed, "spread", market.slug, second // 3) > 0.75) + (uniform(seed, second // 11) > 0.93)
    )
    bid = math.floor(middle * 100 - spread / 2 + 0.5)
    return ladder(seed, market, bid, bid + spread, now_ms)


def ladder(
    seed: int, market: VenueMarket, bid: int, ask: int, now_ms: int, *, cap: int | None = None
) -> BookState:
    """Return a book with levels of one cent, from `bid` down and from `ask` up (cents).

    Prices stay between 0.01 and 0.99. Sizes are in shares and stay for about five seconds. `cap` bounds the
    sizes of the asks, because bargains are small.
    """
    turn = now_ms // 5_000
    bids = [
        _level(seed, market, cents, bid - cents, turn)
        for cents in range(min(bid, 99), max(0, bid - LEVELS), -1)
    ]
    asks = [
        _level(seed, market, cents, cents - ask, turn) for cents in range(max(ask, 1), min(100, ask + LEVELS))
    ]
    if cap is not None:
        asks = [(price, min(size, Decimal(cap))) for price, size in asks]
    return BookState(tuple(bids), tuple(asks), now_ms)


def _level(seed: int, market: VenueMarket, cents: int, depth: int, turn: int) -> Pair:
    draw = word(seed, market.slug, cents, turn) % 10_000
    size = (20 + draw % 180) * (1 + depth) + (draw % 100) / 100
    return _PRICES[cents], Decimal(f"{size:.2f}")


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)
