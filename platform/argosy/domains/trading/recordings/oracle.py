"""Ticks of the price stream that settles the markets (Chainlink), about one per second."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from argosy.core.clock import from_ms
from argosy.domains.trading.recordings.tick import PriceTick
from argosy.venuekit.recordings import cells
from argosy.venuekit.recordings.problems import RowProblem
from argosy.venuekit.recordings.source import RecordingSource
from argosy.venuekit.recordings.timed_rows import TimedRows

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
    last_ms = 0
    for line, seen_ms, row in rows:
        feed_ms = cells.milliseconds(row[feed])
        try:
            scaled = row[exact] if exact is not None else ""
            price = cells.whole(scaled) * _SCALE if scaled else cells.number(row[value])
            tick = PriceTick(from_ms(seen_ms), origin, symbol, cells.positive(price), from_ms(feed_ms))
        except ValueError:
            source.unparseable(line, row)
            continue
        if last_ms and feed_ms - last_ms > GAP_MS:
            source.warnings.add(RowProblem.GAP, line, f"{(feed_ms - last_ms) / 1000:.0f} s without a tick")
        last_ms = feed_ms
        yield line, tick
