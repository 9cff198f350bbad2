"""What a tick does while its bot still runs: real ticks of a real beat, runs on a real worker, for each policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.background import background
from support.engine import Engine, wait_for

from argosy.core.event import Event
from argosy.core.schedule.schedule import IntervalSchedule, Overlap
from argosy.infrastructure.storage.catalog import bots, schedules, workflows

pytestmark = pytest.mark.integration

BEAT = ["workers", "beat", "-S", "beat_schedule:PostgresScheduler", "--pidfile="]
LONGER_THAN_A_PERIOD_S = 1.5
POLICIES: tuple[Overlap, ...] = ("skip", "queue", "allow")


@dataclass(frozen=True)
class Run:
    id: str
    due_ms: int
    started_ms: int
    ended_ms: int | None


@dataclass(frozen=True)
class Story:
    """What became of one bot's ticks, by its events."""

    runs: list[Run]
    skipped: list[Event]

    @property
    def waited(self) -> list[Run]:
        """Runs that were due while another went on."""
        return [run for run in self.runs if any(goes_on(other, run.due_ms) for other in self.runs)]

    @property
    def most_at_once(self) -> int:
        return max(
            (sum(goes_on(other, run.started_ms) for other in self.runs) for run in self.runs), default=0
        )


def goes_on(run: Run, at_ms: int) -> bool:
    return run.started_ms <= at_ms and (run.ended_ms is None or at_ms < run.ended_ms)


def story(events: Sequence[Event], bot_id: str) -> Story:
    own = [event for event in events if event.bot_id == bot_id]
    ends = {event.run_id: event.timestamp for event in own if event.type == "run_finished"}
    runs = [
        Run(
            str(event.run_id),
            int(event.data["scheduledAt"] or event.timestamp),
            event.timestamp,
            ends.get(event.run_id),
        )
        for event in own
        if event.type == "run_started"
    ]
    return Story(runs, [event for event in own if event.type == "run_skipped"])


def bot(stack: Engine, policy: Overlap) -> None:
    """A bot whose runs take longer than its period."""
    node = {"id": "a", "type": "test.mark", "params": {"sleep_s": LONGER_THAN_A_PERIOD_S}}
    document: dict[str, Any] = {"id": policy, "name": policy, "kind": "bot", "schema": 1, "nodes": [node]}
    database = stack.runtime.database
    digest = database.run(workflows.save({**document, "edges": []}, "test")).digest
    database.run(
        bots.save(
            id=policy,
            name=policy,
            domain="trading",
            workflow_id=policy,
            workflow_digest=digest,
            capital=Decimal(1),
        )
    )
    spec = IntervalSchedule(every_s=1, overlap=policy, misfire_expiry_s=1.8)
    database.run(schedules.save(id=policy, bot_id=policy, spec=spec))
    # One that is switched off has no say.
    off = IntervalSchedule(every_s=1, overlap="skip")
    database.run(schedules.save(id=f"{policy}-off", bot_id=policy, spec=off, enabled=False))


def test_each_overlap_policy_does_as_it_says(
    stack: Engine, redis_url: str, database_url: str, tmp_path: Path
) -> None:
    stack.start("threads", concurrency=8, queues="argosy.quick,argosy.control")
    for policy in POLICIES:
        bot(stack, policy)

    def told() -> list[Event] | None:
        events = stack.runtime.events.read(limit=10_000)
        skip, queue, allow = (story(events, policy) for policy in POLICIES)
        enough = len(skip.runs) >= 2 and skip.skipped and queue.waited and queue.skipped
        return events if enough and len(allow.runs) >= 3 else None

    with background(BEAT, tmp_path / "beat.log", redis_url=redis_url, database_url=database_url) as beat:
        events = wait_for(told, why="ticks that were skipped, waited and ran side by side")
        assert beat.stop() == 0

    skip, queue, allow = (story(events, policy) for policy in POLICIES)
    assert skip.most_at_once == 1
    starts = {run.id for run in skip.runs}
    for event in skip.skipped:
        assert (event.data["reason"], event.data["trigger"]) == ("overlap", "schedule")
        assert event.data["activeRun"] in starts

    assert queue.most_at_once == 1
    # A tick that waited and ran was not skipped, and what expired is told once.
    skipped = [event.run_id for event in queue.skipped]
    assert len(skipped) == len(set(skipped))
    assert not set(skipped) & {run.id for run in queue.runs}

    assert allow.most_at_once >= 2
    assert allow.skipped == []
    for run in (*skip.runs, *queue.runs, *allow.runs):
        assert stack.wait(run.id).status == "success"

    def counted_as_told() -> bool:
        now = stack.runtime.events.read(limit=10_000)
        counts = {each: stack.runtime.database.run(schedules.get(each)).skipped for each in POLICIES}
        return counts == {each: len(story(now, each).skipped) for each in POLICIES}

    wait_for(counted_as_told, why="the count of skipped ticks is that of their events")


def test_a_person_who_asks_for_a_second_run_is_refused_and_no_tick_is_counted(stack: Engine) -> None:
    bot(stack, "queue")
    stack.start("threads", queues="argosy.quick,argosy.control")
    first = stack.runtime.dispatcher.run_bot("queue")
    wait_for(lambda: stack.trace(first), why="the first run goes on")
    second = stack.runtime.dispatcher.run_bot("queue")

    def refused() -> list[Event]:
        return story(stack.runtime.events.read(limit=10_000), "queue").skipped

    (event,) = wait_for(refused, why="the second is refused")
    assert (event.run_id, event.data["activeRun"], event.data["trigger"]) == (second, first, "manual")
    assert stack.runtime.database.run(schedules.get("queue")).skipped == 0
    assert stack.wait(first).status == "success"
