"""The Celery application: queue settings, tasks, and what keeps a worker's claims and leases alive.

`celery -A workers …` finds it here. It is made on first use: it reads the settings and needs the servers' addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celery import Celery

_APPLICATION = ("app", "celery")
"""Names that Celery looks for. Once `workers.app` is imported the first one is that module, and Celery takes the other."""


def __getattr__(name: str) -> Celery:
    if name not in _APPLICATION:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from workers.app import app

    return app
