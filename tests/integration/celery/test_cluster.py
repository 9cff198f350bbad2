"""Two workers in one cluster of pytest-celery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from celery import Celery
from pytest_celery import CeleryTestSetup, CeleryWorkerCluster
from support.celery_processes import ProcessWorker
from support.engine import Engine, compiled, document

from .conftest import StartWorkers

pytestmark = pytest.mark.integration

WIDTH = 12
FAN = [(a, b) for i in range(WIDTH) for a, b in (("s", f"m{i}"), (f"m{i}", "j"))]


@pytest.fixture
def celery_worker_cluster(
    start_workers: StartWorkers, celery_setup_app: Celery
) -> Iterator[CeleryWorkerCluster]:
    containers = start_workers(2, app="support.worker_app", pool="solo")
    cluster = CeleryWorkerCluster(*(ProcessWorker(container, celery_setup_app) for container in containers))
    yield cluster
    cluster.teardown()


def test_two_workers_share_a_fan(celery_setup: CeleryTestSetup, stack: Engine) -> None:
    assert len(celery_setup) == 4  # broker, backend and two workers
    pids = {worker.pid for worker in celery_setup.worker_cluster}
    nodes = {f"m{i}": {"params": {"sleepS": 0.1}} for i in range(WIDTH)}
    run_id = stack.launch(compiled(document(FAN, nodes=nodes)))
    snapshot = stack.wait(run_id)
    assert (snapshot.status, snapshot.counts["success"]) == ("success", WIDTH + 2)
    assert Counter(stack.ends(run_id)) == dict.fromkeys(snapshot.nodes, 1)
    shares = Counter(pid for key, word, _, pid in stack.trace(run_id) if word == "end" and key[0] == "m")
    assert set(shares) == pids
    assert min(shares.values()) >= 2
    for worker in celery_setup.worker_cluster:
        running = worker.get_running_processes_info(["pid"])
        assert {"pid": worker.pid} in running
