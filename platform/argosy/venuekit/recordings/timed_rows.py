"""Rows in time order, whatever the order of the file."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Generic, TypeVar

from argosy.core.clock import from_ms
from argosy.venuekit.recordings.problems import BROKEN, RecordingWarnings, RowProblem
from argosy.venuekit.recordings.source import RecordingSource

Row = TypeVar("Row")
TickT = TypeVar("TickT")


class TimedRows(Generic[Row]):
    """Iterator over (line, time in ms, row), oldest first.

    Rows of one time keep the order of the file. `read` returns the rows of a source, `time_of` the time of a row.
    A broken row is counted as unparseable and left out. A file in order is streamed; any other file is
    sorted in memory.
    """

    def __init__(
        self,
        source: RecordingSource,
        read: Callable[[RecordingSource], Iterator[tuple[int, Row]]],
        time_of: Callable[[Row], int],
    ) -> None:
        self._source = source
        self._read = read
        self._lines = array("q")
        self.times = array("q")
        self._end = 0
        for line, row in read(_silent(source)):
            self._end = line
            try:
                ms = time_of(row)
            except BROKEN:
                continue
            self._lines.append(line)
            self.times.append(ms)

    def __iter__(self) -> Iterator[tuple[int, int, Row]]:
        if all(before <= after for before, after in pairwise(self.times)):
            yield from self._rows(self._source)
            return
        found = list(self._rows(self._source))
        falls = sum(after < before for before, after in pairwise(self.times))
        rises = sum(after > before for before, after in pairwise(self.times))
        if falls > rises:
            line, ms, _ = found[0]
            self._source.warnings.add(
                RowProblem.NEWEST_FIRST,
                line,
                f"begins at {_iso(ms)} and ends at {_iso(found[-1][1])}",
                len(found),
            )
            found.reverse()
        newest = found[0][1]
        for line, ms, _ in found:
            if ms < newest:
                self._source.warnings.add(RowProblem.TIME_BACKWARDS, line, f"{_iso(ms)} after {_iso(newest)}")
            newest = max(newest, ms)
        found.sort(key=lambda entry: entry[1])
        yield from found

    def unsorted(self) -> Iterator[tuple[int, Row]]:
        """Yield time and row in the order of the file, without counting problems."""
        yield from ((ms, row) for _, ms, row in self._rows(_silent(self._source)))

    def _rows(self, source: RecordingSource) -> Iterator[tuple[int, int, Row]]:
        known = zip(self._lines, self.times, strict=True)
        line, ms = next(known, (0, 0))
        for at, row in self._read(source):
            if at > self._end:
                return  # written since the first pass
            if at != line:
                source.unparseable(at, row)
                continue
            yield line, ms, row
            line, ms = next(known, (0, 0))


def read_ticks(
    source: RecordingSource, rows: TimedRows[Row], build: Callable[[int, int, Row], Iterable[TickT]]
) -> Iterator[tuple[int, TickT]]:
    """Yield line and ticks of each row; `build` gets its line, time in ms and content.

    A broken row is counted as unparseable and left out.
    """
    for line, ms, row in rows:
        try:
            ticks = list(build(line, ms, row))
        except BROKEN:
            source.unparseable(line, row)
            continue
        for tick in ticks:
            yield line, tick


class GapCounter:
    """Counter of gaps between rows that are longer than `most_ms`."""

    def __init__(self, source: RecordingSource, most_ms: int) -> None:
        self._source = source
        self._most_ms = most_ms
        self._last_ms: int | None = None

    def count(self, line: int, ms: int) -> None:
        """Take in the time of the next row."""
        if self._last_ms is not None and ms - self._last_ms > self._most_ms:
            self._source.warnings.add(
                RowProblem.GAP, line, f"{(ms - self._last_ms) / 1000:g} s without a row"
            )
        self._last_ms = ms


def _silent(source: RecordingSource) -> RecordingSource:
    return replace(source, warnings=RecordingWarnings())


def _iso(ms: int) -> str:
    return from_ms(ms).isoformat(timespec="milliseconds")
