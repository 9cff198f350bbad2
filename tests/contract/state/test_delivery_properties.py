"""Each node's outcome counts once and in order, whatever happens to deliveries.

They are doubled, lost, or held by a worker that dies.
"""

from __future__ import annotations

import itertools
import random

import orjson
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.builders import meta
from support.engine import compiled, document
from support.graphs import Graph, dags
from support.stores import Handle, MemoryHandle, RedisHandle, token

from argosy.graph.runs import NodeStatus, Outcome, Verdict

_serial = itertools.count(1)


@pytest.fixture(params=["memory", "redis"])
def fresh(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    """Return a function that makes a fresh store for each example."""
    if request.param == "memory":
        return MemoryHandle
    url = request.getfixturevalue("redis_url")

    def make() -> Handle:
        with redis.Redis.from_url(url) as client:
            client.flushdb()
        return RedisHandle(url)

    return make


@given(graph=dags(), seed=st.integers(0, 2**32))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_each_node_counts_once_after_all_its_predecessors(fresh, graph: Graph, seed: int) -> None:  # type: ignore[no-untyped-def]
    keys = list(graph)
    edges = [(a, b) for b in keys for a in graph[b]]
    flow = compiled(document(edges, nodes={key: {} for key in keys}))
    handle: Handle = fresh()
    chance = random.Random(seed)
    run_id = f"run-{next(_serial)}"
    assert handle.store.launch(meta(run_id, digest=flow.digest, now_ms=handle.now_ms()), flow).started
    handle.store.beat("alive", 10_000_000)
    before = {key: set(graph[key]) for key in keys}
    deliveries: list[tuple[str, str]] = []
    finished: list[str] = []
    for _ in range(40 * len(keys) + 200):
        deliveries += handle.take()
        snapshot = handle.store.snapshot(run_id)
        assert snapshot is not None
        if snapshot.status != "running":
            break
        if not deliveries:
            handle.pass_time(2_000)
            handle.store.pump()
            deliveries += handle.take()
            if not deliveries:
                handle.store.revive(run_id)
            continue
        _, key = deliveries.pop(chance.randrange(len(deliveries)))
        fate = chance.random()
        if fate < 0.1:
            continue  # lost
        if fate < 0.3:
            deliveries.append((run_id, key))  # delivered again later
        t = token("dead" if fate > 0.9 else "alive")
        begun = handle.store.begin(run_id, key, t)
        if begun.verdict is not Verdict.RUN or fate > 0.9:
            continue  # settled, busy, or the worker died with the claim
        assert all(state.status is NodeStatus.SUCCESS for state in begun.sources.values())
        assert before[key] <= set(finished)
        outcome = Outcome(NodeStatus.SUCCESS, b"{}", outputs=orjson.dumps({"value": key}))
        if handle.store.finish(run_id, key, t, outcome).accepted:
            finished.append(key)
            assert not handle.store.finish(run_id, key, t, outcome).accepted
    snapshot = handle.store.snapshot(run_id)
    assert snapshot is not None
    assert snapshot.status == "success"
    assert sorted(finished) == sorted(keys)
    assert snapshot.counts["success"] == len(keys)
    assert [e.type for e in handle.events()].count("run_finished") == 1
