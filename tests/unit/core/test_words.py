"""The product's words: events, actions, opportunities, portfolio, emergency states, books."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from argosy.core.actions.action import Action, ActionKind, ActionStatus, client_id
from argosy.core.bot import Bot
from argosy.core.event import Event, seq_key
from argosy.core.money.portfolio import Portfolio, Position
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState, worst
from argosy.core.venues.venue import Level, OrderBook, Quote

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_client_id_names_exactly_one_action() -> None:
    ids = {client_id(run, key, i) for run in ("r1", "r2") for key in ("a", "b/a") for i in range(3)}
    assert len(ids) == 12
    assert client_id("r1", "a", 0) == client_id("r1", "a", 0)
    # Parts must not run into each other.
    assert client_id("r", "1a", 0) != client_id("r1", "a", 0)
    assert all(len(i) == 32 and set(i) <= set("0123456789abcdef") for i in ids)


def test_only_definitive_answers_are_final() -> None:
    final = {status for status in ActionStatus if status.final}
    assert final == {"filled", "cancelled", "rejected", "denied"}
    assert not ActionStatus.UNKNOWN.final


def test_wires_are_camel_case_with_decimals_as_strings_and_refuse_what_they_do_not_know() -> None:
    action = Action(
        client_id="c",
        venue="v",
        kind=ActionKind.PLACE_ORDER,
        symbol="s",
        side="buy",
        quantity=Decimal("1.50"),
    )
    wire = action.to_wire()
    assert wire["clientId"] == "c"
    assert wire["quantity"] == "1.50"
    assert Action.model_validate(wire) == action
    with pytest.raises(ValidationError):
        Action.model_validate({**wire, "surprise": 1})
    with pytest.raises(ValidationError):
        action.quantity = Decimal(2)  # type: ignore[misc]


def test_topics_tell_bots_from_the_platform() -> None:
    assert Event("node_execution", 1, bot_id="b").topic == "bot.b.node"
    assert Event("run_skipped", 1, bot_id="b").topic == "bot.b.run"
    assert Event("alarm", 1, bot_id="b").topic == "bot.b.alarm"
    assert Event("emergency", 1).topic == "platform.emergency"


def test_seqs_sort_by_time_then_number() -> None:
    assert sorted(["11", "10-10", "", "10-2", "9-9", "10-0"], key=seq_key) == [
        "",
        "9-9",
        "10-0",
        "10-2",
        "10-10",
        "11",
    ]


def test_equity_is_cash_and_positions_at_mark_or_cost() -> None:
    portfolio = Portfolio(
        cash=Decimal(50),
        initial_capital=Decimal(100),
        positions=[
            Position(
                venue="v",
                symbol="a",
                quantity=Decimal(100),
                average_cost=Decimal("0.40"),
                mark=Decimal("0.55"),
            ),
            Position(venue="v", symbol="b", quantity=Decimal(10), average_cost=Decimal(1)),
        ],
    )
    assert portfolio.equity == Decimal("115")
    assert portfolio.pnl == Decimal("15")
    assert portfolio.positions[0].unrealised == Decimal("15")
    assert portfolio.positions[1].unrealised == 0


def test_the_worst_state_wins_and_flags_survive_their_text() -> None:
    flags = [
        EmergencyFlag("platform", EmergencyState.NORMAL, 9),
        EmergencyFlag("bot:b", EmergencyState.HALT, 1, "a|b"),
    ]
    assert worst(flags) == flags[1]
    assert worst([]) is None
    assert [EmergencyFlag.decode(f.scope, f.encode()) for f in flags] == flags
    for corrupt in ("", "HALT", "HALT|x|", "STOP|1|"):
        with pytest.raises((ValueError, KeyError)):
            EmergencyFlag.decode("platform", corrupt)


def book(bid: str, ask: str) -> OrderBook:
    return OrderBook(
        venue="v", symbol="s", received_at=NOW,
        bids=[Level(price=Decimal(bid), size=Decimal(3))] if bid else [],
        asks=[Level(price=Decimal(ask), size=Decimal(4))] if ask else [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("bid", "ask", "crossed"),
    [
        ("0.4", "0.5", False),
        ("0.5", "0.5", True),
        ("0.6", "0.5", True),
        ("", "0.5", False),
        ("0.4", "", False),
    ],
)
def test_locked_and_crossed_books_are_no_quote(bid: str, ask: str, crossed: bool) -> None:
    made = book(bid, ask)
    assert made.crossed is crossed
    assert (made.best_bid is None) == (bid == "")
    assert made.depth("buy") == (Decimal(4) if ask else 0)
    assert made.depth("sell") == (Decimal(3) if bid else 0)


def test_a_quotes_middle() -> None:
    assert Quote(venue="v", symbol="s", bid=Decimal(1), ask=Decimal(2), at=NOW).mid == Decimal("1.5")
    assert Quote(venue="v", symbol="s", last=Decimal(3), at=NOW).mid == Decimal(3)
    assert Quote(venue="v", symbol="s", at=NOW).mid is None


@pytest.mark.parametrize(
    "change", [{"id": "a b"}, {"id": ""}, {"capital": "0"}, {"capital": "-1"}, {"domain": "X y"}]
)
def test_a_bot_that_cannot_be_is_refused(change: dict[str, str]) -> None:
    good = {
        "id": "b1",
        "name": "B",
        "domain": "trading",
        "workflowId": "w",
        "workflowDigest": "d",
        "capital": "10",
    }
    assert Bot.model_validate(good).mode == "paper"
    with pytest.raises(ValidationError):
        Bot.model_validate({**good, **change})
