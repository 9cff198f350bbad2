"""Events of actions that nobody's journal wrote: history follows the journal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from argosy.core.event import Event
from argosy.infrastructure.storage.history.recording.writer import HistoryWriter

pytestmark = pytest.mark.integration

COLUMNS = (
    "client_id, bot_id, strategy_id, run_id, venue, kind, symbol, side, quantity, price, status, filled, "
    "average_price, fee, reason, paper, change_id"
)


@pytest.fixture
def writer(database_url: str):
    made = HistoryWriter(database_url, follow_journal=True)
    yield made
    made.close()


def rows(desk) -> list[tuple[object, ...]]:
    return desk.all(f"SELECT {COLUMNS} FROM actions ORDER BY client_id")


def forged(event: Event, **changes: object) -> Event:
    return replace(event, seq="", data={**event.data, **changes})


def record_all(desk, writer: HistoryWriter) -> int:
    return writer.write(list(desk.events.read())).rejected


def test_a_true_history_is_recorded_as_it_was_told(desk, writer: HistoryWriter, database_url: str) -> None:
    desk.submit(desk.order(quantity="10", price="2"))
    events = list(desk.events.read())
    assert writer.write(events).rejected == 0
    followed = rows(desk)
    desk.run("TRUNCATE actions")
    trusting = HistoryWriter(database_url)
    trusting.write(events)
    trusting.close()
    assert rows(desk) == followed
    assert [row[10] for row in followed] == ["filled"]


@pytest.mark.parametrize(
    "lie",
    [
        {"status": "rejected", "filled": "0"},
        {"filled": "9999", "averagePrice": "0.01", "fee": "0"},
        {"change": 2**62, "status": "filled", "quantity": "777"},
        {"change": 0, "status": "cancelled", "reason": "never happened"},
        {"side": "sell", "symbol": "Y", "venue": "elsewhere", "paper": False},
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_a_lie_about_a_true_action_changes_nothing(
    desk, writer: HistoryWriter, lie: dict[str, object], before: bool
) -> None:
    desk.submit(desk.order())
    true = [event for event in desk.events.read() if event.type == "action"]
    record_all(desk, writer)
    expected = rows(desk)
    if before:
        desk.run("TRUNCATE actions")
    desk.events.publish(forged(true[-1], **lie))
    desk.events.publish(replace(forged(true[-1], **lie), bot_id="other", strategy_id="theirs", run_id="r9"))
    record_all(desk, writer)
    assert rows(desk) == expected


def test_an_action_that_never_was_is_put_aside_and_holds_up_nothing(desk, writer: HistoryWriter) -> None:
    desk.submit(desk.order())
    true = next(event for event in desk.events.read() if event.type == "action")
    desk.events.publish(forged(true, clientId="f" * 32, status="filled", filled="5"))
    desk.submit(desk.order())
    assert record_all(desk, writer) == 1
    assert len(rows(desk)) == 2
    ((reason,),) = desk.all("SELECT error FROM recorder_rejects")
    assert reason.startswith("the journal has no action 'ffff")
    assert desk.all("SELECT count(*) FROM strategy_runs WHERE actions <> 2") == [(0,)]


def test_rows_that_were_falsified_before_are_healed(desk, writer: HistoryWriter) -> None:
    desk.submit(desk.order())
    record_all(desk, writer)
    expected = rows(desk)
    desk.run(
        "UPDATE actions SET status = 'rejected', filled = 0, change_id = 9000000000000000000, bot_id = 'x'"
    )
    assert writer.heal_actions() == 1
    assert rows(desk) == expected
    assert writer.heal_actions() == 0
