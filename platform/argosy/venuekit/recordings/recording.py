"""One recording: time-ordered ticks, and the problems of its rows."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar, cast

from argosy.venuekit.recordings.problems import RowProblem, RowWarning
from argosy.venuekit.recordings.source import RecordingSource
from argosy.venuekit.recordings.tick import TimedTick

T = TypeVar("T", bound=TimedTick)
Reader: TypeAlias = Callable[[RecordingSource], Iterator[tuple[int, T]]]
"""Function that yields line numbers and ticks, nearly in time order."""

_REORDER = 512


class Recording(Generic[T]):
    """Recording of a domain's data.

    `format` is the recognised format; `holds` names the kinds of tick. It can be iterated repeatedly: each pass
    streams the file anew. `warnings` are those of the last pass.
    """

    def __init__(
        self, source: RecordingSource, format: str, holds: frozenset[str], reader: Reader[T]
    ) -> None:
        self._source = source
        self._reader = reader
        self.format = format
        self.holds = holds

    @property
    def path(self) -> Path:
        return self._source.path

    @property
    def warnings(self) -> list[RowWarning]:
        return self._source.warnings.found()

    def unreadable(self) -> str:
        """Describe the unreadable rows of the last pass: count and first example; "" if none."""
        return "; ".join(
            f"{found.count} rows cannot be read, the first is {self.path.name} line {found.line}: {found.example}"
            for found in self.warnings
            if found.code is RowProblem.UNPARSEABLE
        )

    def __repr__(self) -> str:
        return f"<Recording {self.path.name}: {self.format}>"

    def __iter__(self) -> Iterator[T]:
        return self.ticks()

    def ticks(self) -> Iterator[T]:
        """Yield ticks whose `at` never decreases.

        Readers yield rows in time order. Remaining differences (a venue's time after the receipt) are sorted here.
        A tick too late for that is yielded at the time when it could be seen.
        """
        self._source.warnings.clear()
        heap: list[tuple[datetime, int, T]] = []
        newest: datetime | None = None
        last: datetime | None = None
        for serial, (line, tick) in enumerate(self._reader(self._source)):
            at = tick.at
            if newest is None or at >= newest:
                newest = at
            else:
                self._source.warnings.add(
                    RowProblem.TIME_BACKWARDS, line, f"{at.isoformat()} after {newest.isoformat()}"
                )
            if len(heap) < _REORDER:
                heapq.heappush(heap, (at, serial, tick))
                continue
            _, _, ready = heapq.heappushpop(heap, (at, serial, tick))
            ready = _not_before(ready, last)
            last = ready.at
            yield ready
        while heap:
            ready = _not_before(heapq.heappop(heap)[2], last)
            last = ready.at
            yield ready

    def span(self) -> tuple[datetime, datetime] | None:
        """Return the times of the first and the last tick; reads the whole file.

        None if there is no tick.
        """
        first: datetime | None = None
        last: datetime | None = None
        for tick in self.ticks():
            first = first or tick.at
            last = tick.at
        return None if first is None or last is None else (first, last)


def _not_before(tick: T, last: datetime | None) -> T:
    if last is None or tick.at >= last:
        return tick
    return cast("T", replace(cast("Any", tick), at=last))
