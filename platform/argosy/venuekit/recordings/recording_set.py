"""Several recordings as one stream in time order."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic

from argosy.venuekit.recordings.recording import Recording, T
from argosy.venuekit.replay.warnings import ReplayWarnings


@dataclass(frozen=True)
class RecordingSet(Generic[T]):
    """Recordings that are played together."""

    recordings: Sequence[Recording[T]]

    def ticks(self) -> Iterator[T]:
        """Yield the ticks of all recordings, oldest first."""
        return heapq.merge(*self.recordings, key=lambda tick: tick.at)

    @property
    def holds(self) -> frozenset[str]:
        """Kinds of tick in any of the recordings."""
        return frozenset[str]().union(*(each.holds for each in self.recordings))

    def note(self, warnings: ReplayWarnings) -> None:
        """Add the problems of the rows read so far to the warnings."""
        for recording in self.recordings:
            for found in recording.warnings:
                example = f"{recording.path.name} line {found.line}: {found.example}"
                warnings.add(found.code.value, example, found.count)

    def unreadable(self) -> str:
        """Describe unreadable rows: count and first example per file; "" if none."""
        return "; ".join(text for text in (each.unreadable() for each in self.recordings) if text)
