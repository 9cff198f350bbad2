"""What belongs to another bot, mode, venue or asset counts for nothing in a question about one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

import pytest
from integration.gateway.conftest import a_caller
from support.ledger import NOON, entry

from argosy.core.actions.action import Action, ActionResult, ActionStatus
from argosy.core.actions.context import DecisionContext
from argosy.core.actions.decision import GatewayPolicy
from argosy.core.actions.decision import decide as judged
from argosy.core.actions.intent import Caller, Decision
from argosy.core.money.ledger import EntryKind
from argosy.core.money.rates import MISSING
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.venues.venue import Payout
from argosy.domains.trading.action_kinds import REDEEM
from argosy.infrastructure.money.sampling import sample_equity
from argosy.infrastructure.storage.actions import decision_context, intents
from argosy.infrastructure.storage.money import ledger, reconciliations

D = Decimal
S = ActionStatus


@pytest.fixture
def desk(desk_on: Any) -> Any:
    """With a second bot, both reconciled."""
    desk = desk_on()
    desk.run(
        "INSERT INTO bots (id, name, domain, mode, state, workflow_id, workflow_digest, capital, base_currency) "
        "VALUES ('bot2', 'Bot', 'trading', 'paper', 'running', 'w', 'd', 1000, 'USD')"
    )
    desk.run(
        "INSERT INTO capital_accounts (bot_id, reconciled_at, reconciled_clean) "
        "VALUES ('bot', now(), true), ('bot2', now(), true)"
    )
    return desk


def bought(desk, quantity: int, bot: str = "bot", *, symbol: str = "X", **more: Any) -> None:
    """Units at a price of 1, paid from the bot's cash."""
    values = {"bot_id": bot, "strategy_id": "s1", "venue": "scripted", "symbol": symbol, **more}
    made = entry(EntryKind.TRADE, str(-quantity), quantity=D(quantity), price=D(1), **values)
    desk.database.run(ledger.book([made]))


def many(desk) -> None:
    """Amounts that tell by their sum whose they are."""
    bought(desk, 1)
    bought(desk, 2, venue="other")
    bought(desk, 4, "bot2")
    bought(desk, 8, mode="live")
    bought(desk, 16, "bot2", mode="live")
    bought(desk, 32, mode="live", venue="other")
    bought(desk, 64, symbol="Y")
    bought(desk, -64, symbol="Y")


def positions(desk) -> dict[tuple[str, ...], Decimal]:
    rows = desk.all("SELECT mode, bot_id, strategy_id, venue, symbol, quantity FROM positions")
    return {tuple(row[:5]): row[5] for row in rows if row[5]}


def seen_by(desk, caller: Caller, *, now: Any = None, action: Action | None = None) -> DecisionContext:
    """What a decision of that caller looks at."""
    found: list[DecisionContext] = []

    def judge(at: DecisionContext, actions: Sequence[Action]) -> Sequence[Decision]:
        found.append(at)
        return judged(caller, actions, at, GatewayPolicy())

    asked = desk.order() if action is None else action
    desk.database.run(intents.decide(caller, [asked], judge, now or desk.clock.now(), UTC))
    return found[0]


def working(desk, bot: str = "bot", **more: Any) -> Action:
    """An order that is decided and goes no further."""
    action = desk.order(quantity="1", **{"max_fee": D(0), **more})
    desk.journal.decide(a_caller(bot_id=bot), [action])
    return action


# --- what is held ---------------------------------------------------------------------------------------


def test_the_ledger_at_a_venue_is_of_one_bot_and_in_live_mode_of_all(desk) -> None:
    many(desk)

    def held(bot: str, mode: str, venue: str) -> tuple[dict[str, Decimal], int]:
        found = desk.database.run(reconciliations.held(bot, mode, venue))
        return dict(found.amounts), found.entry

    assert held("bot", "paper", "scripted") == ({"USD": D(-1), "X": D(1), "Y": D(0)}, 8)
    assert held("bot2", "paper", "scripted") == ({"USD": D(-4), "X": D(4)}, 3)
    assert held("bot", "paper", "other") == ({"USD": D(-2), "X": D(2)}, 2)
    assert held("bot", "live", "scripted") == held("bot2", "live", "scripted")
    assert held("bot", "live", "scripted") == ({"USD": D(-24), "X": D(24)}, 5)
    assert held("bot", "sandbox", "scripted") == ({}, 0)


def test_dollars_of_all_names_are_one_amount_and_others_are_not(desk) -> None:
    bought(desk, 1)
    bought(desk, 2, currency="USDC")
    bought(desk, 4, currency="usdt")
    bought(desk, 8, currency="EUR")
    amounts = desk.database.run(reconciliations.held("bot", "paper", "scripted")).amounts
    assert amounts == {"USD": D(-7), "EUR": D(-8), "X": D(15)}


def test_holdings_are_of_one_bot_mode_and_venue_and_never_flat(desk) -> None:
    many(desk)
    bought(desk, -3, symbol="SHORT")
    found = desk.database.run(reconciliations.holdings("bot", "paper", "scripted"))
    assert found == {"X": D(1), "SHORT": D(-3)}
    assert desk.database.run(reconciliations.holdings("bot", "live", "scripted")) == {"X": D(8)}
    assert desk.database.run(reconciliations.holdings("bot", "paper", "other")) == {"X": D(2)}


@pytest.mark.parametrize(("currency", "source"), [("USD", "same"), ("USDC", "peg"), ("XYZ", MISSING)])
def test_a_payout_closes_what_one_bot_holds_of_one_asset(desk, currency: str, source: str) -> None:
    many(desk)
    bought(desk, -3, strategy_id="short")
    bought(desk, 5, strategy_id="s2")
    before = positions(desk)
    payout = Payout(symbol="X", price=D(1), currency=currency, at=NOON)
    assert desk.database.run(reconciliations.pay_out(a_caller(), "scripted", payout)) == 3
    closed = {("paper", "bot", name, "scripted", "X") for name in ("s1", "s2", "short")}
    assert positions(desk) == {key: units for key, units in before.items() if key not in closed}
    paid = desk.all("SELECT strategy_id, amount FROM ledger_entries WHERE kind = 'settlement' ORDER BY 1")
    assert paid == [("s1", 1), ("s2", 5), ("short", -3)]
    query = "SELECT DISTINCT rate_source, base_currency FROM ledger_entries WHERE kind = 'settlement'"
    assert desk.all(query) == [(source, "USD")]
    nothing = payout.model_copy(update={"symbol": "Y"})
    assert desk.database.run(reconciliations.pay_out(a_caller(), "scripted", nothing)) == 0


def test_a_bot_below_zero_as_a_whole_is_left_for_the_comparison(desk) -> None:
    bought(desk, 2, strategy_id="long")
    bought(desk, -3, strategy_id="short")
    before = positions(desk)
    payout = Payout(symbol="X", price=D(1), currency="USD", at=NOON)
    assert desk.database.run(reconciliations.pay_out(a_caller(), "scripted", payout)) == 0
    assert positions(desk) == before


def test_a_redemption_closes_what_one_bot_holds_of_one_asset(desk) -> None:
    many(desk)
    bought(desk, 5, strategy_id="s2")
    bought(desk, -3, strategy_id="short")
    desk.venue.held = {"X": D(6)}
    before = positions(desk)

    def in_two(venue, action: Action) -> ActionResult:
        sale = action.model_copy(update={"side": "sell", "limit_price": D(1)})
        venue.do(sale, D(4), fee="0")
        return venue.do(sale, D(2), fee="0")

    desk.venue.answers = [in_two]
    redeem = Action(client_id="e" * 32, venue="scripted", kind=REDEEM, symbol="X", quantity=D(6))
    assert desk.submit(redeem)[0].status is S.FILLED
    closed = {("paper", "bot", "s1", "scripted", "X"), ("paper", "bot", "s2", "scripted", "X")}
    assert positions(desk) == {key: units for key, units in before.items() if key not in closed}
    assert desk.all(
        "SELECT strategy_id, quantity FROM ledger_entries WHERE kind = 'settlement' ORDER BY id"
    ) == [("s1", D(-1)), ("s2", D(-3)), ("s2", D(-2))]


def test_a_sale_is_the_sellers_alone(desk) -> None:
    bought(desk, 5, strategy_id="s2")
    desk.submit(desk.order("sell", quantity="2"))
    assert positions(desk)["paper", "bot", "s1", "scripted", "X"] == -2


@pytest.mark.parametrize(
    ("currency", "fee_currency", "sources"),
    [
        ("USD", None, ["same", "same"]),
        ("USDC", None, ["peg", "peg"]),
        ("XYZ", None, [MISSING, MISSING]),
        ("USD", "BNB", ["same", "mark:k/BNB/USD"]),
        ("USD", "XYZ", ["same", MISSING]),
    ],
)
def test_what_a_fill_and_its_fee_are_worth_is_noted(
    desk, currency: str, fee_currency: str | None, sources: list[str]
) -> None:
    desk.run(
        "INSERT INTO marks (mode, venue, symbol, price, currency, rate, at) "
        "VALUES ('paper', 'k', 'BNB/USD', 600, 'USD', 1, now())"
    )

    def answer(venue, action: Action) -> ActionResult:
        result = venue.do(action, action.quantity)
        paid = {"currency": currency, "fee_currency": fee_currency}
        return result.model_copy(update={"fills": [each.model_copy(update=paid) for each in result.fills]})

    desk.venue.answers = [answer]
    assert desk.submit(desk.order())[0].status is S.FILLED
    query = "SELECT rate_source FROM ledger_entries WHERE client_id <> '' ORDER BY kind DESC"
    assert [source for (source,) in desk.all(query)] == sources


def test_what_a_bot_does_is_booked_in_its_own_base_currency(desk) -> None:
    desk.run("UPDATE bots SET base_currency = 'EUR' WHERE id = 'bot'")
    assert desk.submit(desk.order(currency="EUR"))[0].status is S.FILLED
    assert desk.all("SELECT DISTINCT base_currency FROM ledger_entries") == [("EUR",)]


def test_a_currency_that_a_bot_is_given_later_does_not_mix_the_ledger(desk) -> None:
    bought(desk, 1)
    working = desk.order()
    desk.journal.decide(desk.caller, [working])
    desk.run("UPDATE bots SET base_currency = 'EUR' WHERE id = 'bot'")
    desk.journal.settle(desk.venue.do(working, working.quantity), actor="test")
    assert desk.all("SELECT DISTINCT base_currency FROM ledger_entries") == [("USD",)]


def test_capital_is_paid_in_once_a_bot_and_mode(desk) -> None:
    def paid(bot: str, mode: str, amount: int) -> Decimal:
        pay = ledger.ensure_capital(bot, "trading", mode, D(amount), "USD", NOON)
        return desk.database.run(pay)

    assert [paid("bot", "paper", 100), paid("bot", "paper", 100), paid("bot", "paper", 70)] == [100, 0, -30]
    assert [paid("bot2", "paper", 50), paid("bot", "live", 20), paid("bot", "paper", 70)] == [50, 20, 0]


# --- what is under way ----------------------------------------------------------------------------------


def test_what_is_unsettled_is_asked_for_of_one_bot_or_of_all(desk) -> None:
    mine, theirs = working(desk), working(desk, "bot2")
    found = desk.database.run(intents.unsettled("bot"))
    assert [each.client_id for each in found] == [mine.client_id]
    found = desk.database.run(intents.unsettled())
    assert [each.client_id for each in found] == [mine.client_id, theirs.client_id]


def test_legs_come_in_their_order(desk) -> None:
    first, second = desk.pair()
    desk.journal.decide(desk.caller, [second, first])
    other, _ = desk.pair()
    desk.journal.decide(desk.caller, [other])
    assert first.leg is not None
    found = desk.database.run(intents.of_group(first.leg.group))
    assert [each.client_id for each in found] == [first.client_id, second.client_id]


def test_what_was_decided_needs_nothing_any_more(desk) -> None:
    """A delivery that comes again waits for no lock and no bot."""
    known = working(desk, "bot2")
    desk.run("DELETE FROM bots WHERE id = 'bot2'")
    found, changes = desk.journal.decide(a_caller(bot_id="bot2"), [known, known])
    assert ([each.client_id for each in found], changes) == ([known.client_id] * 2, [])


def test_the_same_action_twice_in_one_call_is_decided_once(desk) -> None:
    known, fresh = working(desk), desk.order()
    found, changes = desk.journal.decide(desk.caller, [known, fresh])
    assert [each.client_id for each in found] == [known.client_id, fresh.client_id]
    assert [change.intent.client_id for change in changes] == [fresh.client_id]


def test_flags_in_redis_that_are_newer_than_postgres_stop(desk) -> None:
    desk.flags.write(EmergencyFlag("platform", EmergencyState.NORMAL, 9, "test"))
    assert "epoch 9 of platform" in str(desk.submit(desk.order())[0].reason)
    desk.flags.write(EmergencyFlag("bot:bot", EmergencyState.HALT, 10, "while Postgres was away"))
    assert desk.submit(desk.order())[0].code == "emergency.halt"


def test_a_scope_that_redis_does_not_know_is_old(desk) -> None:
    desk.set(EmergencyState.NORMAL, 1, scope="bot:bot", redis=False)
    assert desk.submit(desk.order())[0].code == "emergency.unknown"


def test_only_what_changes_is_written_as_a_change(desk) -> None:
    order = desk.order(quantity="10")
    desk.journal.decide(desk.caller, [order])
    desk.journal.begin(order.client_id, seen=desk.flags.read(desk.caller.scopes), quantity=None,
                       liquidator=False, owner="me")  # fmt: skip
    assert desk.journal.drop(order.client_id, code="x", reason="x", actor="x")[1] is None

    def told(quantity: str | None, status: ActionStatus, **more: Any) -> tuple[ActionStatus, bool]:
        if quantity is not None:
            desk.venue.do(order, D(quantity), status=status)
        known = desk.venue.known[order.client_id].model_copy(update={"status": status})
        after, change = desk.journal.settle(known, actor="test", **more)
        return after.status, change is not None

    assert told("0", S.OPEN) == (S.OPEN, True)
    assert told(None, S.OPEN) == (S.OPEN, False)
    assert told(None, S.OPEN, looked_up=True) == (S.OPEN, False)
    assert told("3", S.PARTIALLY_FILLED, looked_up=True) == (S.PARTIALLY_FILLED, True)
    assert told("2", S.PARTIALLY_FILLED) == (S.PARTIALLY_FILLED, True)
    assert told(None, S.PARTIALLY_FILLED) == (S.PARTIALLY_FILLED, False)
    assert told(None, S.CANCELLED) == (S.CANCELLED, True)
    [(lookups, filled)] = desk.all("SELECT lookups, filled FROM intents")
    assert (lookups, filled) == (1, 5)


def test_a_change_is_silent_once_it_is_older_than_asked_for(desk) -> None:
    working(desk)
    begun = working(desk)
    desk.journal.begin(begun.client_id, seen=desk.flags.read(desk.caller.scopes), quantity=None,
                       liquidator=False, owner="me")  # fmt: skip
    desk.run("UPDATE intent_changes SET at = %s", NOON)
    assert desk.database.run(intents.unpublished_changes(NOON)) == []
    found = desk.database.run(intents.unpublished_changes(NOON + timedelta(microseconds=1)))
    assert [(each.before, each.after) for each in found] == [
        (None, S.PLANNED),
        (None, S.PLANNED),
        (S.PLANNED, S.SUBMITTED),
    ]
    assert found[2].intent.client_id == begun.client_id


# --- what a decision sees -------------------------------------------------------------------------------


def test_what_is_open_in_another_mode_does_not_count(desk) -> None:
    mine = working(desk)
    theirs = working(desk, "bot2")
    desk.run("UPDATE intents SET mode = 'live' WHERE client_id = %s", theirs.client_id)
    seen = seen_by(desk, desk.caller).snapshot
    assert [each.client_id for each in seen.open] == [mine.client_id]
    snapshot = desk.database.run(decision_context.snapshot("live", desk.clock.now(), UTC))
    assert [each.client_id for each in snapshot.open] == [theirs.client_id]


def test_what_may_still_come_of_an_order(desk) -> None:
    half = working(desk)
    desk.run("UPDATE intents SET filled = 0.25 WHERE client_id = %s", half.client_id)
    [one] = seen_by(desk, desk.caller).snapshot.open
    assert (one.delta, one.reserved) == (D("0.75"), 2)
    desk.run("UPDATE intents SET filled = 3 WHERE client_id = %s", half.client_id)
    assert [each.delta for each in seen_by(desk, desk.caller).snapshot.open if each.reserved == 2] == [0]


def test_levels_are_of_one_mode(desk) -> None:
    for mode, high in (("paper", 1500), ("live", 2500)):
        desk.run(
            "INSERT INTO equity_levels (scope, mode, high_water, day, day_start_equity, capital, updated_at) "
            "VALUES ('bot:bot', %s, %s, '2026-02-02', 900, 1000, now())", mode, high,
        )  # fmt: skip
    assert seen_by(desk, desk.caller).snapshot.accounts["bot:bot"].high_water == 1500


def test_shares_are_of_one_bot_and_of_its_capital(desk) -> None:
    desk.run("UPDATE bots SET capital = 500 WHERE id = 'bot2'")
    for bot, strategy, weight in (("bot", "s1", "0.5"), ("bot2", "s1", "0.25")):
        desk.run(
            "INSERT INTO capital_shares (bot_id, strategy_id, weight) VALUES (%s, %s, %s)", bot, strategy, weight
        )  # fmt: skip
    for bot in ("bot", "bot2"):
        bought(desk, 1, bot)
    seen = seen_by(desk, desk.caller)
    assert [(each.strategy_id, each.weight) for each in seen.shares] == [("s1", D("0.5"))]
    capitals = {scope: each.capital for scope, each in seen.snapshot.accounts.items() if "strategy" in scope}
    assert capitals == {"strategy:bot/s1": 500, "strategy:bot2/s1": 125}


def test_capital_taken_out_is_no_loss_to_the_limits(desk) -> None:
    """The levels were noted before it: the next look at the equity is seconds away."""
    desk.run(
        "INSERT INTO risk_limits (id, scope, kind, max, warning, mode, updated_by) VALUES "
        "('d', 'bot:bot', 'drawdown', 0.1, 0.8, 'enforce', 'test'), "
        "('l', 'bot:bot', 'daily_loss', 50, 0.8, 'enforce', 'test')"
    )
    assert desk.submit(desk.order(price="1"))[0].status is S.FILLED
    sample_equity(desk.database, desk.clock.now(), zone=UTC, mark_max_age_s=60)
    desk.run("UPDATE bots SET capital = 400 WHERE id = 'bot'")
    assert desk.submit(desk.order(price="1"))[0].status is S.FILLED


def test_a_share_counts_in_the_mode_of_its_bot(desk) -> None:
    desk.run("INSERT INTO capital_shares (bot_id, strategy_id, weight) VALUES ('bot2', 's1', 0.5)")
    bought(desk, 1, "bot2", mode="live")
    seen = desk.database.run(decision_context.snapshot("live", desk.clock.now(), UTC))
    assert seen.accounts["strategy:bot2/s1"].capital == 0


def test_an_unknown_action_blocks_its_bot_in_its_mode(desk) -> None:
    lost = working(desk, "bot2")
    desk.run("UPDATE intents SET status = 'unknown' WHERE client_id = %s", lost.client_id)
    assert seen_by(desk, desk.caller).permit.blocked is None
    assert "outcome of 1 action" in (seen_by(desk, a_caller(bot_id="bot2")).permit.blocked or "")
    desk.run("UPDATE intents SET mode = 'live' WHERE client_id = %s", lost.client_id)
    assert seen_by(desk, a_caller(bot_id="bot2")).permit.blocked is None
    desk.run("UPDATE capital_accounts SET blocked = 'drift' WHERE bot_id = 'bot2'")
    assert seen_by(desk, a_caller(bot_id="bot2")).permit.blocked == "drift"


def test_actions_of_the_window_count_and_what_was_denied_does_not(desk) -> None:
    desk.run(
        "INSERT INTO risk_limits (id, scope, kind, max, window_s, warning, mode, updated_by) "
        "VALUES ('r', 'platform', 'action_rate', 100, 30, 0.8, 'enforce', 'test')"
    )
    now = desk.clock.now()
    made = {}
    for name, age, changes in (
        ("in", 29, ""),
        ("edge", 30, ""),
        ("out", 31, ""),
        ("denied", 5, "status = 'denied'"),
        ("live", 5, "mode = 'live'"),
    ):
        made[name] = working(desk, symbol=name.upper())
        desk.run(
            "UPDATE intents SET decided_at = %s WHERE client_id = %s",
            now - timedelta(seconds=age), made[name].client_id,
        )  # fmt: skip
        if changes:
            desk.run(f"UPDATE intents SET {changes} WHERE client_id = %s", made[name].client_id)
    seen = seen_by(desk, desk.caller, now=now).snapshot.decided
    assert sorted(path.symbol for _, path in seen) == ["EDGE", "IN"]


def test_without_a_rate_that_limits_nothing_is_counted(desk) -> None:
    working(desk)
    assert list(seen_by(desk, desk.caller).snapshot.decided) == []


def test_marks_without_a_rate_are_prices_and_no_marks(desk) -> None:
    desk.run(
        "INSERT INTO marks (mode, venue, symbol, price, currency, rate, at) VALUES ('paper', 'v', 'A', 2, 'USD', 1, now()), "
        "('paper', 'v', 'B', 3, 'XYZ', 1, now()), ('paper', 'v', 'C', 5, 'EUR', 1, now()), "
        "('paper', 'k', 'EUR/USD', 1.5, 'USD', 1, now()), ('live', 'v', 'D', 7, 'USD', 1, now())"
    )
    for symbol in "ABC":
        bought(desk, 1, venue="v", symbol=symbol)
    seen = seen_by(desk, desk.caller)
    assert {asset: mark.price for asset, mark in seen.snapshot.marks.items()} == {
        ("v", "A"): 2, ("v", "C"): D("7.5")
    }  # fmt: skip
    assert seen.prices["v", "B"] == 3


def test_prices_are_read_of_what_is_held_open_or_wanted_and_of_pairs(desk) -> None:
    assets = [
        ("scripted", "HELD"),
        ("scripted", "X"),
        ("scripted", "WANTED"),
        ("scripted", "ELSE"),
        ("k", "A/B"),
    ]
    for age_s, (venue, symbol) in enumerate(assets):
        desk.run(
            "INSERT INTO marks (mode, venue, symbol, price, currency, rate, at) VALUES ('paper', %s, %s, 2, 'USD', 1, %s)",
            venue, symbol, NOON - timedelta(seconds=age_s),
        )  # fmt: skip
    bought(desk, 1, symbol="HELD")
    working(desk)
    seen = seen_by(desk, desk.caller, action=desk.order(symbol="WANTED"))
    assert set(seen.snapshot.marks) == {("scripted", name) for name in ("HELD", "X", "WANTED")}
    assert set(seen.prices) == {*seen.snapshot.marks, ("k", "A/B")}


def test_a_bot_itself_has_no_scope_of_a_strategy(desk) -> None:
    desk.set(EmergencyState.ALERT, 2, scope="strategy:bot/s1")
    assert seen_by(desk, a_caller()).flag.state is EmergencyState.ALERT
    assert seen_by(desk, a_caller("")).flag.state is EmergencyState.NORMAL
