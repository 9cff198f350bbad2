"""Venues of every bot, built on first use and kept for the life of the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from argosy.core.venues.venue import Venue
from argosy.errors import NotFound


class LazyVenues:
    """Implementation of the ports Venues and VenueDomains for one bot.

    `factories` belong to the bot's own domain `domain`, `others` to the other domains. The bot reaches their
    venues by name. `names` leaves them out, so that unused accounts are not compared.
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
        for name, found in [
            *(others or {}).items(),
            (domain, factories),
        ]:  # own venues come last and take precedence
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
        """Return the venues of the bot's own domain."""
        return list(self._own)

    def domain_of(self, name: str) -> str:
        """Return the domain of the venue, "" if there is none."""
        return self._domains.get(name, "")
