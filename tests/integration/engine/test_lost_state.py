"""Redis lost everything: what history still shows as running is closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.engine import Engine, compiled, document

from argosy.core.clock import to_ms
from argosy.core.event import Event
from argosy.infrastructure.storage.history import runs
from argosy.infrastructure.storage.history.recording import HistoryWriter
from workers.lost import REASON, close_lost

pytestmark = pytest.mark.integration


def started(stack: Engine, run_id: str, *, ago: timedelta) -> Event:
    at = to_ms(stack.runtime.clock.now() - ago)
    data = {"workflow": "d" * 64, "kind": "bot", "trigger": "manual", "correlationId": "c", "nodes": 2,
            "scheduledAt": None, "deadline": at + 60_000, "startedAt": at}  # fmt: skip
    return Event("run_started", at, bot_id="b", run_id=run_id, data=data, seq=f"{at}-0")


def test_a_run_without_state_ends_failed_in_history(stack: Engine) -> None:
    hours = timedelta(hours=1)
    alive = stack.launch(compiled(document([("a", "b")])), deadline_s=7200)
    writer = HistoryWriter(stack.runtime.endpoints.database_url)
    writer.write(
        [
            started(stack, "lost", ago=hours),
            started(stack, alive, ago=hours),
            started(stack, "young", ago=timedelta(seconds=5)),
        ]
    )
    assert close_lost(stack.runtime) == ["lost"]
    writer.write([event for event in stack.runtime.events.read() if event.run_id == "lost"])
    found = stack.runtime.database.run(runs.get("lost"))
    assert (found.status, found.reason) == ("failed", REASON)
    assert close_lost(stack.runtime) == []
    assert stack.runtime.database.run(runs.get("young")).status == "running"


def test_an_end_that_a_restored_database_lost_is_published_again(stack: Engine) -> None:
    run_id = stack.launch(compiled(document([("a", "b")])))
    assert stack.runtime.runs.abort(run_id, "enough", status="failed")
    known = stack.runtime.runs.snapshot(run_id)
    assert known is not None and known.finished_ms is not None
    writer = HistoryWriter(stack.runtime.endpoints.database_url)
    writer.write([started(stack, run_id, ago=timedelta(hours=1))])
    newest = stack.runtime.events.read()[-1].seq
    assert close_lost(stack.runtime) == [run_id]
    writer.write([event for event in stack.runtime.events.read() if event.seq > newest])
    found = stack.runtime.database.run(runs.get(run_id))
    assert (found.status, found.reason, found.counts) == ("failed", "enough", known.counts)
    assert close_lost(stack.runtime) == []
