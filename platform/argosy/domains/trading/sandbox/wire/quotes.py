"""Exchange prices in a form the three exchanges' formats are written from."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from argosy.domains.trading.sandbox.market import pairs
from argosy.domains.trading.sandbox.market.pairs import Market
from argosy.domains.trading.sandbox.venue import Bar, Pair
from argosy.domains.trading.sandbox.world import World

__all__ = ["DAY_S", "Market", "Ticker", "bars", "ladder", "markets", "ticker"]

DAY_S = 86_400
_SLICE_BARS, _SLICE_S = 100, 512 * 3600
"""Bars, and seconds under them, that are worked out without a pause: some milliseconds of work."""


@dataclass(frozen=True, slots=True)
class Ticker:
    """Last day's figures and the best two prices; sizes in base currency."""

    bid: Decimal
    bid_size: Decimal
    ask: Decimal
    ask_size: Decimal
    last: Decimal
    day: Bar


def markets(world: World, source: str) -> list[Market]:
    """The pairs an exchange lists."""
    return pairs.markets(world.prices.assets(), source)


def ladder(world: World, market: Market, depth: int) -> tuple[list[Pair], list[Pair]] | None:
    """Bids and asks, best first, `depth` levels each; None when there is no price."""
    return pairs.ladder(world.prices, world.seed, market, depth, world.now_ms())


async def bars(
    world: World, market: Market, interval_s: int, start_ms: int, count: int, now_ms: int
) -> Sequence[Bar]:
    """Bars that have begun by `now_ms`, oldest first; other requests are served in between."""
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


def ticker(world: World, market: Market) -> Ticker | None:
    """None when there is no price."""
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
