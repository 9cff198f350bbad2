"""Fees, however a provider writes them down."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from argosy.domains.trading.venues.replies.fees import Charged, currency_of, fees_of
from argosy.errors import BadReply, InconsistentReply

D = Decimal
OF = Charged("BTC/USDT", D(2), D(200))


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({}, None),
        ({"fee": None, "fees": []}, None),
        ({"fee": {}, "fees": [{}]}, None),
        ({"fee": {"cost": None, "currency": "BNB"}}, None),
        ({"fee": float("nan")}, None),
        ({"fee": ""}, None),
        ({"fee": 0.1}, {"": D("0.1")}),
        ({"fee": "0.1", "fee_currency": "bnb"}, {"BNB": D("0.1")}),
        ({"commission": 0.1, "commissionAsset": "BTC"}, {"BTC": D("0.1")}),
        ({"fee": {"cost": 0.2, "currency": "USDT"}}, {"": D("0.2")}),
        ({"fee": {"cost": 0.2, "currency": "usdt"}}, {"": D("0.2")}),
        ({"fee": {"cost": -0.2, "currency": "USDT"}}, {"": D("-0.2")}),
        ({"fee": SimpleNamespace(cost=0.2, currency="Bnb")}, {"BNB": D("0.2")}),
        ({"fees": {"cost": 0.2, "currency": "BNB"}}, {"BNB": D("0.2")}),
        ({"fees": {"USDT": 0.2, "bnb": 0.1}}, {"": D("0.2"), "BNB": D("0.1")}),
        ({"fees": [0.2, 0.1]}, {"": D("0.3")}),
        ({"fees": [{"cost": 0.2, "currency": "USDT"}, {"cost": 0.1, "currency": "usdt"}]}, {"": D("0.3")}),
        ({"fees": [{"cost": 0.2, "currency": "BNB"}, {"cost": 0.1}]}, {"BNB": D("0.2"), "": D("0.1")}),
        # ccxt repeats under `fee` what is in `fees`, or fills only one of both.
        ({"fee": {"cost": 0.2, "currency": "BNB"}, "fees": [{"cost": 0.2, "currency": "BNB"}]}, {"BNB": D("0.2")}),
        ({"fee": {"cost": 0.3}, "fees": [{"cost": 0.2}, {"cost": 0.1}]}, {"": D("0.3")}),
        ({"fee": {"cost": 0.2}, "fees": [{"cost": 0.2}, {"cost": 0.1}]}, {"": D("0.3")}),
        ({"fee": {"cost": 0.2}, "fees": [{"cost": None, "currency": None}]}, {"": D("0.2")}),
        ({"fee": 0, "fees": [{"cost": 0.2, "currency": "BNB"}]}, {"BNB": D("0.2")}),
        # A rate is charged on the cost, or on the quantity where the fee is in units.
        ({"fee": {"rate": 0.001}}, {"": D("0.2")}),
        ({"fee": {"rate": "0.001", "cost": None, "currency": "USDT"}}, {"": D("0.2")}),
        ({"fee": {"rate": 0.001, "currency": "btc"}}, {"BTC": D("0.002")}),
        ({"fee": {"rate": -0.0001}}, {"": D("-0.02")}),
        ({"fee": {"rate": 0, "currency": "BNB"}}, {"BNB": D(0)}),
        ({"fee": {"rate": 0.001, "cost": 0.15}}, {"": D("0.15")}),
        ({"fees": [{"rate": 0.001}, {"cost": 0.1, "currency": "BNB"}]}, {"": D("0.2"), "BNB": D("0.1")}),
    ],
)  # fmt: skip
def test_fees(raw: dict[str, Any], found: Any) -> None:
    assert fees_of(raw, OF) == found
    assert fees_of(SimpleNamespace(**raw), OF) == found


@pytest.mark.parametrize(
    "raw",
    [
        {"fee": {"rate": 0.001, "currency": "BNB"}},
        {"fee": {"cost": 0.5}, "fees": [{"cost": 0.2}, {"cost": 0.1}]},
        {"fee": {"cost": 0.2, "currency": "BNB"}, "fees": [{"cost": 0.2, "currency": "USDT"}]},
    ],
)
def test_what_no_fee_can_be_read_from(raw: dict[str, Any]) -> None:
    with pytest.raises(InconsistentReply):
        fees_of(raw, OF)


def test_a_rate_of_nothing_known() -> None:
    with pytest.raises(InconsistentReply, match="by its rate only"):
        fees_of({"fee": {"rate": 0.001}}, Charged("BTC/USDT", D(2), None))


@pytest.mark.parametrize("cost", ["x", float("inf"), [None, object()]])
def test_fees_that_are_no_numbers(cost: Any) -> None:
    if isinstance(cost, list):
        assert fees_of({"fees": cost}, OF) is None
        return
    with pytest.raises(BadReply):
        fees_of({"fee": {"cost": cost}}, OF)


@pytest.mark.parametrize("name", ["usdt", " USDT ", "Usdt"])
def test_one_currency_however_it_is_written(name: str) -> None:
    assert currency_of(name) == "USDT"
