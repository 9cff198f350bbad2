"""Candles of any length: exact, the same in every length, and cheap enough to serve from one thread."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

import httpx
import pytest
from support.cpu import TRIES, least_cpu_s

from argosy.core.clock import DrivenClock, from_ms
from argosy.domains.trading.sandbox.app import build_app
from argosy.domains.trading.sandbox.exchange.simulated_prices import SimulatedPrices, path_of
from argosy.domains.trading.sandbox.prediction.order import SandboxOrder
from argosy.domains.trading.sandbox.world import World, simulated

R = TypeVar("R")
ENOUGH_S = 0.05
"""Seconds of computing for which another request may wait."""
NOW_MS = 1_795_431_600_000
DAY_S = 86_400
LONGEST = (
    "/binance/api/v3/klines?symbol=BTCUSDT&interval=1d&limit=1000",
    "/binance/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1000",
    "/coinbase/api/v3/brokerage/market/products/BTC-USD/candles?granularity=ONE_DAY&start=0",
    "/kraken/0/public/OHLC?pair=XBTUSD&interval=1440",
)


def test_the_extremes_of_any_stretch_are_those_of_its_seconds() -> None:
    path, random = path_of(7, "btc"), Random(3)
    for length in (0, 1, 59, 60, 61, 300, 1799, 3600, 3601, 2 * 3600, 12_345):
        for _ in range(6):
            first = NOW_MS // 1000 + random.randrange(-200_000, 200_000) // random.choice((1, 60, 3600)) * 60
            prices = path.seconds(first, length + 1)
            assert path.extremes(first, first + length) == (min(prices), max(prices))
            assert (path.second(first), path.second(first + length)) == (prices[0], prices[-1])


def test_long_bars_hold_what_the_seconds_under_them_do() -> None:
    prices, path = SimulatedPrices(7), path_of(7, "btc")
    day = prices.bars("btc", "binance", DAY_S, NOW_MS - 3 * DAY_S * 1000, 1, NOW_MS)[0]
    seconds = path.seconds(day.start_ms // 1000, DAY_S + 1)
    share = float(day.open) / seconds[0]
    assert float(day.high) == pytest.approx(max(seconds) * share, abs=0.02)
    assert float(day.low) == pytest.approx(min(seconds) * share, abs=0.02)
    assert float(day.close) == pytest.approx(seconds[-1] * share, abs=0.02)


def test_five_hundred_days_cost_less_than_a_second_of_computing() -> None:
    def work() -> None:
        bars = SimulatedPrices(11).bars("btc", "binance", DAY_S, NOW_MS - 500 * DAY_S * 1000, 500, NOW_MS)
        assert len(bars) == 500

    assert least_cpu_s(work, 1.0) < 1.0


@pytest.mark.parametrize("path", LONGEST)
def test_no_candles_keep_other_requests_waiting(path: str) -> None:
    async def get() -> tuple[httpx.Response, float]:
        app = build_app(simulated(seed=12, clock=DrivenClock(from_ms(NOW_MS))))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8710"
        ) as client:
            await client.get("/binance/api/v3/ping")
            return await beside_another(client.get(path))

    answer, longest = least_wait(get)
    assert answer.status_code == 200
    assert len(answer.content) > 10_000
    assert longest < ENOUGH_S


def test_twenty_silent_minutes_are_caught_up_in_slices_and_to_the_same_end() -> None:
    """Resting orders are looked at twice a second: nobody else waits for 2,400 looks at once."""
    whole = silent_for_long()
    whole.engine.advance()

    async def catch_up() -> tuple[World, float]:
        world = silent_for_long()
        return world, (await beside_another(world.catch_up()))[1]

    sliced, longest = least_wait(catch_up)
    assert longest < ENOUGH_S
    assert whole.engine.trades == sliced.engine.trades != []
    assert whole.engine.orders == sliced.engine.orders


def silent_for_long() -> World:
    """Return a world with resting orders that nobody has asked for long."""
    clock = DrivenClock(from_ms(NOW_MS + 100_000))
    world = simulated(seed=7, clock=clock)
    market = world.markets.market(f"btc-updown-15m-{NOW_MS // 1000 + 900}", world.now_ms())
    assert market is not None
    world.engine.open_account("0xa")
    for cents in (2, 30, 49):
        world.engine.place(
            SandboxOrder(
                id=f"0x{cents}",
                account="0xa",
                token=market.up_token,
                side="BUY",
                price=Decimal(cents) / 100,
                size=Decimal(10),
                type="GTC",
                created_ms=world.now_ms(),
            )
        )
    clock.advance(1_100)
    return world


def least_wait(call: Callable[[], Coroutine[Any, Any, tuple[R, float]]]) -> tuple[R, float]:
    """Return what `call` returns, with the least of its waits in up to three tries.

    On a busy machine the same work takes more computing.
    """
    found, least = asyncio.run(call())
    for _ in range(TRIES - 1):
        if least < ENOUGH_S:
            break
        found, longest = asyncio.run(call())
        least = min(least, longest)
    return found, least


async def beside_another(work: Coroutine[Any, Any, R]) -> tuple[R, float]:
    """The result of `work`, and the most seconds of computing that another task waits for its turn."""
    longest, waiting = 0.0, True
    gc.disable()  # what other tests left in memory is not the sandbox's to sweep

    async def watch() -> None:
        nonlocal longest
        before = time.thread_time()
        while waiting:
            await asyncio.sleep(0)
            now = time.thread_time()
            longest, before = max(longest, now - before), now

    watching = asyncio.create_task(watch())
    try:
        found = await work
        waiting = False
        await watching
    finally:
        gc.enable()
    return found, longest
