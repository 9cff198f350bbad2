"""The canvas is a true one: stock Celery runs it, node for node, in the order of the workflow."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery
from support.graphs import Graph, ancestors, random_dag

from argosy.graph.canvas import canvas
from argosy.graph.plan import plan

pytestmark = pytest.mark.integration

SHAPES: dict[str, Graph] = {
    "line": {f"n{i}": [f"n{i - 1}"] if i else [] for i in range(20)},
    "diamond": {"a": [], "b": ["a"], "c": ["a"], "d": ["a"], "e": ["b", "c", "d"]},
    "fan without a join": {"a": [], "b": ["a"], "c": ["a"]},
    "join after join": {"a": [], "b": [], "c": ["a", "b"], "d": ["a", "b"], "e": ["c", "d"]},
    "branches that end in groups": {"a": [], "b": ["a"], "c": ["a"], "d": [], "e": ["b", "c", "d"]},
    "the N": {"a": [], "b": [], "c": ["a", "b"], "d": ["b"], "e": ["c", "d"]},
    "two runs in one": {"a": [], "b": ["a"], "x": [], "y": ["x"]},
}
RANDOM = [random_dag(count, density, seed=count) for count in range(4, 30, 2) for density in (0.15, 0.35)][
    :20
]
CASES = [*SHAPES.items(), *((f"random {i}", graph) for i, graph in enumerate(RANDOM))]


@pytest.fixture
def app(redis_url: str, repo_root: Path) -> Iterator[Celery]:
    environment = {
        **os.environ,
        "CANVAS_REDIS_URL": redis_url,
        "PYTHONPATH": os.pathsep.join(str(repo_root / part) for part in ("platform", "tests")),
    }
    command = ["celery", "-A", "support.canvas_app", "worker", "-P", "threads", "-c", "4"]
    options = [
        "-Q",
        "argosy.quick",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
        "-l",
        "ERROR",
    ]
    worker = subprocess.Popen(
        [sys.executable, "-m", *command, *options], env=environment, cwd=repo_root, start_new_session=True
    )
    application = Celery("test", broker=redis_url, backend=redis_url)
    application.conf.task_default_queue = "argosy.quick"
    application.set_default()
    try:
        yield application
    finally:
        application.close()
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def order_of(client: redis.Redis, run_id: str, nodes: int, timeout_s: float = 60) -> list[str]:
    """What the nodes wrote, once all of them have ended."""
    ends = time.monotonic() + timeout_s
    while time.monotonic() < ends:
        written = [line.decode() for line in client.lrange(f"order:{run_id}", 0, -1)]
        if sum(line.startswith("end") for line in written) >= nodes:
            return written
        time.sleep(0.02)
    raise AssertionError(f"run {run_id} did not end: {written}")


def test_stock_celery_runs_every_canvas(app: Celery, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        for number, (_, graph) in enumerate(CASES):
            canvas(plan(graph), f"run{number}", dict.fromkeys(graph, "argosy.quick")).apply_async()
        for number, (name, graph) in enumerate(CASES):
            written = order_of(client, f"run{number}", len(graph))
            at = {line: i for i, line in enumerate(written)}
            assert sorted(at) == sorted([f"{w} {k}" for k in graph for w in ("start", "end")]), name
            assert len(written) == len(at), f"{name}: a node ran twice"
            for key, before in ancestors(graph).items():
                assert all(at[f"end {b}"] < at[f"start {key}"] for b in before), (
                    f"{name}: {key} ran too early"
                )
