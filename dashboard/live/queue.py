"""What one socket still has to be sent: bounded, in order, the newest state of a node replacing the older.

Nothing is coalesced while the client keeps up. From `soft` waiting events on, a newer state takes the place of
the older of the same node in the same run; final states of other runs and ends of runs stay. Past `hard` the
queue gives up: it empties itself, takes nothing more, and the client has to be given a fresh snapshot.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

SOFT = 256
HARD = 2_048


class Outbox:
    """Events of one subscription, oldest first; their seqs rise."""

    def __init__(self, *, soft: int = SOFT, hard: int = HARD) -> None:
        self._soft = soft
        self._hard = hard
        self._frames: OrderedDict[int, tuple[Hashable | None, bytes]] = OrderedDict()
        self._newest: dict[Hashable, int] = {}
        self._next = 0
        self.coalesced = 0
        self.dropped = 0
        self.overflowed = False

    def __len__(self) -> int:
        return len(self._frames)

    def push(self, frame: bytes, key: Hashable | None) -> None:
        """Adds an encoded event. `key` names what a newer event replaces; None is never replaced."""
        if self.overflowed:
            self.dropped += 1
            return
        if key is not None:
            older = self._newest.get(key)
            if older is not None and len(self._frames) >= self._soft:
                del self._frames[older]
                self.coalesced += 1
            self._newest[key] = self._next
        self._frames[self._next] = (key, frame)
        self._next += 1
        if len(self._frames) > self._hard:
            given_up = len(self._frames)
            self.clear()
            self.dropped = given_up
            self.overflowed = True

    def take(self, most: int = 256) -> list[bytes]:
        """Removes and returns the oldest frames."""
        taken: list[bytes] = []
        while self._frames and len(taken) < most:
            position, (key, frame) = self._frames.popitem(last=False)
            if key is not None and self._newest.get(key) == position:
                del self._newest[key]
            taken.append(frame)
        return taken

    def take_coalesced(self) -> int:
        """How many were replaced since the last call."""
        count, self.coalesced = self.coalesced, 0
        return count

    def clear(self) -> None:
        """Forgets everything, the overflow too."""
        self._frames.clear()
        self._newest.clear()
        self.coalesced = self.dropped = 0
        self.overflowed = False
