"""Reading what old code returns, and calling it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from argosy.domains.trading.venues.replies.fields import computed_number, field, number
from argosy.domains.trading.venues.replies.pairs import pair, quote_currency
from argosy.errors import BadReply, ConfigError, InvalidInput
from argosy.legacy.calls import Calls, fit, takes
from argosy.legacy.reading import exact_float, levels, moment
from argosy.legacy.report import OrderState
from argosy.legacy.status import order_state


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("BTC/USDT", ("BTC", "USDT")),
        ("btc-usd", ("BTC", "USD")),
        ("ETH_BTC", ("ETH", "BTC")),
        ("BTCUSDT", ("BTC", "USDT")),
        ("SOLUSD", ("SOL", "USD")),
        ("BTC/USDT:USDT", ("BTC", "USDT")),
        ("USDT", None),
        ("42420000000000001", None),
        ("", None),
    ],
)
def test_pairs(text: str, found: Any) -> None:
    assert pair(text) == found


def test_quote_currency() -> None:
    assert (quote_currency("BTC/EUR"), quote_currency("?"), quote_currency("?", "X")) == ("EUR", "USD", "X")


@pytest.mark.parametrize(("value", "exact"), [(0.1, "0.1"), (1e-8, "1E-8"), ("2.50", "2.50"), (3, "3")])
def test_floats_are_what_they_print(value: Any, exact: str) -> None:
    assert str(number(value)) == exact


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "x", None, True, 1e300])
def test_no_numbers(value: Any) -> None:
    with pytest.raises(BadReply):
        number(value)


def test_the_noise_of_sums_is_cut() -> None:
    assert computed_number(0.1 + 0.2, "sum") == Decimal("0.3")
    assert computed_number("0.30000000000000004", "text") == Decimal("0.30000000000000004")
    assert computed_number(None, "nothing") is None


def test_floats_out() -> None:
    assert exact_float(Decimal("0.1"), "price") == 0.1
    with pytest.raises(InvalidInput):
        exact_float(Decimal("0.12345678901234567890"), "price")


@pytest.mark.parametrize(
    "value",
    [1_700_000_000, 1_700_000_000.0, 1_700_000_000_000, "2023-11-14T22:13:20Z", "2023-11-14T22:13:20+00:00"],
)
def test_moments(value: Any) -> None:
    assert moment(value) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_naive_times_are_utc_and_nonsense_is_none() -> None:
    assert moment(datetime(2024, 1, 1)) == datetime(2024, 1, 1, tzinfo=UTC)  # noqa: DTZ001
    assert [moment(value) for value in ("soon", None, True, 1e300)] == [None] * 4


@dataclass
class Row:
    price: float
    qty: float


@pytest.mark.parametrize(
    "raw",
    [
        [[1.0, 5.0], [2.0, 6.0], [3.0, 0.0]],
        [("2.0", "6.0"), ("1.0", "5.0")],
        [{"price": 2.0, "amount": 6.0}, {"price": 1.0, "size": 5.0}],
        [Row(1.0, 5.0), Row(2.0, 6.0)],
        {1.0: 5.0, 2.0: 6.0},
    ],
)
def test_levels(raw: Any) -> None:
    found = levels(raw, descending=True)
    assert [(level.price, level.size) for level in found] == [(2, 6), (1, 5)]
    assert levels(raw, descending=False) == found[::-1]


@pytest.mark.parametrize("raw", [None, "text", 5, [[1.0]], [{"price": 1.0}], [["x", "y"]]])
def test_no_levels(raw: Any) -> None:
    with pytest.raises(BadReply):
        levels(raw, descending=True)


def test_fields_of_dicts_and_objects() -> None:
    assert field({"a": None, "b": 2}, "a", "b") == 2
    assert field(Row(1.0, 2.0), "size", "qty") == 2.0
    assert field({}, "a") is None
    assert field("text", "upper") is None


class State(Enum):
    DONE = "Filled"


@pytest.mark.parametrize(
    ("word", "filled", "state"),
    [
        ("NEW", 0, OrderState.OPEN),
        ("OrderStatus.PARTIALLY_FILLED", 1, OrderState.OPEN),
        (State.DONE, 2, OrderState.FILLED),
        ("closed", 2, OrderState.FILLED),
        ("closed", 1, OrderState.ENDED),
        ("Canceled", 1, OrderState.ENDED),
        ("rejected", 0, OrderState.REJECTED),
        (None, 2, OrderState.FILLED),
        (None, 1, OrderState.OPEN),
    ],
)
def test_states(word: Any, filled: int, state: OrderState) -> None:
    assert order_state(word, filled=Decimal(filled), quantity=Decimal(2)) is state


@pytest.mark.parametrize(
    ("word", "filled"), [("error", 0), ("failed", 0), ("rejected", 1), ("closed", None), (None, None)]
)
def test_words_that_settle_nothing(word: Any, filled: int | None) -> None:
    with pytest.raises(BadReply):
        order_state(word, filled=None if filled is None else Decimal(filled), quantity=Decimal(2))


ORDER = {"symbol": "BTC/USD", "side": "buy", "amount": 1.0, "price": 9.0}


def called(function: Any, values: dict[str, Any] = ORDER, **more: Any) -> Any:
    args, kwargs = fit(function, values, **more)
    return function(*args, **kwargs)


def test_arguments_by_their_names() -> None:
    assert called(lambda pair, side, qty, limit: (pair, side, qty, limit)) == ("BTC/USD", "buy", 1.0, 9.0)
    assert called(lambda size, *, market, limit_price=None: (size, market, limit_price)) == (
        1.0,
        "BTC/USD",
        9.0,
    )
    assert called(lambda pair, dry_run=False, price=0: (pair, dry_run, price)) == ("BTC/USD", False, 9.0)
    assert called(lambda **kwargs: kwargs) == ORDER
    assert called(lambda *args: args, needed=("symbol", "side")) == ("BTC/USD", "buy")


def test_limit_is_a_depth_where_there_is_no_price() -> None:
    assert called(lambda symbol, limit: limit, {"symbol": "X", "depth": 5}) == 5


def test_arguments_that_mean_nothing_or_are_missed() -> None:
    with pytest.raises(ConfigError, match="colour"):
        fit(lambda colour: None, ORDER)
    with pytest.raises(ConfigError, match="amount"):
        fit(lambda pair: None, ORDER, needed=("amount",))


def test_what_a_function_takes() -> None:
    assert takes(lambda a, client_order_id=None: None, "client_id")
    assert takes(lambda **options: None, "client_id")
    assert not takes(lambda pair, side: None, "client_id")


def test_a_coroutine_is_given_up_after_its_time() -> None:
    import asyncio

    class Slow:
        async def wait(self) -> None:
            await asyncio.Event().wait()

        def later(self) -> Any:
            return self.value()

        async def value(self) -> int:
            return 7

    calls = Calls(Slow(), timeout_s=0.05)
    with pytest.raises(TimeoutError):
        calls("wait")
    assert calls("later") == 7
    calls.close()
