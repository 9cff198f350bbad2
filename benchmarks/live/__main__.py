"""`python -m benchmarks.live [--rounds N] [--json FILE]`: event published → at the socket, beside a bare forwarder.

Three measurements, alternating with the yardstick on the same servers:
  one      one socket, 500 events/s; the ratio is against the bare forwarder in the same round
  many     200 sockets at 1,000 events/s, one of them not reading: nothing lost, memory, p99
  shown    run_finished published → the API lists the run as finished
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psutil

from argosy.core.event import Event
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.infrastructure.events.redis import RedisEventBus
from argosy.infrastructure.safety.flags import RedisEmergencyFlags
from argosy.infrastructure.servers import EmbeddedServers, Endpoints
from argosy.infrastructure.servers.sockets import free_port
from argosy.infrastructure.storage.catalog import bots, workflows
from argosy.infrastructure.storage.engine import migrate
from argosy.infrastructure.storage.engine.database import Database
from benchmarks.live.listen import Heard, listen

WORKFLOW = {
    "id": "bench", "name": "Bench", "kind": "bot", "schema": 1,
    "nodes": [{"id": "n0", "type": "constant", "params": {"value": 1}}],
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--sockets", type=int, default=200)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="argosy-") as name:
        folder = Path(name)
        servers = EmbeddedServers(folder / "servers", durable=False)
        try:
            endpoints = servers.start()
            prepare(endpoints)
            rows = measure(endpoints, folder, arguments)
        finally:
            servers.stop()
    for row in rows:
        print("  ".join(f"{key} {value}" for key, value in row.items()))
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(rows, indent=2))


def prepare(endpoints: Endpoints) -> None:
    migrate.upgrade(endpoints.database_url)
    database = Database(endpoints.database_url)
    saved = database.run(workflows.save(WORKFLOW, "bench"))
    database.run(
        bots.save(
            id="bench",
            name="Bench",
            domain="trading",
            workflow_id="bench",
            workflow_digest=saved.digest,
            capital=Decimal(1),
        )
    )
    database.close()
    RedisEmergencyFlags(endpoints.redis_url).write(EmergencyFlag("platform", EmergencyState.NORMAL, 1))


def measure(endpoints: Endpoints, folder: Path, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    url, seconds = endpoints.redis_url, arguments.seconds
    ours, theirs = free_port(), free_port()
    environment = {
        "ARGOSY_HOME": str(folder / "home"),
        "ARGOSY_REDIS_URL": url,
        "ARGOSY_DATABASE_URL": endpoints.database_url,
        "ARGOSY_DASHBOARD__PORT": str(ours),
        "ARGOSY_LOGGING__LEVEL": "ERROR",
    }
    rows: list[dict[str, Any]] = []
    with (
        server(["-m", "dashboard"], ours, environment) as process,
        server(["-m", "benchmarks.live.bare", url, str(theirs)], theirs, {}),
    ):
        ratios: dict[str, list[float]] = {"p50": [], "p99": []}
        alone: list[float] = []
        for _ in range(arguments.rounds):
            mine = figures(run(url, ours, "stream", 500, seconds, 1, 0))
            bare = figures(run(url, theirs, "channel", 500, seconds, 1, 0))
            alone.append(mine["p99"])
            for name, found in ratios.items():
                found.append(mine[name] / bare[name])
            rows += [
                {"what": "one", "contender": "argosy", **mine},
                {"what": "one", "contender": "bare", **bare},
            ]
        rows.append({"what": "one", "ratio": {n: round(statistics.median(r), 2) for n, r in ratios.items()}})
        for _ in range(arguments.rounds):
            before, busy = process.memory_info().rss, sum(process.cpu_times()[:2])
            heard = run(url, ours, "stream", 1_000, seconds, arguments.sockets - 1, 1)
            many = figures(heard)
            rows.append(
                {
                    "what": "many",
                    "sockets": arguments.sockets,
                    **many,
                    "ratioToOne": round(many["p99"] / statistics.median(alone), 2),
                    "serverCpuS": round(sum(process.cpu_times()[:2]) - busy, 1),
                    "grownMb": round((process.memory_info().rss - before) / 1e6, 1),
                }
            )
        rows.append({"what": "shown", **shown(endpoints, ours, 30)})
    return rows


def run(url: str, port: int, kind: str, rate: float, seconds: float, sockets: int, deaf: int) -> list[Heard]:
    expected = int(rate * seconds)

    async def both() -> list[Heard]:
        ready = asyncio.Event()
        hearing = asyncio.create_task(
            listen(f"ws://127.0.0.1:{port}/ws", sockets, deaf, seconds + 20, expected, ready)
        )
        await ready.wait()
        load = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.live.load", url, kind, str(rate), str(seconds)
        )
        heard = await hearing
        await load.wait()
        return heard

    heard = asyncio.run(both())
    for each in heard:
        each.waits_ms += [float("nan")] * (expected - len(each.waits_ms))
    return heard


def figures(heard: list[Heard]) -> dict[str, float]:
    """Milliseconds over all sockets; `missing` events of all sockets, `told` notices of coalescing and resets."""
    waits = sorted(wait for each in heard for wait in each.waits_ms if wait == wait)
    return {
        "p50": round(waits[len(waits) // 2], 2),
        "p99": round(waits[int(len(waits) * 0.99)], 2),
        "events": len(waits),
        "missing": sum(wait != wait for each in heard for wait in each.waits_ms),
        "told": sum(each.told for each in heard),
    }


def shown(endpoints: Endpoints, port: int, tries: int) -> dict[str, float]:
    bus = RedisEventBus(endpoints.redis_url)
    waits = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for n in range(tries):
            now = time.time_ns() // 1_000_000
            data = {
                "workflow": "w",
                "kind": "bot",
                "trigger": "manual",
                "correlationId": "c",
                "deadline": now,
            }
            bus.publish(Event("run_started", now, "bench", None, f"shown-{n}", None, data))
            bus.publish(Event("run_finished", now, "bench", None, f"shown-{n}", None, {"status": "success"}))
            begin = time.perf_counter()
            while True:
                items = client.get("/api/v1/runs", params={"bot": "bench", "limit": 5}).json()["items"]
                if any(item["id"] == f"shown-{n}" and item["status"] == "success" for item in items):
                    break
            waits.append((time.perf_counter() - begin) * 1000)
    waits.sort()
    return {"p50": round(statistics.median(waits), 2), "max": round(waits[-1], 2)}


@contextmanager
def server(arguments: list[str], port: int, environment: dict[str, str]) -> Iterator[psutil.Process]:
    process = subprocess.Popen([sys.executable, *arguments], env={**os.environ, **environment})
    try:
        ends = time.monotonic() + 60
        while True:
            if process.poll() is not None or time.monotonic() > ends:
                raise RuntimeError(f"{arguments} did not start")
            try:
                if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code in (200, 503):
                    break  # 503: no workers, no beat; the live view needs neither
            except httpx.TransportError:
                time.sleep(0.1)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
