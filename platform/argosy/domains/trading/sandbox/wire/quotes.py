"""Exchange prices in a form the three exchanges' formats are written from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from argosy.domains.trading.sandbox.market import pairs
from argosy.domains.trading.sandbox.market.pairs import Market
from argosy.domains.trading.sandbox.venue import Bar, Pair
from argosy.domains.trading.sandbox.world import World

__all__ = ["DAY_S", "Market", "Ticker", "ladder", "markets", "ticker"]

DAY_S = 86_400


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
