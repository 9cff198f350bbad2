"""Plain Celery canvases of a shape: written as one would by hand."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from celery import Celery, chain, chord, group

from benchmarks.engine.shapes import Shape

ROOT = Path(__file__).resolve().parents[2]


class Plain:
    """Workers of `pool` ("prefork" with 2 children, or two "solo") on their own database."""

    def __init__(self, redis_url: str, pool: str, folder: Path) -> None:
        os.environ["BENCH_REDIS_URL"] = redis_url
        self.name = "plain Celery, prefork 2" if pool == "prefork" else "plain Celery, 2 solo"
        environment = {**os.environ, "BENCH_REDIS_URL": redis_url, "PYTHONPATH": str(ROOT)}
        count = 1 if pool == "prefork" else 2
        self._processes = []
        for i in range(count):
            command = [
                sys.executable,
                "-m",
                "celery",
                "-A",
                "benchmarks.engine.plain_app",
                "worker",
                "-P",
                pool,
                "-n",
                f"plain{pool}{i}@bench",
                "-l",
                "ERROR",
            ]
            if pool == "prefork":
                command += ["-c", "2"]
            out = (folder / f"plain-{pool}-{i}.log").open("wb")
            self._processes.append(
                subprocess.Popen(
                    command, env=environment, stdout=out, stderr=out, cwd=ROOT, start_new_session=True
                )
            )
        self._app = Celery("plain", broker=redis_url, backend=redis_url, set_as_current=False)

    def canvas(self, shape: Shape, app: Any) -> Any:
        def s() -> Any:
            return app.signature("benchmarks.engine.plain_app.step", immutable=True)

        if shape.name.startswith("line"):
            return chain(*(s() for _ in shape.keys), app=app)
        if shape.name.startswith("fan"):
            return chord([s() for _ in shape.keys[:-1]], s(), app=app)
        if shape.name.endswith("diamonds"):
            return chain(s(), chord([s(), s(), s()], s(), app=app), app=app)
        # A drawn graph by hand: level after level, a chord where a level is wider than one.
        levels = _levels(shape)
        parts = [s() if len(level) == 1 else group((s() for _ in level), app=app) for level in levels]
        return chain(*parts, app=app)

    def warm(self) -> None:
        app = self._app
        for _ in range(6):
            app.send_task("benchmarks.engine.plain_app.step").get(timeout=60)

    def run(self, shape: Shape) -> float:
        """Seconds for all batches of the shape."""
        app = self._app
        began = time.perf_counter()
        for _ in range(shape.batches):
            for result in [self.canvas(shape, app).apply_async() for _ in range(shape.width)]:
                result.get(timeout=120)
        return time.perf_counter() - began

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def _levels(shape: Shape) -> list[list[str]]:
    depth: dict[str, int] = dict.fromkeys(shape.keys, 0)
    for _ in shape.keys:
        for a, b in shape.edges:
            depth[b] = max(depth[b], depth[a] + 1)
    return [[k for k in depth if depth[k] == d] for d in range(max(depth.values()) + 1)]
