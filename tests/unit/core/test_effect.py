"""What an action adds or takes away, in numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.actions.action import Action, ActionKind
from argosy.core.actions.impact import NetPosition, effect_of, reduces, scale_order
from argosy.domains.trading.action_kinds import MERGE_PAIR, REDEEM

D = Decimal


def action(kind: ActionKind = ActionKind.PLACE_ORDER, quantity: str = "10", **more) -> Action:
    return Action(
        **{"client_id": "a", "venue": "v", "kind": kind, "symbol": "X", "quantity": D(quantity), **more}
    )


def standing(position: str, buys: str = "0", sells: str = "0") -> NetPosition:
    return NetPosition(D(position), D(buys), D(sells))


@pytest.mark.parametrize(
    ("position", "buys", "sells", "delta", "expected"),
    [
        ("10", "0", "0", "-10", True),
        ("10", "0", "0", "-10.01", False),
        ("10", "0", "0", "-0.01", True),
        ("10", "0", "0", "0.01", False),
        ("-10", "0", "0", "10", True),
        ("-10", "0", "0", "10.01", False),
        ("-10", "0", "0", "-0.01", False),
        ("0", "0", "0", "-1", False),
        ("0", "0", "0", "1", False),
        ("10", "0", "-4", "-6", True),  # what open sales may take counts
        ("10", "0", "-4", "-6.01", False),
        ("10", "5", "0", "-10", True),  # an open purchase may never fill: it covers no sale
        ("10", "5", "0", "-10.01", False),
        ("0", "5", "0", "-1", False),
        ("-10", "0", "-5", "10", True),
        ("-10", "0", "-5", "10.01", False),
        ("-10", "4", "0", "6.01", False),
        ("10", "0", "-10", "-1", False),
    ],
)
def test_reducing_is_judged_by_the_numbers(
    position: str, buys: str, sells: str, delta: str, expected: bool
) -> None:
    assert reduces(D(delta), standing(position, buys, sells)) is expected


amounts = st.decimals(-100, 100, places=1)


@given(amounts, st.decimals(0, 50, places=1), st.decimals(-50, 0, places=1), amounts)
def test_whatever_fills_a_reducing_order_never_turns_the_position_round(position, buys, sells, delta) -> None:
    """Every way in which open orders may end: the sign of the position never changes by this order."""
    if not reduces(delta, NetPosition(position, buys, sells)):
        return
    now = position + buys + sells
    assert abs(now + delta) < abs(now)
    same_side = sells if delta < 0 else buys
    for part in (D(0), same_side / 2, same_side):
        before = position + part
        assert before * (before + delta) >= 0


@pytest.mark.parametrize(
    ("what", "delta", "cost", "reducing"),
    [
        (action(side="buy", limit_price=D(2), max_fee=D(1)), "10", "21", False),
        (action(side="sell", limit_price=D(2), max_fee=D(1)), "-10", "1", True),
        (action(side="sell", quantity="25", limit_price=D(2)), "-25", "10", False),  # 5 short at 2
        (action(ActionKind.PURCHASE, limit_price=D(3)), "10", "30", False),
        (action(ActionKind.ALLOCATE), "10", "10", False),
        (action(ActionKind.WITHDRAW), "-10", "0", True),
        (action(REDEEM, "20"), "-20", "0", True),
        (action(MERGE_PAIR, "20.01"), "-20.01", "0", False),
        (action(ActionKind.CANCEL_ORDER, "0"), "0", "0", True),
        (action(ActionKind.UNLIST), "0", "0", True),
        (action(ActionKind.CREATE_LISTING), "0", "0", True),
        (action(ActionKind.LIST), "0", "0", False),
        (action(ActionKind.SET_PRICE), "0", "0", False),
        (action(ActionKind.SET_BUDGET, "50", parameters={"current": "40"}), "10", "10", False),
        (action(ActionKind.SET_BUDGET, "40", parameters={"current": "40"}), "0", "0", False),
        (action(ActionKind.SET_BUDGET, "39", parameters={"current": "40"}), "-1", "0", True),
        (action(ActionKind.SET_BUDGET, "39"), "39", "39", False),
    ],
)
def test_effects_by_kind(what: Action, delta: str, cost: str, reducing: bool) -> None:
    effect = effect_of(what, standing("20"))
    assert (effect.delta, effect.cost, effect.reducing) == (D(delta), D(cost), reducing)


def test_without_a_limit_the_last_price_counts_and_without_that_none() -> None:
    buy = action(side="buy")
    assert effect_of(buy, standing("0"), D(3)).cost == 30
    assert effect_of(buy, standing("0")).price is None
    assert effect_of(action(side="buy", limit_price=D(2)), standing("0"), D(3)).price == 2


def test_a_sale_is_short_only_beyond_what_is_held_and_not_on_sale_already() -> None:
    sale = action(side="sell", limit_price=D(1))
    assert effect_of(sale, standing("10")).cost == 0
    assert effect_of(sale, standing("9.9")).cost == D("0.1")
    assert effect_of(sale, standing("10", sells="-4")).cost == 4
    assert effect_of(sale, standing("-5")).cost == 10


@pytest.mark.parametrize(
    ("quantity", "scale", "expected"),
    [("10", "0.5", "5"), ("5", "0.5", "2"), ("5.5", "0.5", "2.7"), ("0.01", "0.5", "0"), ("100", "1", "100")],
)
def test_scaled_stays_on_the_grid_it_was_given_on(quantity: str, scale: str, expected: str) -> None:
    small = scale_order(action(quantity=quantity, side="buy", max_fee=D(2)), D(scale))
    assert small.quantity == D(expected)
    assert small.max_fee == 2 * D(scale)


def test_a_quantity_in_powers_of_ten_is_scaled_in_units() -> None:
    assert scale_order(action(quantity="1E+2", side="buy"), D("0.333")).quantity == 33
