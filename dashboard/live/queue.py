"""Outbox of one socket: bounded, in order; newer states of a node replace older ones.

Events are not coalesced while the client keeps up. From `soft` waiting events on, a newer state replaces the
older state of the same node in the same run. Final states of other runs and ends of runs stay. Past `hard`
events the outbox overflows: it is emptied and takes no more events. The client then needs a fresh snapshot.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

SOFT = 256
HARD = 2_048


class SendQueue:
    """Events of one subscription, oldest first, with rising seqs."""

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
        """Add an encoded event.

        From `soft` waiting events on, it replaces an older event with the same `key`. An event with the key
        None is never replaced.
        """
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
        """Remove and return the oldest frames."""
        taken: list[bytes] = []
        while self._frames and len(taken) < most:
            position, (key, frame) = self._frames.popitem(last=False)
            if key is not None and self._newest.get(key) == position:
                del self._newest[key]
            taken.append(frame)
        return taken

    def take_coalesced(self) -> int:
        """Return the number of events replaced since the last call."""
        count, self.coalesced = self.coalesced, 0
        return count

    def clear(self) -> None:
        """Remove all frames, counts and the overflow mark."""
        self._frames.clear()
        self._newest.clear()
        self.coalesced = self.dropped = 0
        self.overflowed = False
