"""ccxt's orders and trades: exact, or not believed at all."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from argosy.core.actions.action import ActionStatus
from argosy.domains.trading.venues.exchange.errors import never_sent
from argosy.domains.trading.venues.exchange.parse import fill_of, fills_of, result_of
from argosy.errors import ArgosyError, BadReply

d = Decimal
TRADE: dict[str, Any] = {
    "id": "56",
    "order": "28",
    "symbol": "BTC/USDT",
    "side": "buy",
    "amount": "0.01000000",
    "price": "64001.00",
    "fee": {"cost": "0.00001000", "currency": "BTC"},
    "timestamp": 1767225600123,
}
ORDER: dict[str, Any] = {"id": "28", "clientOrderId": "c", "status": "closed", "filled": "0.01000000"}


def test_a_trade_keeps_every_digit_and_the_currency_of_its_fee() -> None:
    fill = fill_of(TRADE, "c", "binance")
    assert (fill.id, fill.quantity, fill.price) == ("56", d("0.01"), d("64001"))
    assert (fill.fee, fill.fee_currency, fill.currency) == (d("0.00001"), "BTC", "USDT")
    quote = fill_of({**TRADE, "fee": {"cost": "0.64", "currency": "USDT"}}, "c", "binance")
    assert (quote.fee, quote.fee_currency) == (d("0.64"), None)
    assert fills_of([TRADE, TRADE], "c", "binance") == [fill]


@pytest.mark.parametrize(
    ("fees", "fee", "currency", "others"),
    [
        ({"fee": None, "fees": [{"cost": "0.2", "currency": "USDT"}, {"cost": "0.1", "currency": "USDT"}]}, "0.3", None, []),
        ({"fees": [{"cost": "0.00001", "currency": "BTC"}]}, "0.00001", "BTC", []),
        ({"fee": {"cost": "0.1", "currency": "bnb"}}, "0.1", "BNB", []),
        ({"fee": {"cost": None, "rate": "0.001", "currency": "USDT"}}, "0.64001", None, []),
        ({"fee": {}, "fees": [{"cost": "0.2", "currency": "USDT"}, {"cost": "0.1", "currency": "BNB"}]}, "0.2", None,
         [("BNB", "0.1")]),
        ({"fee": {"cost": "-0.1", "currency": "USDT"}}, "-0.1", None, []),
    ],
)  # fmt: skip
def test_a_commission_however_ccxt_writes_it(fees: Any, fee: str, currency: Any, others: Any) -> None:
    fill = fill_of({**TRADE, **fees}, "c", "binance")
    assert (fill.fee, fill.fee_currency) == (d(fee), currency)
    assert [(part.currency, str(part.amount)) for part in fill.other_fees] == others


def test_two_trades_of_one_id_are_two_and_one_listed_twice_is_one() -> None:
    other = {**TRADE, "amount": "0.02"}
    two = fills_of([other, TRADE], "c", "binance", d("0.03"))
    assert [(fill.id, fill.quantity) for fill in two] == [("56", d("0.01")), ("56~0.02@64001#1", d("0.02"))]
    assert fills_of([TRADE, other], "c", "binance", d("0.03")) == two
    assert len(fills_of([TRADE, TRADE], "c", "binance", d("0.01"))) == 1
    assert len(fills_of([TRADE, TRADE], "c", "binance", d("0.02"))) == 2


def test_what_is_left_tells_what_was_filled() -> None:
    order = {**ORDER, "filled": None, "remaining": "0.02", "status": "open"}
    found = result_of(order, fills_of([TRADE], "c", "binance"), "c", d("0.03"))
    assert (found.status, found.filled) == (ActionStatus.PARTIALLY_FILLED, d("0.01"))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": ""},
        {"side": "long"},
        {"amount": None},
        {"amount": "0"},
        {"amount": "NaN"},
        {"price": "-1"},
        {"price": "1e40"},
        {"fee": None},
        {"fee": {"cost": None, "currency": "BTC"}},
        {"fee": {"cost": "0.1"}},
        {"timestamp": None},
        {"timestamp": True},
        {"timestamp": "now"},
    ],
)
def test_a_trade_that_lacks_something_is_not_booked(changes: dict[str, Any]) -> None:
    with pytest.raises(BadReply):
        fill_of({**TRADE, **changes}, "c", "binance")


@pytest.mark.parametrize(
    ("order", "trades", "quantity", "status", "filled"),
    [
        ({}, 1, "0.01", ActionStatus.FILLED, "0.01"),
        ({}, 0, "0.01", ActionStatus.SUBMITTED, "0"),
        ({"status": "open", "filled": "0.02"}, 1, "0.03", ActionStatus.PARTIALLY_FILLED, "0.01"),
        ({"status": "open"}, 1, "0.03", ActionStatus.PARTIALLY_FILLED, "0.01"),
        ({"status": "open", "filled": "0"}, 0, "0.03", ActionStatus.OPEN, "0"),
        ({"status": "expired"}, 1, "0.03", ActionStatus.CANCELLED, "0.01"),
        ({"status": "canceled", "filled": "0"}, 0, "0.03", ActionStatus.CANCELLED, "0"),
        ({"status": "expired"}, 0, "0.03", ActionStatus.SUBMITTED, "0"),
        ({"status": "rejected", "filled": "0"}, 0, "0.03", ActionStatus.REJECTED, "0"),
    ],
)
def test_an_order_is_final_when_all_its_trades_are_there(
    order: dict[str, Any], trades: int, quantity: str, status: ActionStatus, filled: str
) -> None:
    found = result_of({**ORDER, **order}, fills_of([TRADE] * trades, "c", "binance"), "c", d(quantity))
    assert (found.status, found.filled) == (status, d(filled))


@pytest.mark.parametrize(
    ("order", "trades", "quantity"),
    [
        ({"filled": "0.02"}, 1, "0.01"),
        ({"filled": "0"}, 1, "0.005"),
        ({"status": "wonderful"}, 1, "0.01"),
        ({"status": None}, 1, "0.01"),
        ({"filled": None}, 1, "0.01"),
        ({"filled": "0"}, 0, "0.01"),
        ({"id": None}, 1, "0.01"),
    ],
)
def test_an_order_that_cannot_be_is_not_believed(order: dict[str, Any], trades: int, quantity: str) -> None:
    with pytest.raises(BadReply):
        result_of({**ORDER, **order}, fills_of([TRADE] * trades, "c", "binance"), "c", d(quantity))


def test_no_connection_is_told_apart_from_a_lost_one() -> None:
    class NewConnectionError(Exception):
        pass

    def raised(inner: Exception) -> Exception:
        try:
            try:
                raise inner
            except Exception as error:
                raise RuntimeError("ccxt") from error
        except RuntimeError as error:
            return error

    assert never_sent(raised(ConnectionError(NewConnectionError("refused"))))
    assert not never_sent(raised(ConnectionError("reset by peer")))


def test_random_orders_and_trades_give_a_result_or_an_error_of_ours() -> None:
    chance = random.Random(11)
    values: tuple[Any, ...] = (
        None, True, 0, -1, 10**30, 0.1, "", "0.01", "-1", "NaN", "1e99", "x", "buy", "open", "closed", [], {}, [1],
        {"cost": "1", "currency": "BTC"}, {"cost": "x", "currency": 1}, 1767225600123,
    )  # fmt: skip

    def shaken(row: dict[str, Any]) -> dict[str, Any]:
        names = chance.sample(sorted(row), chance.randrange(3))
        return {**row, **{name: chance.choice(values) for name in names}}

    good = 0
    for _ in range(5_000):
        try:
            fills = fills_of([shaken(TRADE) for _ in range(chance.randrange(3))], "c", "binance")
            found = result_of(shaken(ORDER), fills, "c", d("0.01"))
        except ArgosyError:
            continue
        good += 1
        assert found.filled == sum(fill.quantity for fill in found.fills) <= d("0.01")
    assert good > 200
