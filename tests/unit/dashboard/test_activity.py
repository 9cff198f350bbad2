"""What repeats is told once: activity, skipped runs, bots whose runs all fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from argosy.core.clock import to_ms
from argosy.core.event import Event
from argosy.infrastructure.storage.records import SkipRecord
from dashboard.bots.failing import failing_warning
from dashboard.bots.skips import WINDOW, count_skips, overlap_warning
from dashboard.runs.wire import RunCounts, RunStatus, RunSummary
from dashboard.system.activity import fold_repeats
from dashboard.system.activity_wire import ActivityItem

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def item(second: int, text: str, type: str = "alarm", bot: str | None = "b", count: int = 1) -> ActivityItem:
    at = NOON + timedelta(seconds=second)
    return ActivityItem(
        seq=f"{to_ms(at)}-0", at=at, type=type, text=text, level="error", bot_id=bot, run_id=None, count=count
    )


def skip(second: int, seq: str, reason: str = "overlap", bot: str = "b") -> Event:
    at = to_ms(NOON + timedelta(seconds=second))
    return Event(type="run_skipped", timestamp=at, bot_id=bot, seq=seq, data={"reason": reason})


def runs(*statuses: RunStatus) -> list[RunSummary]:
    """Newest first."""
    return [
        RunSummary(
            id=f"r{n}", bot_id="b", kind="bot", trigger="schedule", status=status, reason=f"why {n}",
            correlation_id=None, scheduled_at=None, started_at=NOON - timedelta(minutes=n), finished_at=None,
            duration_ms=None, counts=RunCounts(), opportunities=0, actions=0,
        )
        for n, status in enumerate(statuses)
    ]  # fmt: skip


def test_the_same_sentence_is_one_item_with_how_often_and_since_when() -> None:
    found = fold_repeats(
        [item(0, "x"), item(1, "y"), item(2, "x"), item(3, "x", count=5), item(4, "x", bot="c")]
    )
    assert [(each.text, each.bot_id, each.count) for each in found] == [
        ("x", "c", 1),
        ("x", "b", 7),
        ("y", "b", 1),
    ]
    assert (found[1].at, found[1].since) == (NOON + timedelta(seconds=3), NOON)


def test_actions_are_never_folded() -> None:
    assert len(fold_repeats([item(n, "bought", "action") for n in range(3)])) == 3


def test_skips_of_history_and_of_the_stream_are_counted_once() -> None:
    recorded = [SkipRecord("b", "overlap", 10, NOON - timedelta(minutes=9), NOON, "5-0")]
    live = [skip(-1, "4-0"), skip(0, "5-0"), skip(1, "6-0"), skip(2, "7-0", "paused"), skip(-7200, "8-0")]
    found = {each.reason: each for each in count_skips(recorded, live, NOON - WINDOW)}
    assert {reason: each.count for reason, each in found.items()} == {"overlap": 11, "paused": 1}
    assert found["overlap"].last == NOON + timedelta(seconds=1)


def test_an_overlap_is_a_warning_on_the_bot_and_a_pause_is_none() -> None:
    found = count_skips([], [skip(0, "1-0"), skip(1, "2-0"), skip(2, "3-0", "paused", "c")], NOON - WINDOW)
    warning = overlap_warning(found, "b")
    assert warning is not None
    assert (warning.code, warning.count) == ("overlap", 2)
    assert warning.text.startswith("2 runs were skipped in the last hour")
    assert overlap_warning(found, "c") is None


def test_a_bot_fails_when_its_newest_three_runs_or_all_runs_failed() -> None:
    assert failing_warning(runs()) is None
    assert failing_warning(runs("success", "failed", "failed", "failed")) is None
    assert failing_warning(runs("failed", "failed", "success")) is None
    first = failing_warning(runs("failed"))
    assert first is not None and first.text == "The newest run failed: why 0"
    found = failing_warning(runs("running", "failed", "failed", "cancelled", "failed", "success"))
    assert found is not None
    assert (found.count, found.text) == (3, "The newest 3 runs failed: why 1")
