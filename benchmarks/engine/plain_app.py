"""Hand-written Celery: no-op tasks, default settings, Redis result backend."""

from __future__ import annotations

import os

from celery import Celery

URL = os.environ["BENCH_REDIS_URL"]
app = Celery("plain", broker=URL, backend=URL)


@app.task
def step() -> None:
    return None
