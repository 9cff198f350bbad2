"""Valkey killed and started again in mid-run: it comes back with its append-only file, and every run ends."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.engine import Engine, compiled, document, engine, wait_for

from argosy.infrastructure import redis as connections
from argosy.infrastructure.servers import EmbeddedServers

pytestmark = pytest.mark.integration


@pytest.fixture
def own_valkey(database_url: str, tmp_path: Path) -> Iterator[tuple[Engine, EmbeddedServers]]:
    with tempfile.TemporaryDirectory(prefix="argosy-") as home:
        servers = EmbeddedServers(Path(home))
        servers.valkey.start()
        try:
            with engine(servers.valkey.url, database_url, tmp_path) as made:
                yield made, servers
        finally:
            servers.stop()


def kill_and_start(servers: EmbeddedServers) -> None:
    pid = servers.valkey.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not servers.valkey.running, why="valkey gone")
    servers.valkey.start()


@pytest.mark.parametrize("pool", ["solo", "threads"])
def test_runs_go_on_after_valkey_was_killed(own_valkey: tuple[Engine, EmbeddedServers], pool: str) -> None:
    stack, servers = own_valkey
    stack.start(pool)
    line = [(f"n{i}", f"n{i + 1}") for i in range(11)]
    nodes = {f"n{i}": {"params": {"sleep_s": 0.15}} for i in range(12)}
    workflow = compiled(document(line, nodes=nodes))
    run_ids = [stack.launch(workflow) for _ in range(3)]
    for least in (2, 6):
        wait_for(lambda least=least: len(stack.ends(run_ids[0])) >= least, why=f"{least} nodes have run")
        kill_and_start(servers)
    for run_id in run_ids:
        snapshot = stack.wait(run_id, timeout_s=90)
        assert (snapshot.status, snapshot.counts["success"]) == ("success", 12)
        assert set(stack.ends(run_id)) == set(nodes)
    client = connections.client(stack.runtime.endpoints.redis_url)
    assert not client.keys("argosy:lock:*")
    finished = [e.run_id for e in stack.runtime.events.read(limit=10_000) if e.type == "run_finished"]
    assert sorted(finished) == sorted(run_ids)
