"""Price floor, largest change and cooldown at their borders, and limits against facts of a market."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.risk import PATH, D, ago, buy, facts, held, limit, sell

from argosy.core.actions.value_change import ValueChange
from argosy.core.risk import ConstraintKind, Proposal, assess
from argosy.core.risk.rules import check_constraint
from argosy.core.risk.snapshot import ValueEdited
from argosy.core.venues.market_facts import MarketFacts
from argosy.errors import InvalidInput

K = ConstraintKind


def priced(wanted: str, before: str = "10", field: str = "price", **more: Any) -> Proposal:
    return buy(0, 0, change=ValueChange(field=field, before=before, wanted=wanted), **more)


def edited(seconds: float, before: str = "10", wanted: str = "11", **more: Any) -> ValueEdited:
    change = ValueChange(field=more.pop("field", "price"), before=before, wanted=wanted)
    return ValueEdited(ago(seconds), more.pop("asset", PATH.asset), change)


@pytest.mark.parametrize(("wanted", "allowed"), [("5.01", True), ("5", True), ("4.99", False), ("0", False)])
def test_no_price_is_set_below_the_floor(wanted: str, allowed: bool) -> None:
    found = assess(priced(wanted), [limit(K.PRICE_FLOOR, 5, "asset:v/X")], facts())
    assert found.allowed is allowed
    if not allowed:
        assert found.code == "risk.price_floor"
        assert "price asked for (v/X) 10" in (found.reason or "")
        assert "at least 5; below the limit" in (found.reason or "")


@pytest.mark.parametrize(("price", "allowed"), [("5", True), ("4.999999", False)])
def test_a_sale_below_the_floor_is_denied_though_it_reduces(price: str, allowed: bool) -> None:
    sale = sell(3, price, asks_price=True, asked=D(price), reducing=True)
    assert assess(sale, [limit(K.PRICE_FLOOR, 5)], facts(held(10))).allowed is allowed


def test_a_sale_without_a_limit_price_is_denied_where_there_is_a_floor() -> None:
    sale = sell(3, None, asks_price=True, reducing=True)
    assert assess(sale, [limit(K.PRICE_FLOOR, 5)], facts(held(10))).code == "risk.unknown"


def test_the_liquidator_passes_the_floor_and_purchases_have_none() -> None:
    floor = [limit(K.PRICE_FLOOR, 5)]
    leaving = sell(3, "1", asks_price=True, asked=D(1), reducing=True, liquidating=True)
    assert assess(leaving, floor, facts(held(10))).findings == []
    assert assess(buy(3, "1"), floor, facts()).findings == []


def test_a_floor_counts_in_base_currency_and_for_its_fields_only() -> None:
    floor = limit(K.PRICE_FLOOR, 5, parameters={"fields": "price, offer"})
    assert not assess(priced("4", field="offer"), [floor], facts()).allowed
    assert assess(priced("4", field="offer", rate=D("1.25")), [floor], facts()).allowed
    assert assess(priced("4", field="stock"), [floor], facts()).findings == []
    assert assess(priced("soon"), [floor], facts()).code == "risk.unknown"


@pytest.mark.parametrize(
    ("seconds", "allowed"), [(60, True), (59.999999, False), (0, False), (-5, False), (61, True)]
)
def test_edits_of_an_asset_keep_their_distance(seconds: float, allowed: bool) -> None:
    snapshot = facts(edits=[edited(seconds), edited(0, asset=("v", "Y"))])
    found = assess(priced("12"), [limit(K.COOLDOWN, 60, "asset:v/X")], snapshot)
    assert found.allowed is allowed
    if not allowed:
        assert found.code == "risk.cooldown"


def test_a_cooldown_counts_edits_of_any_field_and_concerns_no_order() -> None:
    snapshot = facts(edits=[edited(5, field="stock")])
    assert not assess(priced("12"), [limit(K.COOLDOWN, 60)], snapshot).allowed
    assert assess(buy(), [limit(K.COOLDOWN, 60)], snapshot).findings == []
    assert assess(priced("8", reducing=True), [limit(K.COOLDOWN, 60)], snapshot).allowed


def test_a_days_changes_are_measured_from_every_value_of_the_day() -> None:
    day = limit(K.LARGEST_CHANGE, "0.2", window_s=86_400)
    edits = [edited(3600, "10", "11"), edited(60, "11", "11.5"), edited(86_400, "1", "10")]
    assert assess(priced("12", "11.5"), [day], facts(edits=edits)).allowed  # 20 % of 10
    beyond = assess(priced("12.01", "11.5"), [day], facts(edits=edits))
    assert (beyond.code, beyond.findings[0].new) == ("risk.largest_change", D("0.201"))
    assert "within 86400 s" in (beyond.reason or "")
    assert assess(priced("12.01", "11.5"), [limit(K.LARGEST_CHANGE, "0.2")], facts(edits=edits)).allowed


def test_edits_back_and_forth_do_not_add_up_to_more_than_the_limit() -> None:
    day = limit(K.LARGEST_CHANGE, "0.2", window_s=86_400)
    edits = [edited(600, "10", "12"), edited(60, "12", "10")]
    assert assess(priced("9.6", "10"), [day], facts(edits=edits)).allowed  # exactly 20 % below 12
    down = assess(priced("9.5", "10"), [day], facts(edits=edits))  # 5 % of 10, and 20.8 % of 12
    assert down.code == "risk.largest_change"
    assert down.findings[0].new > D("0.2")


def test_a_share_of_a_third_is_compared_without_rounding() -> None:
    """10/3 of 3 has no end as a decimal number, and the limit is met exactly."""
    assert (
        assess(priced("4", "3"), [limit(K.LARGEST_CHANGE, "0.3333")], facts()).code == "risk.largest_change"
    )
    assert assess(priced("1.35", "1"), [limit(K.LARGEST_CHANGE, "0.35")], facts()).allowed
    beyond = priced("1.35000000000000000000000000000000000001", "1")
    assert not assess(beyond, [limit(K.LARGEST_CHANGE, "0.35")], facts()).allowed
    floor = limit(K.PRICE_FLOOR, "5.00000000000000000000000000000000000001")
    assert not assess(sell(1, 5, asks_price=True, asked=D(5)), [floor], facts(held(9))).allowed


@pytest.mark.parametrize(
    ("before", "wanted"), [("0", "1"), ("", "12"), ("40", "unlimited"), ("off", "10"), ("10", "NaN")]
)
def test_a_change_without_a_size_is_denied(before: str, wanted: str) -> None:
    found = assess(priced(wanted, before), [limit(K.LARGEST_CHANGE, 100)], facts())
    assert (found.allowed, found.code) == (False, "risk.unknown")


def test_a_change_from_zero_within_the_window_is_denied_too() -> None:
    day = limit(K.LARGEST_CHANGE, 100, window_s=60)
    assert not assess(priced("2", "1"), [day], facts(edits=[edited(5, "0", "1")])).allowed
    assert assess(priced("2", "1"), [day], facts(edits=[edited(5, "0", "1", field="stock")])).allowed


def test_a_text_has_no_size_and_a_negative_value_has_one() -> None:
    per_edit = [limit(K.LARGEST_CHANGE, "0.5")]
    assert assess(priced("on", "off"), per_edit, facts()).findings == []
    assert assess(priced("-15", "-10"), per_edit, facts()).allowed
    assert not assess(priced("-16", "-10"), per_edit, facts()).allowed
    assert not assess(priced("10", "-10"), per_edit, facts()).allowed
    assert assess(priced("0", "10"), [limit(K.LARGEST_CHANGE, 1)], facts()).allowed


def test_a_raise_below_the_floor_passes_with_a_warning() -> None:
    """A denial would keep the lower price."""
    floor = [limit(K.PRICE_FLOOR, 5)]
    found = assess(priced("4", "3"), floor, facts())
    assert (found.allowed, found.findings[0].verdict) == (True, "warning")
    assert not assess(priced("4", "4.5"), floor, facts()).allowed
    assert not assess(priced("4", ""), floor, facts()).allowed


def test_an_offer_that_names_no_price_is_denied_where_there_is_a_floor() -> None:
    listing = buy(0, 0, kind="list", asks_price=True)
    assert assess(listing, [limit(K.PRICE_FLOOR, 5)], facts()).code == "risk.unknown"
    named = replace(listing, asked=D(5))
    assert assess(named, [limit(K.PRICE_FLOOR, 5)], facts()).allowed
    assert not assess(replace(named, rate=D("0.9")), [limit(K.PRICE_FLOOR, 5)], facts()).allowed


@pytest.mark.parametrize(
    ("kind", "wanted", "allowed"),
    [
        (K.SHARE_OF_MARKET, "10", True),
        (K.SHARE_OF_MARKET, "11", False),
        (K.STOCK_DAYS, "10", True),
        (K.STOCK_DAYS, "11", False),
    ],
)
def test_units_put_on_offer_are_measured_by_the_value_wanted(kind: K, wanted: str, allowed: bool) -> None:
    snapshot = facts(markets={PATH.asset: MarketFacts(size=D(100), daily_sales=D(5))})
    rule = limit(kind, "0.1" if kind is K.SHARE_OF_MARKET else 2)
    assert assess(priced(wanted, "2", "stock"), [rule], snapshot).allowed is allowed
    assert assess(priced(wanted, "99", "stock"), [rule], snapshot).allowed  # fewer than now
    assert assess(priced("99", "2", "price"), [rule], snapshot).findings == []
    assert not assess(priced("many", "2", "stock"), [rule], snapshot).allowed


@pytest.mark.parametrize("kind", [K.SHARE_OF_MARKET, K.STOCK_DAYS, K.UTILISATION])
@pytest.mark.parametrize(
    "markets", [{}, {PATH.asset: MarketFacts()}, {PATH.asset: MarketFacts(size=D(0), daily_sales=D(0))}]
)
def test_a_market_that_is_not_known_denies_what_adds_and_nothing_else(kind: K, markets: Any) -> None:
    snapshot = facts(held(5), markets=markets)
    assert assess(buy(1), [limit(kind, 1)], snapshot).code == "risk.unknown"
    assert assess(sell(1, reducing=True), [limit(kind, 1)], snapshot).allowed


def test_a_share_names_the_largest_size_that_passes() -> None:
    snapshot = facts(held(5), markets={PATH.asset: MarketFacts(size=D(100))})
    assert assess(buy(10), [limit(K.SHARE_OF_MARKET, "0.1")], snapshot).quantity == 5


@pytest.mark.parametrize("scope", ["bot:b", "domain:trading", "domain:energy"])
def test_an_action_is_bound_by_its_bot_and_by_the_domain_of_its_venue(scope: str) -> None:
    away = replace(PATH, venue_domain="energy")
    found = assess(priced("4", at=away), [limit(K.PRICE_FLOOR, 5, scope)], facts())
    assert found.code == "risk.price_floor"


@pytest.mark.parametrize(
    ("kind", "amount", "more"),
    [
        (K.UTILISATION, "1.01", {}),
        (K.SHARE_OF_MARKET, "1.01", {}),
        (K.LARGEST_CHANGE, "100.1", {}),
        (K.COOLDOWN, 31 * 86_400 + 1, {}),
        (K.COOLDOWN, 60, {"window_s": 60}),
        (K.STOCK_DAYS, 36_501, {}),
        (K.PRICE_FLOOR, 5, {"parameters": {"fields": " , "}}),
        (K.PRICE_FLOOR, 5, {"parameters": {"field": "price"}}),
    ],
)
def test_a_limit_that_says_nothing_sensible_is_refused(kind: K, amount: Any, more: Any) -> None:
    with pytest.raises(InvalidInput):
        check_constraint(limit(kind, amount, **more))


def test_a_limit_of_a_day_may_have_a_window() -> None:
    check_constraint(limit(K.LARGEST_CHANGE, "0.2", window_s=86_400))
