"""Prices of the exchanges, in a neutral form for the three wire formats."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from argosy.domains.trading.recordings.tick import Pair
from argosy.domains.trading.sandbox.exchange import pairs
from argosy.domains.trading.sandbox.exchange.feed import Bar
from argosy.domains.trading.sandbox.exchange.pairs import Market
from argosy.domains.trading.sandbox.exchange.world import ExchangeWorld

__all__ = ["DAY_S", "Market", "Ticker", "bars", "ladder", "markets", "ticker"]

DAY_S = 86_400
_SLICE_BARS, _SLICE_S = 100, 512 * 3600
"""Bars, and seconds that they cover, computed in one slice without a pause.

A slice takes some milliseconds.
"""


@dataclass(frozen=True, slots=True)
class Ticker:
    """Figures of the last day, and the best bid and ask; sizes are in base currency."""

    bid: Decimal
    bid_size: Decimal
    ask: Decimal
    ask_size: Decimal
    last: Decimal
    day: Bar


def markets(world: ExchangeWorld, source: str) -> list[Market]:
    """Return the pairs that an exchange lists."""
    return pairs.markets(world.prices.assets(), source)


def ladder(world: ExchangeWorld, market: Market, depth: int) -> tuple[list[Pair], list[Pair]] | None:
    """Return bids and asks, best first, `depth` levels each; None without a price."""
    return pairs.ladder(world.prices, world.seed, market, depth, world.now_ms())


async def bars(
    world: ExchangeWorld, market: Market, interval_s: int, start_ms: int, count: int, now_ms: int
) -> Sequence[Bar]:
    """Return bars that have begun by `now_ms`, oldest first.

    Other requests are served between two slices of bars.
    """
    most = max(1, min(_SLICE_BARS, _SLICE_S // interval_s))
    found: list[Bar] = []
    while len(found) < count:
        wanted = min(most, count - len(found))
        part = world.prices.bars(market.asset, market.source, interval_s, start_ms, wanted, now_ms)
        found += part
        if len(part) < wanted:
            break
        start_ms = part[-1].start_ms + interval_s * 1000
        await asyncio.sleep(0)
    return found


def ticker(world: ExchangeWorld, market: Market) -> Ticker | None:
    """Return the ticker of a market; None without a price."""
    book = ladder(world, market, 1)
    now_ms = world.now_ms()
    price = world.prices.price(market.asset, market.source, now_ms)
    if book is None or price is None:
        return None
    hours = world.prices.bars(market.asset, market.source, 3600, now_ms - DAY_S * 1000, 25, now_ms)
    day = Bar(now_ms - DAY_S * 1000, price, price, price, price, Decimal(0))
    if hours:
        day = Bar(
            hours[0].start_ms,
            hours[0].open,
            max(price, *(bar.high for bar in hours)),
            min(price, *(bar.low for bar in hours)),
            price,
            sum((bar.volume for bar in hours), Decimal(0)),
        )
    (bid, bid_size), (ask, ask_size) = book[0][0], book[1][0]
    return Ticker(bid, bid_size, ask, ask_size, price, day)
