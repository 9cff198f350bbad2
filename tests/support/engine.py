"""Real worker processes for engine tests, and queries about their runs."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from argosy.bootstrap.runtime import Runtime
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.graph.compile import compile_expanded
from argosy.graph.compiled import CompiledWorkflow
from argosy.graph.registry import NodeRegistry
from argosy.graph.runs import RunMeta, RunSnapshot
from argosy.infrastructure.config import Settings
from argosy.infrastructure.servers import Endpoints
from support import engine_nodes
from support.forked import PythonModule

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")


def wait_for(what: Callable[[], T | None], *, timeout_s: float = 60, why: str = "") -> T:
    """Poll until `what()` is truthy and return its value.

    Fails the test with `why` after `timeout_s`.
    """
    ends = time.monotonic() + timeout_s
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > ends:
            raise AssertionError(f"not within {timeout_s:g} s: {why or what}")
        time.sleep(0.02)


def document(
    edges: Sequence[tuple[str, str]],
    *,
    nodes: Mapping[str, Mapping[str, Any]] | None = None,
    type_: str = "test.mark",
    fuse: bool = False,
) -> dict[str, Any]:
    """Return an expanded bot document; every edge joins `value` to the many-port `items`."""
    keys = list(dict.fromkeys([*(k for edge in edges for k in edge), *(nodes or {})]))
    raw: dict[str, Any] = {
        "id": "engine_test",
        "name": "Engine test",
        "kind": "bot",
        "schema": 1,
        "nodes": [{"id": k, "type": type_, **(nodes or {}).get(k, {})} for k in keys],
        "edges": [
            {"source": a, "sourceHandle": "value", "target": b, "targetHandle": "items"} for a, b in edges
        ],
    }
    if fuse:
        raw["fuse"] = True
    return raw


def node_types() -> NodeRegistry:
    registry = NodeRegistry()
    registry.add_module(engine_nodes)
    return registry


def compiled(raw: Mapping[str, Any]) -> CompiledWorkflow:
    from argosy.graph.document import parse
    from argosy.graph.expansion import expand

    registry = node_types()
    return compile_expanded(expand(parse(raw), registry, _no_strategy), registry)


def _no_strategy(name: str) -> Any:
    raise KeyError(name)


@dataclass
class Worker:
    """One `celery worker` process and its pool's children, in one process group."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """Send SIGKILL to the whole group, as abrupt as a power cut."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)

    def terminate(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


@dataclass
class Engine:
    """Ports on the servers, and the workers started so far."""

    runtime: Runtime
    environment: Mapping[str, str]
    folder: Path
    workers: list[Worker] = field(default_factory=list)

    def start(
        self,
        pool: str = "solo",
        *,
        queues: str = "argosy.quick,argosy.io,argosy.control",
        concurrency: int = 2,
        app: str = "support.worker_app",
    ) -> Worker:
        """Start a worker and wait until it reports that it is online."""
        name = f"t{len(self.workers)}{secrets.token_hex(2)}"
        seen = self.runtime.events.last_seq() or "0-0"
        log = self.folder / f"{name}.log"
        with log.open("wb") as out:
            process = PythonModule(
                app,
                *("worker", "-P", pool, "-c", str(concurrency), "-Q", queues, "-n", f"{name}@test"),
                *("--without-gossip", "--without-mingle", "-l", "INFO"),
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,
            )
        worker = Worker(name, process, log)
        self.workers.append(worker)

        def online() -> bool:
            assert process.poll() is None, worker.tail()
            return any(
                e.type == "worker" and e.data["name"] == f"{name}@test"
                for e in self.runtime.events.read(seen)
            )

        wait_for(online, timeout_s=150, why=f"worker {name} online")
        return worker

    def launch(self, workflow: CompiledWorkflow, *, bot_id: str | None = None, deadline_s: float = 60) -> str:
        run_id = f"run-{secrets.token_hex(4)}"
        now = self.runtime.clock.now_ms()
        meta = RunMeta(
            run_id=run_id,
            bot_id=bot_id or f"bot-{run_id}",
            domain="trading",
            mode="paper",
            kind="bot",
            digest=workflow.digest,
            trigger="manual",
            correlation_id=secrets.token_hex(4),
            started_ms=now,
            deadline_ms=now + int(deadline_s * 1000),
        )
        launched = self.runtime.runs.launch(meta, workflow)
        assert launched.started, launched
        return run_id

    def wait(self, run_id: str, *, timeout_s: float = 60) -> RunSnapshot:
        """Wait until the run is final, and return its snapshot."""

        def final() -> RunSnapshot | None:
            snapshot = self.runtime.runs.snapshot(run_id)
            return snapshot if snapshot is not None and snapshot.status != "running" else None

        try:
            return wait_for(final, timeout_s=timeout_s, why=f"run {run_id} final")
        except AssertionError as error:
            logs = "\n".join(f"--- {w.name}\n{w.tail()}" for w in self.workers)
            raise AssertionError(f"{error}\n{self.runtime.runs.snapshot(run_id)}\n{logs}") from None

    def trace(self, run_id: str) -> list[tuple[str, str, int, int]]:
        found = self.runtime.documents.get(engine_nodes.TRACE, run_id)
        return [] if found is None else [tuple(row) for row in found.value]

    def open_gate(self, run_id: str) -> None:
        """Let the gated nodes of the run go on."""
        self.runtime.documents.update(engine_nodes.GATE, run_id, lambda _: True)

    def ends(self, run_id: str) -> list[str]:
        return [key for key, word, _, _ in self.trace(run_id) if word == "end"]

    def stop(self) -> None:
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.kill()


@contextmanager
def engine(redis_url: str, database_url: str, folder: Path, **settings: str) -> Iterator[Engine]:
    """Yield an engine on the given servers.

    The platform's flag is NORMAL. All workers are killed at the end.
    """
    environment = {
        **os.environ,
        "ARGOSY_HOME": str(folder / "home"),
        "ARGOSY_REDIS_URL": redis_url,
        "ARGOSY_DATABASE_URL": database_url,
        "ARGOSY_ENGINE__HEARTBEAT_S": "0.5",
        "ARGOSY_ENGINE__VISIBILITY_TIMEOUT_S": "4",
        "ARGOSY_ENGINE__SWEEP_INTERVAL_S": "1",
        "ARGOSY_SANDBOX__ENABLED": "false",
        "PYTHONPATH": str(ROOT / "tests"),
        "REMAP_SIGTERM": "SIGQUIT",
        **settings,
    }
    runtime = Runtime(
        Settings(home=folder / "home", redis_url=redis_url, database_url=database_url),
        Endpoints(redis_url, database_url),
    )
    runtime.flags.write(EmergencyFlag("platform", EmergencyState.NORMAL, 1))
    made = Engine(runtime, environment, folder)
    try:
        yield made
    finally:
        made.stop()
        runtime.close()
