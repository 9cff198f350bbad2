"""A purchase that matches at once spends its amount: better prices bring more shares, wherever it is filled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from argosy.core.actions.action import Action, ActionStatus
from argosy.core.actions.intent import Caller, Intent
from argosy.core.actions.settlement import settle_intent
from argosy.domains.trading.fees import most_fee
from argosy.domains.trading.spending import is_spent, spend_amount
from tests.support.binary import START, crypto_fees, d, levels
from tests.support.paper_desk import desk

CHEAP = [(float(i), "0.39", "0.40", "0.60", "0.61") for i in range(900)]


def an_intent(action: Action) -> Intent:
    return Intent(
        caller=Caller("paper", "trading", "bot"),
        action=action,
        status=ActionStatus.SUBMITTED,
        delta=action.quantity,
        reducing=False,
        decided_at=START,
        reserved=d(20),
    )


# --- the rule -------------------------------------------------------------------------------------------


def test_an_amount_buys_whole_levels_and_what_is_left_in_millionths() -> None:
    walked = spend_amount(levels(("0.40", 10), ("0.46", 100)), d(10))
    assert [each.size for each in walked.taken] == [d(10), d("13.043478")]
    venue = spend_amount(levels(("0.98", 100)), d("4.95"))
    assert venue.shares == d("5.05102"), "as a trade of the venue in June 2026"


def test_levels_beyond_the_limit_are_left_alone() -> None:
    walked = spend_amount(levels(("0.40", 10), ("0.47", 100)), d(10), d("0.46"))
    assert (walked.shares, walked.notional, is_spent(walked, d(10))) == (d(10), d(4), False)


@pytest.mark.parametrize("exponent", ["1", "2"])
def test_the_fee_of_an_amount_is_never_more_than_what_is_reserved_for_it(exponent: str) -> None:
    fees = crypto_fees().model_copy(update={"exponent": d(exponent)})
    amount, limit = d(25), d("0.50")
    reserved = most_fee(fees, amount / limit, limit, "buy")
    charged = [fees.fee(amount / price, price) for price in (d(cents) / 100 for cents in range(1, 51))]
    assert max(charged) <= reserved <= max(charged) * d("1.02") + d("0.001")


# --- paper ----------------------------------------------------------------------------------------------


def test_a_paper_purchase_spends_its_amount() -> None:
    there = desk(CHEAP)
    bought = there.buy("up-token", "40", "0.50")
    fee = (d(50) * d("0.07") * d("0.24")).quantize(d("0.00001"))
    assert (bought.status, bought.filled, bought.average_price) == (ActionStatus.FILLED, d(50), d("0.40"))
    assert bought.fee == fee
    assert there.cash == d(1000) - 20 - fee
    (position,) = there.venue.positions()
    assert position.quantity == 50


def test_a_paper_order_of_all_or_nothing_needs_depth_for_its_amount() -> None:
    """100 shares at 0.40 do not take 50 USD: the venue kills what it cannot spend."""
    there = desk(CHEAP)
    assert there.buy("up-token", "100", "0.50").status is ActionStatus.CANCELLED
    part = there.buy("up-token", "140", "0.50", time_in_force="FAK")
    assert (part.status, part.filled) == (ActionStatus.CANCELLED, d(100))


def test_a_paper_order_that_may_rest_buys_the_shares_it_names() -> None:
    there = desk(CHEAP)
    bought = there.buy("up-token", "40", "0.50", time_in_force="GTC")
    assert (bought.status, bought.filled, bought.average_price) == (ActionStatus.FILLED, d(40), d("0.40"))


def test_a_recording_is_bought_from_by_the_same_rule() -> None:
    there = desk(CHEAP, recorded=True)
    assert there.buy("up-token", "40", "0.41").filled == d(41)


# --- books ----------------------------------------------------------------------------------------------


def test_more_shares_for_the_same_money_are_booked() -> None:
    there = desk(CHEAP)
    action = there.order("up-token", "40", "0.50")
    result = there.venue.execute(action)
    done = settle_intent(an_intent(action), result, START)
    assert (done.intent.status, done.intent.filled, done.intent.reserved) == (ActionStatus.FILLED, d(50), 0)
    assert sum(fill.quantity for fill in done.fills) == 50


def test_more_money_than_the_order_was_for_is_never_booked() -> None:
    there = desk(CHEAP)
    action = there.order("up-token", "40", "0.50")
    result = there.venue.execute(action)
    dear = [fill.model_copy(update={"price": d("0.41")}) for fill in result.fills]
    done = settle_intent(an_intent(action), result.model_copy(update={"fills": dear}), START)
    assert done.intent.status is ActionStatus.UNKNOWN
    assert not done.fills


def test_more_shares_of_another_order_are_never_booked() -> None:
    there = desk(CHEAP)
    action = there.order("up-token", "40", "0.50")
    result = there.venue.execute(action)
    for changed in (
        action.model_copy(update={"time_in_force": "GTC"}),
        action.model_copy(update={"limit_price": None}),
    ):
        assert settle_intent(an_intent(changed), result, START).intent.status is ActionStatus.UNKNOWN
    plain = result.model_copy(update={"by_amount": False})
    assert settle_intent(an_intent(action), plain, START).intent.status is ActionStatus.UNKNOWN


def test_what_is_not_spent_yet_stays_reserved() -> None:
    there = desk(CHEAP)
    action = there.order("up-token", "40", "0.50")
    result = there.venue.execute(action)
    part = [result.fills[0].model_copy(update={"quantity": d(40)})]
    seen = result.model_copy(update={"status": ActionStatus.PARTIALLY_FILLED, "filled": d(40), "fills": part})
    done = settle_intent(an_intent(action), seen, START)
    assert (done.intent.status, done.intent.reserved) == (ActionStatus.PARTIALLY_FILLED, d(4))


def test_a_leg_with_more_shares_counts_as_whole() -> None:
    action = desk(CHEAP).order("up-token", "40", "0.50")
    assert replace(an_intent(action), filled=d(50)).part == 1
