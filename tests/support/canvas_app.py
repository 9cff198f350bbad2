"""Plain Celery application without the engine: it runs a canvas as Celery understands it."""

from __future__ import annotations

import os

import redis
from celery import Celery

URL = os.environ["CANVAS_REDIS_URL"]
app = Celery("canvas", broker=URL, backend=URL)
app.conf.update(
    broker_connection_retry_on_startup=True,
    worker_prefetch_multiplier=1,
    task_default_queue="argosy.quick",
    worker_hijack_root_logger=False,
)
_client = redis.Redis.from_url(URL)


@app.task(name="argosy.node")
def node(run_id: str, key: str) -> str:
    """Record in Redis that the node started and ended."""
    _client.rpush(f"order:{run_id}", f"start {key}")
    _client.rpush(f"order:{run_id}", f"end {key}")
    return key
