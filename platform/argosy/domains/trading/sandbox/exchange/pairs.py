"""Trading pairs of the three exchanges, and the books behind their quotes and orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from argosy.domains.trading.recordings.tick import Pair
from argosy.domains.trading.sandbox.exchange.feed import PriceFeed
from argosy.venuekit.sandbox.chance import word

ASSETS = ("btc", "eth", "sol")
CENT = Decimal("0.01")
SIZE = Decimal("0.00001")
QUOTES = {"binance": ("USDT", "USDC"), "coinbase": ("USD", "USDC"), "kraken": ("USD", "USDT")}
BOOK_STEP_MS = 100
"""Milliseconds between two looks at a book: streams and snapshots agree on their moments."""
REDRAW_MS = 2_000
"""Milliseconds after which the sizes in the books are drawn again."""


@dataclass(frozen=True, slots=True)
class Market:
    """One trading pair of an exchange, such as `base` BTC and `quote` USDT."""

    source: str
    base: str
    quote: str

    @property
    def asset(self) -> str:
        return self.base.lower()


def markets(assets: Sequence[str], source: str) -> list[Market]:
    """Return the pairs that an exchange lists."""
    return [Market(source, asset.upper(), quote) for asset in assets for quote in QUOTES[source]]


def ladder(
    prices: PriceFeed, seed: int, market: Market, depth: int, now_ms: int
) -> tuple[list[Pair], list[Pair]] | None:
    """Return bids and asks, best first, `depth` levels each; None without a price."""
    price = prices.price(market.asset, market.source, now_ms)
    if price is None:
        return None
    draw_at = now_ms // REDRAW_MS
    half = (price * Decimal("0.00002")).quantize(CENT) + CENT
    step = max(CENT, (price * Decimal("0.00003")).quantize(CENT))
    sides: list[list[Pair]] = []
    for sign in (-1, 1):
        side = []
        for level in range(depth):
            draw = word(seed, "depth", market.source, market.base, sign, level, draw_at) % 100_000
            size = (Decimal(draw + 2_000) / 100_000 * (1 + level)).quantize(SIZE)
            side.append((price + sign * (half + step * level), size))
        sides.append(side)
    return sides[0], sides[1]
