"""The journal without servers: the same judgement, the same ledger, and no more kept than asked for."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus, Fill
from argosy.core.actions.decision import GatewayPolicy
from argosy.core.actions.intent import Caller, Intent
from argosy.core.clock import DrivenClock
from argosy.core.money.capital import Share
from argosy.core.money.rates import MISSING
from argosy.core.risk import Constraint, ConstraintKind
from argosy.core.risk.volatility import HALF_LIFE_S
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.venues.venue import Quote
from argosy.domains.trading.action_kinds import REDEEM
from argosy.infrastructure.actions.memory import MemoryJournal
from argosy.infrastructure.risk.memory_marks import MemoryMarks
from argosy.infrastructure.safety.flags import MemoryEmergencyFlags

D = Decimal
S = ActionStatus
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALERT = EmergencyFlag("platform", EmergencyState.ALERT, 2)
_serial = itertools.count(1)


def caller(strategy_id: str = "s1") -> Caller:
    return Caller("paper", "trading", "bot", strategy_id)


def journal(*flags: EmergencyFlag, **more: Any) -> MemoryJournal:
    return MemoryJournal(
        DrivenClock(NOW), MemoryEmergencyFlags(*flags), bot_id="bot", **{"capital": D(1000), **more}
    )


def order(quantity: str = "10", **more: Any) -> Action:
    values: dict[str, Any] = {
        "client_id": f"{next(_serial):032x}",
        "venue": "v",
        "kind": ActionKind.PLACE_ORDER,
        "symbol": "X",
        "side": "buy",
        "quantity": D(quantity),
        "limit_price": D(2),
    }
    return Action(**{**values, **more})


def decided(kept: MemoryJournal, action: Action, by: str = "s1") -> Intent:
    [intent], _ = kept.decide(caller(by), [action])
    return intent


def begin(kept: MemoryJournal, action: Action, quantity: Decimal | None = None) -> Intent:
    intent, _ = kept.begin(action.client_id, seen=[], quantity=quantity, liquidator=False, owner="me")
    return intent


def answer(action: Action, quantity: str, status: ActionStatus = S.FILLED, **more: Any) -> ActionResult:
    fill = Fill(
        id="1",
        client_id=action.client_id,
        venue="v",
        at=NOW,
        **{
            "symbol": action.symbol,
            "side": action.side,
            "quantity": D(quantity),
            "price": D(2),
            "fee": D(0),
            **more,
        },
    )
    fills = [fill] if D(quantity) else []
    return ActionResult(client_id=action.client_id, status=status, filled=D(quantity), fills=fills)


def done(kept: MemoryJournal, action: Action, by: str = "s1", **more: Any) -> Action:
    assert decided(kept, action, by).status is S.PLANNED
    begin(kept, action)
    kept.settle(answer(action, str(action.quantity), **more), actor="gateway")
    return action


def test_the_policy_is_the_one_given_else_the_usual_one() -> None:
    assert decided(journal(ALERT), order()).action.quantity == 5
    tenth = GatewayPolicy(alert_scale=D("0.1"))
    assert decided(journal(ALERT, policy=tenth), order()).action.quantity == 1


def test_what_was_decided_is_not_decided_again() -> None:
    kept = journal()
    first, second = order(), order()
    _, changes = kept.decide(caller(), [first])
    assert [change.after for change in changes] == [S.PLANNED]
    intents, changes = kept.decide(caller(), [first, second])
    assert [intent.client_id for intent in intents] == [first.client_id, second.client_id]
    assert [change.intent.client_id for change in changes] == [second.client_id]
    assert kept.decide(caller(), [first, second])[1] == []


def test_what_was_refused_has_ended() -> None:
    kept = journal()
    intent = decided(kept, order("501"))
    assert (intent.status, intent.settled_at, intent.reserved) == (S.DENIED, NOW, 0)
    assert decided(kept, order()).settled_at is None
    assert len(kept.unsettled()) == 1


def test_what_is_begun_is_not_begun_or_dropped_again() -> None:
    kept, action = journal(), order()
    decided(kept, action)
    begun, change = kept.begin(action.client_id, seen=[], quantity=D(5), liquidator=False, owner="me")
    assert change is not None
    assert (begun.status, begun.owner, begun.action.quantity, begun.reserved) == (S.SUBMITTED, "me", 5, 10)
    again = kept.begin(action.client_id, seen=[], quantity=None, liquidator=False, owner="other")
    assert again == (begun, None)
    assert kept.drop(action.client_id, code="x", reason="x", actor="me") == (begun, None)


@pytest.mark.parametrize(("denied", "status"), [(True, S.DENIED), (False, S.CANCELLED)])
def test_what_is_dropped_has_ended(denied: bool, status: ActionStatus) -> None:
    kept, action = journal(), order()
    decided(kept, action)
    dropped, change = kept.drop(action.client_id, code="x", reason="x", actor="me", denied=denied)
    assert change is not None
    assert (dropped.status, dropped.reserved, kept.unsettled()) == (status, 0, [])


def test_only_what_changes_is_told() -> None:
    kept, action = journal(), order()
    decided(kept, action)
    begin(kept, action)

    def told(quantity: str, status: ActionStatus) -> ActionStatus | None:
        _, change = kept.settle(answer(action, quantity, status), actor="gateway")
        return None if change is None else change.after

    assert told("0", S.OPEN) is S.OPEN
    assert told("0", S.OPEN) is None
    assert told("4", S.PARTIALLY_FILLED) is S.PARTIALLY_FILLED
    assert told("4", S.PARTIALLY_FILLED) is None
    more = answer(action, "3", S.PARTIALLY_FILLED)
    late = more.model_copy(update={"fills": [more.fills[0].model_copy(update={"id": "2"})], "filled": D(7)})
    assert kept.settle(late, actor="gateway")[1] is not None
    assert told("4", S.CANCELLED) is S.CANCELLED
    assert [state.quantity for state in kept.positions.values()] == [7]
    assert [state.amount for state in kept.cash.values()] == [-14]


def test_what_was_spent_is_no_longer_free() -> None:
    kept = journal(capital=D(30))
    done(kept, order())
    assert decided(kept, order("6")).code == "capital.cash"
    assert decided(kept, order("5")).status is S.PLANNED


def test_an_action_that_is_not_known_stops_more_risk() -> None:
    kept, action = journal(), order()
    decided(kept, action)
    begin(kept, action)
    assert decided(kept, order()).status is S.PLANNED
    kept.settle(ActionResult(client_id=action.client_id, status=S.UNKNOWN), actor="gateway")
    assert decided(kept, order()).code == "reconcile.blocked"
    kept.settle(answer(action, "0", S.CANCELLED), actor="gateway")
    assert decided(kept, order()).status is S.PLANNED


def test_a_strategy_is_measured_by_its_share_from_the_first_action_on() -> None:
    half = Constraint(id="l", scope="strategy:bot/s1", kind=ConstraintKind.LEVERAGE, limit=D("0.1"))
    kept = journal(constraints=[half], shares=[Share("s1", D("0.5"))])
    assert decided(kept, order("25")).status is S.PLANNED
    assert decided(kept, order("1")).code == "risk.leverage"


def test_what_was_denied_counts_for_no_rate() -> None:
    twice = Constraint(id="r", scope="platform", kind=ConstraintKind.ACTION_RATE, limit=D(2))
    kept = journal(constraints=[twice])
    assert [decided(kept, order(size)).code for size in ("1", "1000000", "1", "1")] == [
        None, "capital.cash", None, "risk.action_rate",
    ]  # fmt: skip


def test_limits_and_shares_hold_here_as_well() -> None:
    rate = Constraint(id="r", scope="bot:bot", kind=ConstraintKind.ACTION_RATE, limit=D(2), window_s=60)
    kept = journal(constraints=[rate])
    assert [decided(kept, order()).code for _ in range(3)] == [None, None, "risk.action_rate"]
    shared = journal(shares=[Share("s1", D("0.01")), Share("s2", D("0.99"))])
    assert decided(shared, order()).code == "capital.share"
    assert decided(shared, order(), "s2").code is None


@pytest.mark.parametrize(("currency", "source"), [("USD", "same"), ("USDC", "peg"), ("XYZ", MISSING)])
def test_a_fill_in_a_currency_nobody_can_rate_is_booked_and_marked(currency: str, source: str) -> None:
    kept = journal()
    done(kept, order(), currency=currency)
    assert [entry.rate_source for entry in kept.entries] == [source]


def test_a_redemption_closes_what_each_strategy_holds_of_it() -> None:
    kept = journal()
    done(kept, order("3"), "s1")
    done(kept, order("5"), "s2")
    done(kept, order("7", symbol="Y"), "s2")
    done(kept, order("8", kind=REDEEM, side=None, limit_price=None), "s1", price=D(1), side="sell")
    held = {key: state.quantity for key, state in kept.positions.items()}
    assert held == {("s1", "v", "X"): 0, ("s2", "v", "X"): 0, ("s2", "v", "Y"): 7}
    assert [holding.path.symbol for holding in kept.holdings(caller())] == ["Y"]


def test_a_sale_closes_only_the_sellers_own() -> None:
    kept = journal()
    done(kept, order("3"), "s1")
    done(kept, order("5"), "s2")
    done(kept, order("4", side="sell"), "s1")
    assert kept.positions["s1", "v", "X"].quantity == -1
    assert kept.positions["s2", "v", "X"].quantity == 5


def test_only_so_many_that_have_ended_are_kept() -> None:
    kept = journal(keep=2)
    first, second = done(kept, order("1")), done(kept, order("1"))
    assert [kept.get(each.client_id) is None for each in (first, second)] == [False, False]
    third = done(kept, order("1"))
    assert [each.client_id for each in kept.intents()] == [second.client_id, third.client_id]


def test_what_is_open_is_kept_whatever_comes() -> None:
    kept, oldest = journal(keep=1), order("1")
    decided(kept, oldest)
    done(kept, order("1"))
    done(kept, order("1"))
    assert kept.get(oldest.client_id) is not None
    assert [intent.client_id for intent in kept.unsettled()] == [oldest.client_id]


# --- limits that look at prices -------------------------------------------------------------------------


class Priced:
    """A journal with one limit, a clock that is driven, and a price for each asset that has one."""

    def __init__(self, kind: ConstraintKind, limit: str, **more: Any) -> None:
        self.clock = DrivenClock(NOW)
        self.price: dict[str, str] = {}
        self.followed: list[tuple[str, str]] = []
        rule = Constraint(id="rule", scope="bot:bot", kind=kind, limit=D(limit))
        self.kept = MemoryJournal(
            self.clock, MemoryEmergencyFlags(), bot_id="bot", capital=D(1000), constraints=[rule],
            quotes=self.quotes, **more,
        )  # fmt: skip

    def quotes(self, assets: Collection[tuple[str, str]]) -> list[Quote]:
        now, self.followed = self.clock.now(), list(assets)
        return [
            Quote(venue=venue, symbol=symbol, last=D(self.price[symbol]), at=now)
            for venue, symbol in assets
            if symbol in self.price
        ]

    def shown(self, price: str, looks: int = 3, apart_s: float = 5) -> None:
        self.price["X"] = price
        for _ in range(looks):
            self.clock.advance(apart_s)
            self.kept.look("trading")

    def buys(self, quantity: str) -> Intent:
        action = order(quantity)
        if decided(self.kept, action).status is S.PLANNED:
            begin(self.kept, action)
            fill = Fill(
                id="f", client_id=action.client_id, venue="v", symbol="X", side="buy", quantity=D(quantity),
                price=D(2), fee=D(0), at=self.clock.now(),
            )  # fmt: skip
            result = ActionResult(
                client_id=action.client_id, status=S.FILLED, filled=D(quantity), fills=[fill]
            )
            self.kept.settle(result, actor="test")
        found = self.kept.get(action.client_id)
        assert found is not None
        return found


@pytest.mark.parametrize(
    ("kind", "limit"), [(ConstraintKind.DAILY_LOSS, "50"), (ConstraintKind.DRAWDOWN, "0.05")]
)
def test_a_replay_loses_by_its_prices(kind: ConstraintKind, limit: str) -> None:
    priced = Priced(kind, limit)
    assert priced.buys("100").code is None
    priced.shown("1.6")
    assert priced.buys("1").code is None
    priced.shown("0.1", looks=1)  # one bad quote
    assert priced.buys("1").code is None
    priced.shown("1.4")
    assert priced.buys("1").code == f"risk.{kind.value}"


def test_a_replay_loses_by_the_day_and_from_its_highest() -> None:
    priced = Priced(ConstraintKind.DAILY_LOSS, "50")
    priced.buys("100")
    priced.shown("1.4")
    assert priced.buys("1").code == "risk.daily_loss"
    priced.clock.advance(12 * 3600)
    assert priced.buys("1").code is None  # of a new day, that began with what was there before it
    priced.shown("0.8")
    assert priced.buys("1").code == "risk.daily_loss"
    high = Priced(ConstraintKind.DRAWDOWN, "0.05")
    high.buys("100")
    high.shown("3")
    high.shown("2.3")
    assert high.buys("1").code == "risk.drawdown"  # 1030 after 1100


def test_a_day_of_a_replay_begins_with_what_was_last_known_before_it() -> None:
    priced = Priced(ConstraintKind.DAILY_LOSS, "40")
    priced.buys("450")
    priced.shown("2")
    priced.clock.advance(12 * 3600)
    priced.shown("1.9", looks=1)
    assert priced.buys("1").code == "risk.daily_loss"  # 955 after 1000, though the day's first look saw 955
    priced.clock.advance(-24 * 3600)
    assert priced.buys("1").code == "risk.daily_loss"  # a clock that is set back starts no day


@pytest.mark.parametrize(("later_s", "followed"), [(-1, [("v", "X")]), (0, []), (1, [])])
def test_what_was_asked_for_is_followed_for_a_half_life(later_s: float, followed: list[object]) -> None:
    priced = Priced(ConstraintKind.VOLATILITY, "0.5")
    assert priced.buys("1").code == "risk.unknown"
    priced.clock.advance(HALF_LIFE_S + later_s)
    priced.kept.look("trading")
    assert priced.followed == followed


def test_a_replay_knows_how_restless_an_asset_is() -> None:
    priced = Priced(ConstraintKind.VOLATILITY, "0.5")
    assert priced.buys("1").code == "risk.unknown"
    priced.shown("2", looks=15, apart_s=60)
    assert priced.buys("1").code is None
    for number in range(15):
        priced.shown("2.1" if number % 2 else "1.9", looks=1, apart_s=60)
    assert priced.buys("1").code == "risk.volatility"


def test_prices_that_nobody_asked_for_lately_are_let_go() -> None:
    marks = MemoryMarks(DrivenClock(NOW))
    for second in range(2):
        at = NOW + timedelta(seconds=second - 2)
        marks.feed(
            Quote(venue="v", symbol=symbol, last=D(price), currency=currency, at=at)
            for symbol, price, currency in (("X", 2, "EUR"), ("Y", 3, "XYZ"), ("EUR/USD", "1.5", "USD"))
        )
    assert marks.prices() == {("v", "X"): 2, ("v", "Y"): 3, ("v", "EUR/USD"): D("1.5")}
    assert {asset: mark.price for asset, mark in marks.marks("USD").items()} == {
        ("v", "X"): 3, ("v", "EUR/USD"): D("1.5"),
    }  # fmt: skip
    marks.keep([])
    assert list(marks.prices()) == [("v", "EUR/USD")]
