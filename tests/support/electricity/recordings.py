"""Recorded prices of hours: tables with a header, or JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from argosy.core.clock import from_ms, to_ms
from argosy.venuekit.recordings import cells
from argosy.venuekit.recordings.formats import RecordingFormat, RecordingFormats
from argosy.venuekit.recordings.source import RecordingSource
from argosy.venuekit.recordings.tick import RecordedTick
from argosy.venuekit.recordings.timed_rows import GapCounter, TimedRows, read_ticks

_NAMES = frozenset({"published", "price"})


@dataclass(frozen=True)
class HourPrice(RecordedTick):
    """Price in USD per MWh, valid from `at` on."""

    price: Decimal


def _read(source: RecordingSource) -> Iterator[tuple[int, HourPrice]]:
    rows = TimedRows(source, RecordingSource.records, lambda row: to_ms(cells.moment(row["published"])))
    gaps = GapCounter(source, 3_600_000)

    def tick(line: int, ms: int, row: dict[str, str]) -> Iterator[HourPrice]:
        yield HourPrice(from_ms(ms), cells.positive(row["price"]))
        gaps.count(line, ms)

    yield from read_ticks(source, rows, tick)


FORMATS = RecordingFormats(
    [RecordingFormat("hour prices", frozenset({"prices"}), _read, columns=_NAMES, keys=_NAMES)]
)
