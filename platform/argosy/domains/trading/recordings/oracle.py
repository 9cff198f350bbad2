"""Ticks of the price stream that settles the markets (Chainlink), about one per second."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from argosy.core.clock import from_ms
from argosy.domains.trading.recordings.tick import PriceTick
from argosy.venuekit.recordings import cells
from argosy.venuekit.recordings.source import RecordingSource
from argosy.venuekit.recordings.timed_rows import GapCounter, TimedRows, read_ticks

COLUMNS = frozenset({"feed_ts_ms", "value"})
GAP_MS = 60_000
_SCALE = Decimal(10) ** -18


def read(source: RecordingSource) -> Iterator[tuple[int, PriceTick]]:
    """Read `full_accuracy_value` if present, else `value`.

    `full_accuracy_value` is USD × 10^18, an integer too large for a machine word.
    """
    names = source.header()
    feed, value = names.index("feed_ts_ms"), names.index("value")
    exact = names.index("full_accuracy_value") if "full_accuracy_value" in names else None
    received = names.index("recv_ms") if "recv_ms" in names else feed
    symbol = source.symbol or "BTC/USD"
    origin = source.venue or "chainlink"
    rows = TimedRows(
        source,
        RecordingSource.rows,
        lambda row: max(cells.milliseconds(row[received]), cells.milliseconds(row[feed])),
    )
    gaps = GapCounter(source, GAP_MS)

    def price(line: int, seen_ms: int, row: list[str]) -> Iterator[PriceTick]:
        feed_ms = cells.milliseconds(row[feed])
        scaled = row[exact] if exact is not None else ""
        found = cells.whole(scaled) * _SCALE if scaled else cells.number(row[value])
        yield PriceTick(from_ms(seen_ms), origin, symbol, cells.positive(found), from_ms(feed_ms))
        gaps.count(line, feed_ms)

    yield from read_ticks(source, rows, price)
