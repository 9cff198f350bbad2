"""The venues of every bot, built on first use and kept for the life of the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from argosy.core.venue import Venue
from argosy.errors import NotFound


class LazyVenues:
    """Implements the port Venues for one bot."""

    def __init__(self, factories: Mapping[str, Callable[[], Venue]]) -> None:
        self._factories = dict(factories)
        self._built: dict[str, Venue] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Venue:
        found = self._built.get(name)
        if found is not None:
            return found
        with self._lock:
            if name not in self._built:
                if name not in self._factories:
                    raise NotFound(
                        f"there is no venue {name!r}", expected="one of " + ", ".join(self.names()) or "none"
                    )
                self._built[name] = self._factories[name]()
            return self._built[name]

    def names(self) -> list[str]:
        return sorted(self._factories)
