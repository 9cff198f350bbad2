"""Describe a worker process for its heartbeat: identity, node types and overdue nodes."""

from __future__ import annotations

import os
import socket
import time
from functools import cache
from importlib import metadata
from typing import Any

import orjson

from argosy.bootstrap.runtime import Runtime
from argosy.infrastructure.processes import identity


def description(ports: Runtime, name: str) -> str:
    """Return the description as JSON; `types` is missing until the node types are loaded."""
    about: dict[str, Any] = {
        "name": name,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "identity": identity(os.getpid()),
        "version": _version(),
        "held": held(ports),
    }
    if "registry" in ports.__dict__:
        about["types"] = ports.registry.digest
        about["typeCount"] = len(ports.registry)
    return orjson.dumps(about).decode()


def held(ports: Runtime) -> list[dict[str, Any]]:
    """Return the nodes that did not stop at their time limit, with that moment in Unix ms."""
    now, now_ms = time.monotonic(), ports.clock.now_ms()
    return [
        {
            "run": work.run_id,
            "node": work.key,
            "limitS": work.limit_s,
            "sinceMs": now_ms - int(work.overdue_s(now) * 1000),
        }
        for work in ports.working.overdue()
    ]


@cache
def _version() -> str:
    try:
        return metadata.version("argosy")
    except metadata.PackageNotFoundError:
        return "unknown"
