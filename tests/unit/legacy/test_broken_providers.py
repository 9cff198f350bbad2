"""Whatever a provider answers: an order, a book, or an error of ours."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from argosy.domains.trading.venues.exchange.parse import candles_of
from argosy.errors import ArgosyError
from argosy.legacy.orders import report_of
from argosy.legacy.reading import levels, moment

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 10**40, 0.1, float("nan"), float("inf"), 1e300, "", "1.5", "NaN", "1e400", "x", "open", "filled",
    "closed", "buy", "BTC/USDT", "2026-01-01", b"\xff", [], {}, [1], (1, 2), {"cost": "x"}, {"cost": 1, "currency": 5},
    NOW.replace(tzinfo=None), object(),
)  # fmt: skip
_ORDER: dict[str, Any] = {
    "id": "o1", "pair": "BTC/USDT", "side": "buy", "amount": 1.0, "price": 100.0, "status": "open", "filled": 0.5,
    "average": 100.0, "fee": 0.1, "timestamp": 1_700_000_000,
    "fills": [{"id": 1, "amount": 0.5, "price": 100.0, "fee": {"cost": 0.1, "currency": "USDT"}}],
}  # fmt: skip


def test_random_answers_give_what_is_asked_or_an_error_of_ours() -> None:
    chance = random.Random(12)

    def shaken(row: dict[str, Any]) -> Any:
        if chance.random() < 0.1:
            return chance.choice(_VALUES)
        names = chance.sample(sorted(row), chance.randrange(4))
        return {**row, **{name: chance.choice(_VALUES) for name in names}}

    def order() -> object:
        return report_of(shaken(_ORDER), Decimal(1), NOW)

    def trades() -> object:
        rows = [shaken(_ORDER["fills"][0]) for _ in range(chance.randrange(3))]
        return report_of({**_ORDER, "fills": rows}, None, NOW)

    def book() -> object:
        rows = [[chance.choice(_VALUES), chance.choice(_VALUES)] for _ in range(chance.randrange(3))]
        return levels(chance.choice((rows, chance.choice(_VALUES))), descending=True)

    readers: tuple[Callable[[], object], ...] = (order, trades, book, lambda: moment(chance.choice(_VALUES)))
    good = seen = 0
    for _ in range(3_000):
        for reader in readers:
            seen += 1
            try:
                reader()
            except ArgosyError:
                continue
            good += 1
    assert seen >= 10_000
    assert 1_000 < good < seen


def test_candles_are_read_in_time_order() -> None:
    found = candles_of([[120_000, 1, 2, 1, 2, 5], [60_000, "1", "1", "1", "1", "0"]])
    assert [candle.at.timestamp() for candle in found] == [60, 120]
