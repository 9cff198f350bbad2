"""Accept messages from all parts of the platform."""

from __future__ import annotations

from argosy.core.clock import Clock
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.safety import notices
from argosy.infrastructure.storage.safety.notices import Draft, Level


class Outbox:
    """Queue of messages in PostgreSQL; a message stays until every receiver has taken it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def post(
        self, key: str, title: str, body: str, level: Level = "info", window_s: float = 300.0
    ) -> int | None:
        """Queue a message and return its id.

        Returns None if a message with this `key` is younger than `window_s`: the repetition is only counted.
        The next message with the key has the number of repetitions. Raises Unavailable.
        """
        return self._database.run(notices.post(Draft(key, level, title, body, self._clock.now(), window_s)))
