"""Celery application: queue settings, tasks, and the upkeep of a worker's claims and leases.

`celery -A workers …` finds the application here. It is made on first use, because it reads the settings and
needs the servers' addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celery import Celery

_APPLICATION = ("app", "celery")
"""Names that Celery looks for.

Once `workers.app` is imported, `app` is that module, and Celery takes `celery`.
"""


def __getattr__(name: str) -> Celery:
    if name not in _APPLICATION:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from workers.app import app

    return app
