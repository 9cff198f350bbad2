"""Public trades at the exchanges, in a neutral form for the three wire formats."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from argosy.domains.trading.sandbox.exchange.feed import Bar
from argosy.domains.trading.sandbox.exchange.wire import quotes
from argosy.domains.trading.sandbox.exchange.world import ExchangeWorld
from argosy.venuekit.sandbox.chance import word

LEAST_SIZE = Decimal("0.00001")
_STEPS_S = (1, 60)


@dataclass(frozen=True, slots=True)
class PublicTrade:
    """One public trade.

    `id` is the trade's Unix second. `sold` is True if the taker sold.
    """

    id: int
    at_ms: int
    price: Decimal
    size: Decimal
    sold: bool


async def trades(
    world: ExchangeWorld,
    market: quotes.Market,
    *,
    limit: int,
    since_ms: int | None = None,
    until_ms: int | None = None,
) -> list[PublicTrade]:
    """Return public trades, oldest first.

    These are the first ones from `since_ms` on, else the last ones until `until_ms`. There is one trade a
    second, or one a minute if only bars of minutes were recorded.
    """
    now_ms = world.now_ms()
    last_ms = now_ms if until_ms is None else min(until_ms, now_ms)
    for step_s in _STEPS_S:
        first_ms = last_ms - limit * step_s * 1000 if since_ms is None else since_ms
        bars = await quotes.bars(world, market, step_s, max(0, first_ms), limit, last_ms)
        found = [_trade(world, market, bar) for bar in bars]
        found = [one for one in found if one.at_ms <= last_ms]
        if found:
            return found[:limit] if since_ms is not None else found[-limit:]
    return []


def _trade(world: ExchangeWorld, market: quotes.Market, bar: Bar) -> PublicTrade:
    second = bar.start_ms // 1000
    draw = word(world.seed, "print", market.source, market.base, second)
    return PublicTrade(
        id=second,
        at_ms=bar.start_ms,
        price=bar.open,
        size=max(LEAST_SIZE, Decimal(draw % 50_000).scaleb(-5)),
        sold=bool(draw >> 32 & 1),
    )
