"""Argosy with everything on: state, claims, halt check, events, and the recorder writing to Postgres."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

from argosy.bootstrap.runtime import Runtime
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.graph.compile import compile_expanded
from argosy.graph.compiled import CompiledWorkflow
from argosy.graph.document import parse
from argosy.graph.expansion import expand
from argosy.graph.registry import NodeRegistry
from argosy.graph.runs import RunMeta
from argosy.infrastructure.config import Settings
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.state.overview import RedisOverview
from argosy.infrastructure.storage.history import runs
from benchmarks.engine import nodes
from benchmarks.engine.shapes import Shape

ROOT = Path(__file__).resolve().parents[2]


class Argosy:
    """Two solo workers and a recorder, as `argosy up` starts them."""

    def __init__(self, endpoints: Endpoints, folder: Path, *, fuse: bool = False) -> None:
        self.name = "Argosy, fused lines" if fuse else "Argosy"
        self._fuse = fuse
        self._runtime = Runtime(
            Settings(home=folder, redis_url=endpoints.redis_url, database_url=endpoints.database_url),
            endpoints,
        )
        self._runtime.flags.write(EmergencyFlag("platform", EmergencyState.NORMAL, 1))
        self._registry = NodeRegistry()
        self._registry.add_module(nodes)
        environment = {
            **os.environ,
            "ARGOSY_HOME": str(folder),
            "ARGOSY_REDIS_URL": endpoints.redis_url,
            "ARGOSY_DATABASE_URL": endpoints.database_url,
            "ARGOSY_SANDBOX__ENABLED": "false",
            "PYTHONPATH": str(ROOT),
        }
        commands = [
            [
                sys.executable,
                "-m",
                "benchmarks.engine.argosy_app",
                "worker",
                "-P",
                "solo",
                "-Q",
                "argosy.quick",
                "-n",
                f"bench{i}@bench",
                "--without-gossip",
                "--without-mingle",
                "-l",
                "WARNING",
            ]
            for i in range(2)
        ]
        commands.append([sys.executable, "-m", "workers.recorder"])
        self._processes = []
        for i, command in enumerate(commands):
            out = (folder / f"argosy-{i}.log").open("wb")
            self._processes.append(
                subprocess.Popen(
                    command, env=environment, stdout=out, stderr=out, cwd=ROOT, start_new_session=True
                )
            )

    def _compiled(self, shape: Shape) -> CompiledWorkflow:
        raw = {
            "id": "bench",
            "name": shape.name,
            "kind": "bot",
            "schema": 1,
            "fuse": self._fuse,
            "nodes": [{"id": key, "type": "bench.noop"} for key in shape.keys],
            "edges": [
                {"source": a, "sourceHandle": "value", "target": b, "targetHandle": "items"}
                for a, b in shape.edges
            ],
        }
        return compile_expanded(expand(parse(raw), self._registry, _no_strategy), self._registry)

    def warm(self) -> None:
        for _ in range(6):
            self.run(Shape("warm", [("a", "b")], width=2, batches=1))

    def run(self, shape: Shape) -> float:
        """Seconds for all batches of the shape, from the first launch to the last run's end."""
        workflow = self._compiled(shape)
        seen = self._runtime.events.last_seq() or "0-0"
        events = self._runtime.events.subscribe("bot.*.run", seen)
        began = time.perf_counter()
        for _ in range(shape.batches):
            open_runs = {self._launch(workflow) for _ in range(shape.width)}
            for event in events:
                if event.type == "run_finished":
                    if event.data["status"] != "success":
                        raise SystemExit(f"a run did not succeed: {event}")
                    open_runs.discard(event.run_id or "")
                if not open_runs:
                    break
        return time.perf_counter() - began

    def _launch(self, workflow: CompiledWorkflow) -> str:
        run_id = f"bench-{secrets.token_hex(6)}"
        now = self._runtime.clock.now_ms()
        self._runtime.runs.launch(
            RunMeta(
                run_id=run_id,
                bot_id=run_id,
                domain="bench",
                mode="paper",
                kind="bot",
                digest=workflow.digest,
                trigger="manual",
                correlation_id=run_id,
                started_ms=now,
                deadline_ms=now + 120_000,
            ),
            workflow,
        )
        return run_id

    def recorded(self) -> int:
        """Runs in Postgres, once the recorder has written all there is: "everything on" is to be true."""
        overview = RedisOverview(self._runtime.endpoints.redis_url)
        ends = time.monotonic() + 60
        while overview.unrecorded() and time.monotonic() < ends:
            time.sleep(0.1)
        if overview.unrecorded():
            raise SystemExit("the recorder has not kept up: these figures would not be with everything on")
        return len(self._runtime.database.run(runs.newest(limit=100_000)))

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        self._runtime.close()


def _no_strategy(name: str) -> object:
    raise KeyError(name)
