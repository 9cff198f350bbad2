"""Events become messages in the transaction that records them: each counted once, however often it comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from argosy.core.clock import to_ms
from argosy.core.event import Event, EventType
from argosy.infrastructure.notify.messages import GIVEN_UP, notice_of
from argosy.infrastructure.storage.history.recording import HistoryWriter

from .conftest import START, Post

NOW = to_ms(START)


def event(type_: EventType, number: int, *, at_s: float = 0, bot: str | None = "btc", **data: Any) -> Event:
    at = NOW + int(at_s * 1000)
    return Event(type_, at, bot_id=bot, run_id="r1", data=data, seq=f"{at}-{number}")


def failed(number: int, at_s: float = 0, reason: str = "node 17 failed") -> Event:
    return event(
        "run_finished", number, at_s=at_s, status="failed", reason=reason, correlationId="c", startedAt=NOW,
        durationMs=5, counts={}, opportunities=0, actions=0,
    )  # fmt: skip


@pytest.fixture
def writer(database_url: str) -> Iterator[HistoryWriter]:
    made = HistoryWriter(database_url, notice_of=notice_of)
    yield made
    made.close()


def test_what_people_are_told_of_and_what_not(post: Post, writer: HistoryWriter) -> None:
    writer.write(
        [
            failed(1),
            event("notify", 2, title="sold", body="10 at 0.51", level="success"),
            event("alarm", 3, bot=None, code="run_deadline", message="run r1: late"),
            event("alarm", 4, bot=None, code=GIVEN_UP, title="a message"),
            event("worker", 5, bot=None, name="w", status="online"),
            event("notify", 6, bot=None, title="", body=None, level="odd"),
        ]
    )
    assert [(notice.level, notice.title, notice.body) for notice in post.all()] == [
        ("warning", "btc: a run failed", "node 17 failed (run r1)"),
        ("success", "sold", "10 at 0.51"),
        ("error", "run_deadline", "run r1: late"),
        ("info", "Argosy says", ""),
    ]


def test_an_unknown_action_is_told_once(post: Post, writer: HistoryWriter) -> None:
    unknown = {
        "clientId": "c-1", "venue": "polymarket", "kind": "place_order", "symbol": "UP", "side": "buy",
        "quantity": "5", "status": "unknown", "mode": "paper",
    }  # fmt: skip
    writer.write([event("action", 1, **unknown), event("action", 2, **unknown)])
    writer.write([event("action", 3, **{**unknown, "status": "filled"})])
    notice = post.one()
    assert (notice.level, notice.repeats) == ("error", 1)
    assert "c-1" in notice.body
    assert "polymarket" in notice.body


def test_runs_that_fail_alike_are_one_message_and_others_another(post: Post, writer: HistoryWriter) -> None:
    writer.write([failed(1), failed(2, reason="node 18 failed"), failed(3, reason="the venue is gone")])
    assert [(notice.body.partition(" (")[0], notice.repeats) for notice in post.all()] == [
        ("node 17 failed", 1),
        ("the venue is gone", 0),
    ]


def test_events_that_come_again_change_nothing(post: Post, writer: HistoryWriter) -> None:
    """A recorder that was killed between commit and acknowledgement reads the same events again."""
    first = [failed(1), failed(2), event("notify", 3, title="a", body="b")]
    writer.write(first)
    writer.write(first)
    writer.write(first[1:])
    assert [notice.repeats for notice in post.all()] == [1, 0]
    later = [failed(4, at_s=3600)]
    writer.write(later)
    writer.write([*first, *later])
    assert [notice.repeats for notice in post.all()] == [1, 0, 0]


def test_an_odd_event_holds_up_nothing(post: Post, writer: HistoryWriter) -> None:
    writer.write(
        [event("notify", 1, title=["x"], body={"nul": "a\x00b"}), event("notify", 2, title="t", body="b")]
    )
    assert len(post.all()) == 2
    assert writer.write([event("notify", 3, title="t" * 10_000, body="b" * 100_000)]).rejected == 0
