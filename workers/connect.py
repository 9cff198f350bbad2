"""`python -m workers.connect`: opens broker and results as every worker does, and prints how that went as JSON.

`argosy doctor` runs it in a process of its own: Celery is no part of the command line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from celery import Celery

_CONNECT_S = 5


def connect(app: Celery) -> dict[str, str | None]:
    """What stood in the way of each connection; None where it was opened."""

    def broker(open_connection: Callable[[], Any]) -> None:
        with open_connection() as connection:
            connection.ensure_connection(max_retries=1, timeout=_CONNECT_S)
            connection.default_channel.client.ping()

    def results() -> None:
        app.backend.client.ping()

    return {
        "broker, to consume": _problem(lambda: broker(app.connection_for_read)),
        "broker, to send": _problem(lambda: broker(app.connection_for_write)),
        "results": _problem(results),
    }


def _problem(attempt: Callable[[], object]) -> str | None:
    try:
        attempt()
    except Exception as error:  # noqa: BLE001 - whatever the libraries raise is the finding
        return f"{type(error).__name__}: {error}".strip()
    return None


def main() -> int:
    from workers.app import app

    found = connect(app)
    json.dump(found, sys.stdout)
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
