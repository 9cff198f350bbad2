"""Matching of the simulated exchange: what it keeps in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from argosy.core.clock import DrivenClock
from argosy.domains.trading.sandbox.exchange.engine import SpotEngine
from argosy.domains.trading.sandbox.exchange.pairs import REDRAW_MS, Market

D = Decimal


def test_depth_that_was_taken_is_forgotten_once_the_book_is_drawn_again() -> None:
    clock = DrivenClock(datetime(2026, 11, 30, 9, tzinfo=UTC))
    prices = iter(range(1000, 1100))

    def books(market: Market) -> tuple[list[tuple[Decimal, Decimal]], list[tuple[Decimal, Decimal]]]:
        price = next(prices)
        return [(D(price - 1), D(1))], [(D(price), D(1))]

    engine = SpotEngine([Market("binance", "BTC", "USDT")], books, clock)
    for number in range(20):
        with engine.acting("me"):
            engine.place("me", f"order{number}", "BTCUSDT", "BUY", "MARKET", "IOC", None, D("0.01"))
        clock.advance(REDRAW_MS / 1000)
    assert len(engine._taken._taken) == 1
