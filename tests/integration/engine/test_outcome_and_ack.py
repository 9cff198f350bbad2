"""Death between storing an outcome and acknowledging its message, where a plain chord hangs for ever.

In stock Celery the result is stored and the join is counted in two steps: a child that dies between them leaves a
join that never starts. Here both are one script, and the message that was not acknowledged finds its work done.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from support.engine import Engine, compiled, document, engine, wait_for

pytestmark = pytest.mark.integration

VICTIM = "m1"
FAN = [(a, b) for i in range(4) for a, b in (("s", f"m{i}"), (f"m{i}", "j"))]
LINE = [("a", VICTIM), (VICTIM, "c"), ("c", "j")]
LONE = [("s", VICTIM)]
GRAPHS = {
    "one part of a join": document(FAN),
    "the middle of a fused line": document(LINE, fuse=True),
    "the last node of the run": document(LONE),
}


@pytest.fixture
def doomed(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[Engine]:
    with engine(redis_url, database_url, tmp_path, DIES_AFTER_OUTCOME_OF=VICTIM) as made:
        yield made


def deaths(stack: Engine, run_id: str) -> int:
    found = stack.runtime.documents.get("deaths", run_id)
    return 0 if found is None else int(found.value)


def no_message_is_left(client: redis.Redis) -> bool:
    """Every message was acknowledged: none waits, none is held, none is delayed."""
    return not (client.llen("argosy.quick") or client.hlen("unacked") or client.zcard("argosy:delayed"))


@pytest.mark.parametrize(
    ("shape", "pool"),
    [
        ("one part of a join", "prefork"),
        ("one part of a join", "solo"),
        ("the middle of a fused line", "prefork"),
        ("the middle of a fused line", "solo"),
        ("the last node of the run", "solo"),
    ],
)
def test_a_stored_outcome_counts_though_its_process_died(doomed: Engine, shape: str, pool: str) -> None:
    workflow = compiled(GRAPHS[shape])
    victim = doomed.start(pool, app="support.dying_app")
    run_id = doomed.launch(workflow)
    with redis.Redis.from_url(doomed.runtime.endpoints.redis_url) as client:
        wait_for(lambda: deaths(doomed, run_id), why="the process died after the outcome was stored")
        if pool == "solo":
            assert victim.process.wait(10) == -signal.SIGKILL
            assert client.hlen("unacked") >= 1  # died before the acknowledgement
            doomed.start(pool, app="support.dying_app")  # in the pool, another child takes over
        snapshot = doomed.wait(run_id, timeout_s=45)
        wait_for(lambda: no_message_is_left(client), why="the unacknowledged message is settled")
        assert deaths(doomed, run_id) == 1
    assert snapshot.status == "success", snapshot
    assert snapshot.counts["success"] == len(workflow.nodes)
    once = dict.fromkeys(workflow.nodes, 1)
    assert Counter(doomed.ends(run_id)) == once
    assert Counter(key for key, word, *_ in doomed.trace(run_id) if word == "start") == once
    finished = [e for e in doomed.runtime.events.read(limit=10_000) if e.type == "run_finished"]
    assert [e.run_id for e in finished] == [run_id]
