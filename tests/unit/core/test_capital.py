"""Shares of a bot's capital: what a strategy may use, and that it never adds up to more than there is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from argosy.core.money.capital import BOT_ITSELF, Available, CapitalCode, Share, Use, available, check_shares
from argosy.errors import InvalidInput

D = Decimal


def shares(**weights: str) -> list[Share]:
    return [Share(name, D(weight)) for name, weight in weights.items()]


def test_an_own_share_is_the_weight_of_the_capital_less_what_is_in_use() -> None:
    found = available(D(1000), shares(a="0.6", b="0.4"), [Use("a", D(100), D(50))], "none", "a")
    assert found == Available(D(450), D(0))


def test_nothing_is_lent_without_lending() -> None:
    found = available(D(1000), shares(a="0.6", b="0.4"), [Use("a", D(600))], "none", "a")
    assert (found.own, found.lent, found.code) == (0, 0, CapitalCode.SHARE_IN_USE)
    assert "share of 600.0 is in use" in found.reason


def test_idle_shares_are_lent_on_top() -> None:
    assert available(D(1000), shares(a="0.6", b="0.4"), [Use("b", D(100))], "idle", "a") == Available(
        D(600), D(300)
    )


def test_a_strategy_that_does_not_lend_keeps_its_share() -> None:
    split = [Share("a", D("0.5")), Share("b", D("0.5"), lends=False)]
    assert available(D(100), split, [], "idle", "a") == Available(D(50), D(0))
    assert available(D(100), split, [], "idle", "b") == Available(D(50), D(50))


def test_a_lender_is_missing_only_what_others_have_in_use() -> None:
    found = available(D(100), shares(a="0.5", b="0.5"), [Use("b", D(80))], "idle", "a")
    assert (found.own, found.lent, found.code) == (D(20), D(0), CapitalCode.SHARE_ELSEWHERE)
    assert "30.0 of the share of 50.0 is in use by other strategies" in found.reason
    freed = available(D(100), shares(a="0.5", b="0.5"), [Use("b", D(50))], "idle", "a")
    assert (freed.own, freed.code) == (D(50), CapitalCode.NONE)


def test_what_is_lent_out_once_is_not_offered_again() -> None:
    split = shares(a="0.4", b="0.3", c="0.3")
    found = available(D(100), split, [Use("b", D(60))], "idle", "c")
    assert (found.own, found.lent) == (D(30), D(10))


def test_lending_never_reaches_into_a_share_that_is_kept() -> None:
    split = [Share("a", D("0.4")), Share("b", D("0.3")), Share("c", D("0.3"), lends=False)]
    found = available(D(100), split, [Use("b", D(70))], "idle", "a")
    assert (found.own, found.code) == (D(0), CapitalCode.SHARE_ELSEWHERE)
    assert available(D(100), split, [Use("b", D(70))], "idle", "c").own == D(30)


def test_a_lowered_weight_cuts_nothing_and_grants_nothing() -> None:
    found = available(D(100), shares(a="0.2", b="0.3"), [Use("a", D(30), D(20))], "none", "a")
    assert (found.total, found.code) == (0, CapitalCode.OVER_SHARE)
    assert "50 is in use of a share of 20" in found.reason


def test_what_weights_leave_over_covers_a_strategy_above_its_share() -> None:
    assert available(D(100), shares(a="0.2", b="0.3"), [Use("a", D(50))], "none", "b") == Available(
        D(30), D(0)
    )


def test_kept_shares_that_cannot_all_be_met_are_met_by_their_size() -> None:
    split, uses = shares(a="0.2", b="0.6", c="0.2"), [Use("a", D(60))]
    assert available(D(100), split, uses, "none", "b").own == D(30)
    assert available(D(100), split, uses, "none", "c").own == D(10)


def test_the_bot_itself_has_what_the_weights_leave_over_and_it_is_not_lent() -> None:
    split = shares(a="0.5", b="0.3")
    assert available(D(100), split, [], "idle", BOT_ITSELF) == Available(D(20), D(80))
    assert available(D(100), split, [], "idle", "a") == Available(D(50), D(30))


def test_a_strategy_without_a_share_is_told_so() -> None:
    found = available(D(100), shares(a="0.5"), [], "idle", "other")
    assert (found.total, found.code) == (0, CapitalCode.NO_SHARE)
    assert "'other'" in found.reason


def test_a_bot_without_shares_is_not_split() -> None:
    assert available(D(100), [], [Use("a", D(30))], "none", "b") == Available(
        D(70),
        D(0),
        CapitalCode.SHARE_ELSEWHERE,
        "30 of the share of 100 is in use by other strategies until they free it",
    )


def test_a_removed_strategy_that_still_holds_counts() -> None:
    found = available(D(100), shares(a="1"), [Use("gone", D(0), D(40))], "none", "a")
    assert (found.own, found.code) == (D(60), CapitalCode.SHARE_ELSEWHERE)


@pytest.mark.parametrize("weights", [{}, {"a": "1"}, {"a": "0.5", "b": "0.5"}, {"a": "0", "b": "0.1"}])
def test_weights_up_to_one_are_shares(weights: dict[str, str]) -> None:
    check_shares(shares(**weights))


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ([Share("a", D("0.5")), Share("b", D("0.500001"))], "come to more than"),
        ([Share("a", D("-0.1"))], "no share"),
        ([Share("a", D("1.1"))], "no share"),
        ([Share("a", D("0.1")), Share("a", D("0.1"))], "of its own"),
        ([Share("", D("0.1"))], "of its own"),
    ],
)
def test_what_is_no_split_is_refused(split: list[Share], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        check_shares(split)
