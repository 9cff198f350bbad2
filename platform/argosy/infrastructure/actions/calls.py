"""Calls to venues that this process makes now."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class OwnCalls:
    """Client ids of actions that threads of this process begin or send now."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def making(self, client_id: str) -> Iterator[None]:
        """Count one call. Two deliveries of one action may overlap."""
        with self._lock:
            self._counts[client_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._counts[client_id] -= 1
                if not self._counts[client_id]:
                    del self._counts[client_id]

    def __contains__(self, client_id: str) -> bool:
        with self._lock:
            return client_id in self._counts
