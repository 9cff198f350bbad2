"""The product's own application in a worker that pytest-celery manages, in the two pools that answer while busy."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import redis
from celery.app.control import Inspect
from pytest_celery import CeleryTestSetup
from support.celery_processes import QUEUES, WorkerContainer
from support.engine import Engine, wait_for

from argosy.infrastructure.storage.catalog import bots, workflows

from .conftest import StartWorkers

pytestmark = pytest.mark.integration

WORKFLOW = {
    "id": "sums",
    "name": "Sums",
    "kind": "bot",
    "schema": 1,
    "nodes": [
        {"id": "one", "type": "constant", "params": {"value": 1}},
        {"id": "two", "type": "constant", "params": {"value": 2}},
        {"id": "both", "type": "merge", "params": {"mode": "all"}},
    ],
    "edges": [
        {"source": "one", "sourceHandle": "value", "target": "both", "targetHandle": "values"},
        {"source": "two", "sourceHandle": "value", "target": "both", "targetHandle": "values"},
    ],
}


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


@pytest.fixture(scope="module", params=["prefork", "threads"])
def default_worker_container(request: pytest.FixtureRequest, start_workers: StartWorkers) -> Any:
    (container,) = start_workers(pool=request.param)
    yield container
    container.remove()


@pytest.fixture
def remote(celery_setup: CeleryTestSetup) -> Inspect:
    """Asks this one worker, and goes on as soon as it has answered."""
    return celery_setup.app.control.inspect(destination=[celery_setup.worker.hostname()], timeout=20)


@pytest.fixture
def bot_id(stack: Engine) -> str:
    """A bot that calculates and needs no venue."""
    stored = stack.runtime.database.run(workflows.save(WORKFLOW, "test"))
    stack.runtime.database.run(
        bots.save(
            id="sums",
            name="Sums",
            domain="trading",
            workflow_id="sums",
            workflow_digest=stored.digest,
            capital=Decimal(100),
        )
    )
    return "sums"


def test_every_task_is_registered_and_every_queue_is_consumed(
    celery_setup: CeleryTestSetup, remote: Inspect
) -> None:
    host = celery_setup.worker.hostname()
    tasks = {name.partition(" ")[0] for name in remote.registered()[host]}
    assert {"argosy.node", "argosy.run_bot"} <= tasks
    assert all(name.startswith("argosy.") for name in tasks), tasks
    assert {queue["name"] for queue in remote.active_queues()[host]} == set(QUEUES)


def test_the_settings_that_answer_known_faults_are_in_force(
    celery_setup: CeleryTestSetup, remote: Inspect
) -> None:
    host = celery_setup.worker.hostname()
    conf = remote.conf()[host]
    wanted = {
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "task_create_missing_queues": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "worker_prefetch_multiplier": 1,
        "broker_connection_max_retries": None,
        "visibility_timeout": 4,
    }
    assert {name: conf[name] for name in wanted} == wanted
    for options in (conf["broker_transport_options"], conf["result_backend_transport_options"]):
        assert options["visibility_timeout"] == 4  # ARGOSY_ENGINE__VISIBILITY_TIMEOUT_S of the stack
        assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (1, 1)
        assert options["socket_keepalive"] is True
    assert conf["worker_soft_shutdown_timeout"] > 0
    assert remote.stats()[host]["prefetch_count"] == 2  # one for each of two children or threads


def test_remote_control_answers(
    celery_setup: CeleryTestSetup, remote: Inspect, default_worker_container: WorkerContainer
) -> None:
    host = celery_setup.worker.hostname()
    assert remote.ping() == {host: {"ok": "pong"}}
    stats = remote.stats()[host]
    assert stats["pid"] == default_worker_container.pid
    pool = host.partition("-")[0]
    assert pool.removesuffix("s") in stats["pool"]["implementation"]
    assert celery_setup.ready(docker=True)


def test_a_run_asked_for_by_the_client_starts_and_ends(
    celery_setup: CeleryTestSetup, stack: Engine, bot_id: str
) -> None:
    run_id = f"{bot_id}-{celery_setup.worker.worker_name}"
    for _ in range(2):  # asked twice for the same run
        celery_setup.app.send_task("argosy.run_bot", [bot_id, None, "manual", run_id])
    wait_for(lambda: stack.runtime.runs.meta(run_id), why="the run was launched")
    snapshot = stack.wait(run_id)
    assert (snapshot.status, snapshot.counts["success"]) == ("success", 3)
    with redis.Redis.from_url(stack.runtime.endpoints.redis_url) as client:
        wait_for(lambda: idle(client), why="both messages are settled")
    events = [e for e in stack.runtime.events.read(limit=10_000) if e.run_id == run_id]
    outputs = [e.data["outputs"] for e in events if e.type == "node_execution" and e.node_id == "both"]
    assert outputs == [{"value": [1, 2]}]
    assert [e.data["trigger"] for e in events if e.type == "run_started"] == ["manual"]
    assert [e.data["status"] for e in events if e.type == "run_finished"] == ["success"]


def idle(client: redis.Redis) -> bool:
    """No message waits or is held."""
    return not (any(client.llen(name) for name in QUEUES) or client.hlen("unacked"))


def test_a_pickled_message_is_refused_and_the_worker_lives_on(
    celery_setup: CeleryTestSetup, remote: Inspect, stack: Engine, bot_id: str, tmp_path: Path
) -> None:
    worker = celery_setup.worker
    pid = worker.pid
    bomb = tmp_path / "unpickled"
    celery_setup.app.send_task("argosy.node", [Bomb(bomb), "a"], queue="argosy.quick", serializer="pickle")
    worker.wait_for_log("ContentDisallowed")
    with redis.Redis.from_url(stack.runtime.endpoints.redis_url) as client:
        wait_for(lambda: idle(client), why="the refused message is gone")
    assert not bomb.exists()
    run_id = f"{bot_id}-after-{worker.worker_name}"
    celery_setup.app.send_task("argosy.run_bot", [bot_id, None, "manual", run_id])
    wait_for(lambda: stack.runtime.runs.meta(run_id), why="the run was launched")
    assert stack.wait(run_id).status == "success"
    assert (worker.pid, worker.container.status) == (pid, "running")
    assert remote.ping() == {worker.hostname(): {"ok": "pong"}}
