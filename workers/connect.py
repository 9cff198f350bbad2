"""Open broker and results as every worker does, and print the outcome as JSON.

Run as `python -m workers.connect`. `argosy doctor` runs it in a process of its own, because the command line
does not import Celery.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from celery import Celery

_CONNECT_S = 5


def connect(app: Celery) -> dict[str, str | None]:
    """Return the error of each connection, or None if the connection was opened."""

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
    except Exception as error:  # noqa: BLE001 - any error of the libraries is the result
        return f"{type(error).__name__}: {error}".strip()
    return None


def main() -> int:
    from workers.app import app

    found = connect(app)
    json.dump(found, sys.stdout)
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
