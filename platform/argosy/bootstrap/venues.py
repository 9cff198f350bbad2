"""The venues of every bot, built on first use and kept for the life of the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from argosy.core.venue import Venue
from argosy.errors import NotFound


class LazyVenues:
    """Implements the ports Venues and VenueDomains for one bot.

    `factories` are of the bot's own domain `domain`. `others` are those of each other domain: open to the bot by
    name, and no part of `names`, for nobody compares accounts that the bot never uses.
    """

    def __init__(
        self,
        factories: Mapping[str, Callable[[], Venue]],
        *,
        domain: str = "",
        others: Mapping[str, Mapping[str, Callable[[], Venue]]] | None = None,
    ) -> None:
        self._own = sorted(factories)
        self._factories: dict[str, Callable[[], Venue]] = {}
        self._domains: dict[str, str] = {}
        for name, found in [*(others or {}).items(), (domain, factories)]:  # its own last: they win
            self._factories.update(found)
            self._domains.update(dict.fromkeys(found, name))
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
                        f"there is no venue {name!r}",
                        expected="one of " + (", ".join(sorted(self._factories)) or "none"),
                    )
                self._built[name] = self._factories[name]()
            return self._built[name]

    def names(self) -> list[str]:
        """Those of the bot's own domain."""
        return list(self._own)

    def domain_of(self, name: str) -> str:
        """The domain that brings the venue; "" where none does."""
        return self._domains.get(name, "")
