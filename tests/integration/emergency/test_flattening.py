"""What a SHUTDOWN with flattening does to positions, through the real gateway."""

from __future__ import annotations

from decimal import Decimal

import pytest
from integration.emergency.conftest import Trader, report, shut_down, stays_open
from support.scripted_venue import ScriptedVenue, filled, rejected

from argosy.core.actions.action import Action, ActionResult, ActionStatus
from argosy.core.venues.venue import Capability, Level
from argosy.infrastructure.storage.money import marks
from argosy.infrastructure.storage.money.marks import MarkRecord
from argosy.venuekit.unwind.book_sale import limit_price


def test_flattening_sells_in_slices_inside_the_cap(trader: Trader) -> None:
    trader.submit("buy", "10")
    trader.submit("buy", "3", strategy="s2")
    epoch = shut_down(trader.office, flatten=True)
    assert trader.enforcer.enforce(epoch)
    sales = [call for call in trader.venue.calls if call.side == "sell"]
    assert [(str(call.quantity), call.time_in_force) for call in sales[:4]] == [
        ("2.50", "FAK"), ("2.50", "FAK"), ("2.50", "FAK"), ("2.50", "FAK"),
    ]  # fmt: skip
    assert all(call.limit_price == Decimal("1.90") for call in sales)
    assert (trader.held(), sum(call.quantity for call in sales)) == (0, 13)
    done, text = report(trader.office, epoch)
    assert done and text.count(": flat") == 2


def test_what_nobody_buys_is_left_and_said(trader: Trader) -> None:
    trader.submit("buy", "10")
    trader.venue.bids = []
    epoch = shut_down(trader.office, flatten=True)
    assert not trader.enforcer.enforce(epoch)
    done, text = report(trader.office, epoch)
    assert not done and "10 LEFT (the order book has no price to trade at)" in text
    trader.venue.bids = [Level(price=Decimal("1.5"), size=Decimal(9))]
    assert trader.enforcer.enforce(epoch)
    assert trader.held() == 0


def test_an_interrupted_liquidation_goes_on_where_it_was(trader: Trader) -> None:
    trader.submit("buy", "10")

    def dies(venue: ScriptedVenue, action: Action) -> ActionResult:
        venue.do(action, action.quantity)
        raise SystemExit

    trader.venue.answers = [filled, dies]
    epoch = shut_down(trader.office, flatten=True)
    with pytest.raises(SystemExit):
        trader.enforcer.enforce(epoch)
    assert not trader.enforcer.enforce(epoch), "the fate of a slice is not known yet"
    trader.compare()
    assert trader.enforcer.enforce(epoch)
    sold = [call for call in trader.venue.calls if call.side == "sell"]
    assert len({call.client_id for call in sold}) == len(sold)
    assert (trader.held(), trader.venue.held["X"], sum(call.quantity for call in sold)) == (0, 0, 10)


def test_what_was_sold_before_a_kill_is_in_the_report(trader: Trader) -> None:
    trader.submit("buy", "2")

    def dies(venue: ScriptedVenue, action: Action) -> ActionResult:
        venue.do(action, action.quantity)
        raise SystemExit

    trader.venue.answers = [dies]
    epoch = shut_down(trader.office, flatten=True)
    with pytest.raises(SystemExit):
        trader.enforcer.enforce(epoch)
    trader.compare()
    assert trader.held() == 0
    assert trader.enforcer.enforce(epoch)
    assert report(trader.office, epoch)[1].endswith("b1/s1 scripted X (paper): flat, 2 gone")


def test_an_order_nobody_settles_holds_up_its_own_bot_and_venue_only(trader: Trader) -> None:
    trader.submit("buy", "3")
    trader.submit("buy", "3", bot="b2")
    trader.venue.answers = [stays_open]
    trader.submit("buy", "5")
    trader.venue.deaf = True
    epoch = shut_down(trader.office, flatten=True)
    assert not trader.enforcer.enforce(epoch)
    done, text = report(trader.office, epoch)
    assert not done
    assert "b1/s1 scripted X (paper): 3 LEFT (its orders there are not settled)" in text
    assert "b2/s1 scripted X (paper): flat, 3 gone" in text


@pytest.mark.parametrize("minimum", ["1", None])
def test_less_than_a_minimum_is_tried_all_the_same(trader: Trader, minimum: str | None) -> None:
    trader.submit("buy", "0.005")
    trader.venue.minimum = None if minimum is None else Decimal(minimum)
    epoch = shut_down(trader.office, flatten=True)
    assert trader.enforcer.enforce(epoch)
    assert trader.held() == 0


def test_the_venues_step_is_kept_and_what_is_below_it_is_left(trader: Trader) -> None:
    trader.submit("buy", "4.005")

    def on_the_grid(venue: ScriptedVenue, action: Action) -> ActionResult:
        return rejected(venue, action) if action.quantity % Decimal("0.01") else filled(venue, action)

    trader.venue.answers = [on_the_grid] * 100
    epoch = shut_down(trader.office, flatten=True)
    rounds = 0
    while not trader.enforcer.enforce(epoch):
        rounds += 1
        assert rounds < 50
    assert trader.held() == Decimal("0.005")
    assert "4 gone, 0.005 LEFT (no funds, given up)" in report(trader.office, epoch)[1]


def test_no_slice_is_cheaper_than_the_first_might_have_been(trader: Trader) -> None:
    trader.submit("buy", "10")

    def then_a_penny(venue: ScriptedVenue, action: Action) -> ActionResult:
        trader.venue.bids = [Level(price=Decimal("0.02"), size=Decimal(9))]
        return filled(venue, action)

    def at_the_bid(venue: ScriptedVenue, action: Action) -> ActionResult:
        taken = action.limit_price is not None and action.limit_price <= trader.venue.bids[0].price
        return venue.do(action, action.quantity if taken else Decimal(0), status=ActionStatus.CANCELLED)

    trader.venue.answers = [then_a_penny] + [at_the_bid] * 100
    epoch = shut_down(trader.office, flatten=True)
    trader.enforcer.enforce(epoch)
    sales = [call for call in trader.venue.calls if call.side == "sell"]
    assert {call.limit_price for call in sales} == {Decimal("1.90")}
    assert len(sales) > 1
    trader.enforcer.enforce(epoch)
    assert (trader.held(), trader.venue.calls[-1].limit_price) == (Decimal("7.50"), Decimal("1.90"))


def marked(trader: Trader, price: str) -> None:
    """The last sane price of what is held."""
    mark = MarkRecord("paper", "scripted", "X", Decimal(price), "USD", Decimal(1), None, trader.clock.now())
    trader.office.database.run(marks.save([mark]))


def test_a_penny_bid_at_the_first_slice_is_no_measure(trader: Trader) -> None:
    trader.submit("buy", "10")
    marked(trader, "2")
    trader.venue.bids = [Level(price=Decimal("1.79"), size=Decimal(100))]
    epoch = shut_down(trader.office, flatten=True)
    for _ in range(50):
        assert not trader.enforcer.enforce(epoch), "it is no reason to give up either"
    done, text = report(trader.office, epoch)
    assert not done
    assert "10 LEFT (the best price 1.79 is not confirmed, the last one was 2)" in text
    assert [call for call in trader.venue.calls if call.side == "sell"] == []
    marked(trader, "1.85")
    assert trader.enforcer.enforce(epoch)
    assert trader.held() == 0
    sales = [call for call in trader.venue.calls if call.side == "sell"]
    assert {call.limit_price for call in sales} == {Decimal("1.71")}


def test_a_venue_without_a_market_is_no_reason_to_go_on_for_ever(trader: Trader) -> None:
    trader.submit("buy", "10")
    trader.venue.capabilities = trader.venue.capabilities - {Capability.ORDER_BOOK}
    epoch = shut_down(trader.office, flatten=True)
    assert trader.enforcer.enforce(epoch)
    assert "10 LEFT (scripted has no market to leave through)" in report(trader.office, epoch)[1]
    assert trader.held() == 10


def test_after_many_tries_the_rest_is_for_people(trader: Trader) -> None:
    trader.submit("buy", "10")
    epoch = shut_down(trader.office, flatten=True)

    def nothing(venue: ScriptedVenue, action: Action) -> ActionResult:
        return venue.do(action, Decimal(0), status=ActionStatus.CANCELLED)

    trader.venue.answers = [nothing] * 100
    rounds = 0
    while not trader.enforcer.enforce(epoch):
        rounds += 1
        assert rounds < 20
    done, text = report(trader.office, epoch)
    assert done and "10 LEFT" in text and "given up" in text and "flat" not in text
    assert trader.held() == 10


@pytest.mark.parametrize(
    ("best", "tick", "selling", "worst"),
    [
        ("2", "0.01", True, "1.90"), ("0.33", "0.01", True, "0.32"), ("0.01", "0.01", True, "0.01"),
        ("2", "0.01", False, "2.10"), ("0.33", "0.01", False, "0.34"), ("2", None, True, "1.900"),
    ],
)  # fmt: skip
def test_the_cap_is_never_passed(best: str, tick: str | None, selling: bool, worst: str) -> None:
    found = limit_price(
        Decimal(best), Decimal("0.05"), None if tick is None else Decimal(tick), selling=selling
    )
    assert found == Decimal(worst)
