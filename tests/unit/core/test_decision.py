"""The one judgement over an action: states, permission, capital, risk, and legs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from argosy.core.actions.action import Action, ActionKind, Leg
from argosy.core.actions.context import DecisionContext, LivePermission, accounts_of
from argosy.core.actions.decision import GatewayPolicy, decide, is_forbidden, newer_alert
from argosy.core.actions.intent import Caller
from argosy.core.money.capital import Share
from argosy.core.money.equity import EquityLevels
from argosy.core.money.portfolio import Summary
from argosy.core.risk import AccountFacts, Constraint, ConstraintKind, Holding, Open, Snapshot
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.scope import ScopePath
from argosy.domains.trading.action_kinds import MERGE_PAIR

D = Decimal
E = EmergencyState
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CALLER = Caller("paper", "trading", "bot", "s1")
POLICY = GatewayPolicy()


def order(
    number: int = 1, quantity: str = "10", price: str | None = "2", side: str = "buy", **more
) -> Action:
    return Action(
        **{
            "client_id": str(number),
            "venue": "v",
            "kind": ActionKind.PLACE_ORDER,
            "symbol": "X",
            "side": side,
            "quantity": D(quantity),
            "limit_price": None if price is None else D(price),
            **more,
        }
    )


def account(cash: str = "1000", scope: str = "bot:bot") -> AccountFacts:
    return AccountFacts(scope, D(1000), D(cash), D(cash), D(0), D(1000), D(1000))


def situation(
    state: EmergencyState = E.NORMAL, *, cash: str = "1000", held: str = "0", **more
) -> DecisionContext:
    holdings = [Holding(ScopePath("trading", "bot", "s1", "v", "X"), D(held), D(0))] if D(held) else []
    snapshot = Snapshot(now=NOW, holdings=holdings, accounts={"bot:bot": account(cash)})
    values = {
        "now": NOW,
        "flag": EmergencyFlag("platform", state, 7, "because"),
        "bot_id": "bot",
        "capital": D(1000),
        "base_currency": "USD",
        "snapshot": snapshot,
        "permit": LivePermission(reconciled_at=NOW, reconciled_clean=True),
    }
    return DecisionContext(**{**values, **more})


def code(action: Action, at: DecisionContext, caller: Caller = CALLER) -> str | None:
    (decision,) = decide(caller, [action], at, POLICY)
    assert decision.allowed is (decision.code is None)
    if not decision.allowed:
        assert decision.reserve == 0
        assert decision.reason
    return decision.code


@pytest.mark.parametrize(
    ("state", "reducing", "liquidator", "expected"),
    [
        (E.NORMAL, False, False, False),
        (E.NORMAL, True, False, False),
        (E.ALERT, False, False, False),
        (E.ALERT, True, False, False),
        (E.HALT, False, False, True),
        (E.HALT, False, True, True),
        (E.HALT, True, False, False),
        (E.SHUTDOWN, False, False, True),
        (E.SHUTDOWN, True, False, True),
        (E.SHUTDOWN, False, True, True),
        (E.SHUTDOWN, True, True, False),
    ],
)
def test_the_table_of_states(state: EmergencyState, reducing: bool, liquidator: bool, expected: bool) -> None:
    assert is_forbidden(state, reducing=reducing, liquidator=liquidator) is expected


def test_an_order_reserves_its_price_and_its_fee() -> None:
    (decision,) = decide(CALLER, [order(max_fee=D("0.5"))], situation(), POLICY)
    assert (decision.allowed, decision.reserve, decision.delta) == (True, D("20.5"), D(10))


def test_free_cash_to_the_last_digit() -> None:
    assert code(order(), situation(cash="20")) is None
    assert code(order(), situation(cash="19.99")) == "capital.cash"
    assert code(order(side="sell"), situation(cash="0", held="10")) is None
    assert code(order(side="sell", max_fee=D(1)), situation(cash="0", held="10")) is None
    assert code(order(price="0"), situation(cash="-1")) is None
    below = situation(cash="-50", prices={("v", "X"): D(-3)})
    assert code(order(price=None), below) is None, "a price below 0 takes no cash"


def test_what_was_allowed_a_moment_ago_counts() -> None:
    at = situation(cash="59")
    first, second, third = decide(CALLER, [order(1), order(2), order(3)], at, POLICY)
    assert (first.allowed, second.allowed, third.code) == (True, True, "capital.cash")


def test_a_denied_one_takes_nothing_from_those_after_it() -> None:
    big, small = decide(CALLER, [order(1, "100"), order(2, "10")], situation(cash="20"), POLICY)
    assert (big.code, small.allowed) == ("capital.cash", True)


def test_a_strategy_has_its_share_and_no_more() -> None:
    shares = [Share("s1", D("0.02")), Share("s2", D("0.98"))]
    assert code(order(), situation(shares=shares)) is None
    assert code(order(quantity="9.99"), situation(shares=shares)) is None
    assert code(order(quantity="10.01"), situation(shares=shares)) == "capital.share"
    held = Open("o", ScopePath("trading", "bot", "s1", "v", "Y"), D(1), D("0.01"), False, NOW)
    snapshot = replace(situation().snapshot, open=[held])
    assert code(order(), situation(shares=shares, snapshot=snapshot)) == "capital.share"


def test_alert_scales_what_adds_and_refuses_what_vanishes() -> None:
    (decision,) = decide(CALLER, [order(quantity="11")], situation(E.ALERT), POLICY)
    assert (decision.action.quantity, decision.delta, decision.reserve) == (D(5), D(5), D(10))
    assert code(order(quantity="1"), situation(E.ALERT)) == "emergency.alert"
    (sale,) = decide(CALLER, [order(quantity="11", side="sell")], situation(E.ALERT, held="11"), POLICY)
    assert sale.action.quantity == 11


@pytest.mark.parametrize("state", [E.HALT, E.SHUTDOWN])
def test_stopped(state: EmergencyState) -> None:
    assert code(order(), situation(state)) == f"emergency.{state.name.lower()}"
    cancel = Action(client_id="c", venue="v", kind=ActionKind.CANCEL_ORDER, symbol="X", quantity=D(0))
    assert (code(cancel, situation(state)) is None) is (state is E.HALT)
    liquidator = replace(CALLER, role="liquidator")
    assert code(order(side="sell"), situation(state, held="10"), liquidator) is None
    assert code(cancel, situation(state), liquidator) is None


def test_permission() -> None:
    blocked = LivePermission(reconciled_at=NOW, blocked="drift")
    assert code(order(), situation(permit=blocked)) == "reconcile.blocked"
    assert code(order(side="sell"), situation(permit=blocked, held="10")) is None
    assert code(order(), situation(permit=LivePermission())) == "reconcile.needed"
    assert code(order(side="sell"), situation(permit=LivePermission(), held="10")) is None


def test_live_needs_all_three() -> None:
    live = replace(CALLER, mode="live")
    oldest = NOW - timedelta(seconds=POLICY.live_reconciled_s)

    def permit(**more) -> LivePermission:
        return LivePermission(
            **{"live_enabled": True, "reconciled_at": NOW, "reconciled_clean": True, **more}
        )

    assert code(order(), situation(permit=permit()), live) is None
    assert code(order(), situation(permit=permit(live_enabled=False)), live) == "live.switch"
    assert (
        code(order(side="sell"), situation(permit=permit(live_enabled=False), held="10"), live)
        == "live.switch"
    )
    assert code(order(), situation(permit=permit(reconciled_clean=False)), live) == "live.reconciliation"
    assert code(order(), situation(permit=permit(reconciled_at=oldest)), live) is None
    ahead = permit(reconciled_at=NOW + timedelta(days=1))
    assert code(order(), situation(permit=ahead), live) == "live.reconciliation", "by a clock that was wrong"
    older = permit(reconciled_at=oldest - timedelta(microseconds=1))
    assert code(order(), situation(permit=older), live) == "live.reconciliation"
    assert code(order(side="sell"), situation(permit=older, held="10"), live) is None
    blocked = permit(reconciled_at=older.reconciled_at, blocked="drift")
    assert code(order(), situation(permit=blocked), live) == "reconcile.blocked"
    assert code(order(), situation(permit=permit(live_enabled=False))) is None


def test_the_switch_of_live_mode_keeps_nobody_in() -> None:
    off = LivePermission(reconciled_at=NOW, reconciled_clean=True)
    live = replace(CALLER, mode="live")
    cancel = order(kind=ActionKind.CANCEL_ORDER, side=None, quantity="0", price=None)
    assert code(cancel, situation(permit=off), live) is None
    liquidator = replace(live, role="liquidator")
    assert code(order(side="sell"), situation(permit=off, held="10"), liquidator) is None
    assert code(order(), situation(permit=off), liquidator) == "live.switch"


def test_what_cannot_be_valued_is_refused() -> None:
    assert code(order(price=None), situation()) == "price.unknown"
    assert code(order(price=None), situation(prices={("v", "X"): D(2)})) is None
    assert code(order(price=None, side="sell"), situation(held="10")) is None
    assert code(order(price=None, side="sell"), situation(held="9")) == "price.unknown"
    purchase = {"kind": ActionKind.PURCHASE, "side": None, "price": None}
    assert code(order(**purchase), situation()) == "price.unknown"
    assert code(order(quantity="0", **purchase), situation()) is None
    merge = order(kind=MERGE_PAIR, side=None, price=None)
    assert code(merge, situation()) is None
    assert code(order(currency="BTC"), situation()) == "rate.unknown"
    rated = situation(prices={("k", "BTC/USD"): D(100)})
    assert code(order(currency="BTC"), rated) == "capital.cash"
    (decision,) = decide(CALLER, [order(currency="BTC", quantity="1")], rated, POLICY)
    assert decision.reserve == 200


@pytest.mark.parametrize(
    "wrong",
    [
        order(quantity="0"),
        order(quantity="-1"),
        order(price="-1"),
        order(max_fee=D(-1)),
        order(side=None),
        Action(
            client_id="b",
            venue="v",
            kind=ActionKind.SET_BUDGET,
            symbol="X",
            quantity=D(1),
            parameters={"current": "x"},
        ),
    ],
)
def test_nonsense_is_refused(wrong: Action) -> None:
    assert code(wrong, situation()) == "input.action"


def test_a_price_of_zero_is_a_price() -> None:
    assert code(order(price="0"), situation()) is None


def test_risk_has_its_word() -> None:
    limit = Constraint(id="l", scope="bot:bot", kind=ConstraintKind.POSITION_SIZE, limit=D(9))
    (decision,) = decide(CALLER, [order()], situation(constraints=[limit]), POLICY)
    assert (decision.allowed, decision.code) == (False, "risk.position_size")
    assert decision.assessment is not None
    assert decision.assessment.quantity == 9


def test_legs_stand_and_fall_together_and_others_do_not() -> None:
    def leg(index: int) -> Leg:
        return Leg(group="g", index=index, count=2, on_failure="hedge")

    up = order(1, leg=leg(0))
    down = order(2, quantity="1000", leg=leg(1))
    other = order(3)
    decisions = decide(CALLER, [up, down, other], situation(), POLICY)
    assert [(d.allowed, d.code) for d in decisions] == [
        (False, "leg.denied"),
        (False, "capital.cash"),
        (True, None),
    ]
    assert decisions[0].reserve == 0
    assert "2" in (decisions[0].reason or "")


def bot_sum(capital: str, cash: str = "", value: str = "0") -> Summary:
    return Summary(
        scope="bot:bot",
        capital=D(capital),
        cash=D(cash or capital),
        value=D(value),
        cautious_equity=D(cash or capital),
    )


def test_an_account_is_a_sum_with_its_levels_and_what_is_reserved() -> None:
    waiting = [Open("o", ScopePath("trading", "bot", "s1", "v", "X"), D(1), D(7), False, NOW)]
    levels = {"bot:bot": EquityLevels(D(1500), "2026-11-23", D(990), D(1000))}
    found = accounts_of({"bot:bot": bot_sum("1000", "980", "30")}, waiting, levels, "2026-11-23")
    bot = found["bot:bot"]
    assert (bot.capital, bot.cash, bot.equity, bot.reserved) == (D(1000), D(980), D(1010), D(7))
    assert (bot.high_water, bot.day_start_equity) == (D(1500), D(990))
    assert {scope: each.reserved for scope, each in found.items()} == dict.fromkeys(
        ("bot:bot", "platform", "domain:trading", "strategy:bot/s1", "venue:v"), D(7)
    )


def test_what_is_asked_about_has_an_account_before_anything_is_booked() -> None:
    found = accounts_of({"bot:bot": bot_sum("500")}, [], {}, "2026-11-23", ["venue:v"])
    assert set(found) == {"bot:bot", "venue:v"}
    bot = found["bot:bot"]
    assert (bot.capital, bot.cash, bot.equity, bot.high_water, bot.day_start_equity) == (500,) * 5
    assert (found["venue:v"].equity, found["venue:v"].day_start_equity) == (0, 0)


@pytest.mark.parametrize(
    ("capital", "high", "start"), [("400", 900, 390), ("1000", 1500, 990), ("1300", 1800, 1290)]
)
def test_capital_paid_in_or_taken_out_since_the_last_look_is_no_gain_and_no_loss(
    capital: str, high: int, start: int
) -> None:
    levels = {"bot:bot": EquityLevels(D(1500), "2026-11-23", D(990), D(1000))}
    bot = accounts_of({"bot:bot": bot_sum(capital)}, [], levels, "2026-11-23")["bot:bot"]
    assert (bot.high_water, bot.day_start_equity, bot.equity) == (D(high), D(start), D(capital))


def test_standing_and_uses_are_of_this_bot_alone() -> None:
    def path(bot: str, strategy: str, symbol: str = "X") -> ScopePath:
        return ScopePath("trading", bot, strategy, "v", symbol)

    snapshot = Snapshot(
        now=NOW,
        holdings=[
            Holding(path("bot", "s1"), D(5), D(10)),
            Holding(path("bot", "s2"), D(-2), D(-4)),
            Holding(path("other", "s1"), D(100), D(100)),
            Holding(path("bot", "s1", "Y"), D(7), D(7)),
        ],
        open=[
            Open("a", path("bot", "s1"), D(3), D(6), False, NOW),
            Open("b", path("bot", "s2"), D(-1), D(0), True, NOW),
            Open("c", path("other", "s1"), D(9), D(9), False, NOW),
            Open("d", path("bot", "s1", "Y"), D(4), D(4), False, NOW),
        ],
        accounts={"bot:bot": account("100")},
    )
    at = situation(snapshot=snapshot, shares=[Share("s1", D("0.5")), Share("s3", D("0.5"))])
    standing = at.standing("v", "X")
    assert (standing.position, standing.pending_buys, standing.pending_sells) == (D(3), D(3), D(-1))
    assert [(u.strategy_id, u.reserved, u.invested) for u in at.uses()] == [
        ("s1", D(10), D(17)),
        ("s2", D(0), D(0)),
        ("s3", D(0), D(0)),
    ]
    assert at.free_cash() == 90
    assert situation(snapshot=Snapshot(now=NOW)).free_cash() == 0


def legs(*sides: str) -> list[Action]:
    return [
        order(n, side=side, leg=Leg(group="g", index=n, count=len(sides), on_failure="hold"))
        for n, side in enumerate(sides)
    ]


@pytest.mark.parametrize(
    ("sides", "held", "quantities"),
    [(("buy", "sell"), "10", [5, 5]), (("sell", "buy"), "10", [5, 5]), (("sell", "sell"), "20", [10, 10])],
)
def test_in_alert_legs_shrink_together(sides: tuple[str, ...], held: str, quantities: list[int]) -> None:
    """One that takes risk and one that gives it up would no longer match."""
    decisions = decide(CALLER, legs(*sides), situation(E.ALERT, held=held), POLICY)
    assert [(d.code, d.action.quantity) for d in decisions] == [(None, quantity) for quantity in quantities]


def test_in_alert_an_order_that_reduces_is_whole_beside_a_pair_that_shrinks() -> None:
    alone = order(9, side="sell")
    decisions = decide(CALLER, [*legs("buy", "buy"), alone], situation(E.ALERT, held="10"), POLICY)
    assert [d.action.quantity for d in decisions] == [5, 5, 10]


@pytest.mark.parametrize(
    ("state", "epoch", "known", "found"),
    [
        (E.ALERT, 8, 7, True),
        (E.ALERT, 7, 7, False),
        (E.ALERT, 6, 7, False),
        (E.ALERT, 1, None, True),
        (E.NORMAL, 8, 7, False),
        (E.HALT, 8, 7, False),
    ],
)
def test_an_alert_counts_that_came_after_the_decision(
    state: E, epoch: int, known: int | None, found: bool
) -> None:
    flag = EmergencyFlag("bot:bot", state, epoch)
    platform = EmergencyFlag("platform", E.ALERT, 9)
    epochs = {"platform": 9} | ({} if known is None else {"bot:bot": known})
    assert newer_alert([platform, flag], epochs) == (flag if found else None)
