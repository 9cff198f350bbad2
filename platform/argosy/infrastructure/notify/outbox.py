"""Where parts of the platform put their messages."""

from __future__ import annotations

from argosy.core.clock import Clock
from argosy.infrastructure.storage import notices
from argosy.infrastructure.storage.database import Database
from argosy.infrastructure.storage.notices import Draft, Level


class Outbox:
    """Messages wait in Postgres until every receiver has taken them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def post(
        self, key: str, title: str, body: str, level: Level = "info", window_s: float = 300.0
    ) -> int | None:
        """The id of the new message; None when one with this `key` is younger than the window: then it is counted.

        The next message with the key tells how many were. Raises Unavailable.
        """
        return self._database.run(notices.post(Draft(key, level, title, body, self._clock.now(), window_s)))
