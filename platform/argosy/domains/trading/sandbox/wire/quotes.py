"""Exchange prices in a form the three exchanges' formats are written from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from argosy.domains.trading.sandbox.chance import word
from argosy.domains.trading.sandbox.venue import Bar
from argosy.domains.trading.sandbox.world import World

CENT = Decimal("0.01")
_SIZE = Decimal("0.00001")
DAY_S = 86_400
QUOTES = {"binance": ("USDT", "USDC"), "coinbase": ("USD", "USDC"), "kraken": ("USD", "USDT")}


@dataclass(frozen=True, slots=True)
class Ticker:
    """Last day's figures and the best two prices; sizes in base currency."""

    bid: Decimal
    bid_size: Decimal
    ask: Decimal
    ask_size: Decimal
    last: Decimal
    day: Bar


@dataclass(frozen=True, slots=True)
class Market:
    """One pair of an exchange: `base` and `quote` as in BTC, USDT."""

    source: str
    base: str
    quote: str

    @property
    def asset(self) -> str:
        return self.base.lower()


def markets(world: World, source: str) -> list[Market]:
    """The pairs an exchange lists."""
    return [
        Market(source, asset.upper(), quote) for asset in world.prices.assets() for quote in QUOTES[source]
    ]


def ladder(
    world: World, market: Market, depth: int
) -> tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]] | None:
    """Bids and asks, best first, `depth` levels each; None when there is no price."""
    now_ms = world.now_ms()
    price = world.prices.price(market.asset, market.source, now_ms)
    if price is None:
        return None
    second = now_ms // 1000
    half = (price * Decimal("0.00002")).quantize(CENT) + CENT
    step = max(CENT, (price * Decimal("0.00003")).quantize(CENT))
    sides: list[list[tuple[Decimal, Decimal]]] = []
    for sign in (-1, 1):
        side = []
        for level in range(depth):
            draw = word(world.seed, "depth", market.source, market.base, sign, level, second // 2) % 100_000
            size = (Decimal(draw + 2_000) / 100_000 * (1 + level)).quantize(_SIZE)
            side.append((price + sign * (half + step * level), size))
        sides.append(side)
    return sides[0], sides[1]


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
