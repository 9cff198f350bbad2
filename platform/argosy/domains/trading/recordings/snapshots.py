"""Best levels with their depth and a spot price, every two or three seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal

from argosy.core.clock import from_ms
from argosy.domains.trading.recordings.checks import check_pair
from argosy.domains.trading.recordings.file_names import LENGTHS_S, asset_of
from argosy.domains.trading.recordings.quotes import price_or_none
from argosy.domains.trading.recordings.tick import PriceTick, QuoteTick
from argosy.venuekit.recordings import cells
from argosy.venuekit.recordings.source import RecordingSource
from argosy.venuekit.recordings.timed_rows import TimedRows, read_ticks
from argosy.venuekit.recordings.windows import WindowGrid, window_length_s

COLUMNS = frozenset(
    {"timestamp", "time_remaining", "up_best_bid", "up_best_ask", "down_best_bid", "down_best_ask"}
)
_LENGTH_S = 300


def read(source: RecordingSource) -> Iterator[tuple[int, QuoteTick | PriceTick]]:
    """Read snapshots.

    Depths are the shares of the whole side, not those at the best price. They are an upper bound, and are used as
    the size.
    """
    names = source.header()
    at, left = names.index("timestamp"), names.index("time_remaining")
    rows = TimedRows(source, RecordingSource.rows, lambda row: cells.seconds(row[at]))
    grid = WindowGrid(source, window_length_s(source, _left(rows, left), _LENGTH_S, LENGTHS_S))

    def snapshot(line: int, ms: int, row: list[str]) -> Iterator[QuoteTick | PriceTick]:
        found = dict(zip(names, row, strict=True))
        left_s = cells.number(row[left])
        prices = [
            price_or_none(found[f"{side}_best_{what}"]) for side in ("up", "down") for what in ("bid", "ask")
        ]
        sizes = [
            _size(found.get(f"{side}_{what}_depth", "")) for side in ("up", "down") for what in ("bid", "ask")
        ]
        spot = cells.positive(found["btc_price"]) if found.get("btc_price") else None
        start_s = grid.end_s(line, ms, left_s, row) - grid.length_s
        slug = f"{asset_of(source)}-updown-{grid.length_s // 60}m-{start_s}"
        tick = QuoteTick(from_ms(ms), slug, prices[0], prices[1], prices[2], prices[3], *sizes)
        check_pair(source, line, tick)
        yield tick
        if spot is not None:
            yield PriceTick(from_ms(ms), "recorder", "BTC/USD", spot)

    yield from read_ticks(source, rows, snapshot)


def _left(rows: TimedRows[list[str]], left: int) -> Iterator[tuple[int, Decimal]]:
    for ms, row in rows.unsorted():
        with suppress(ValueError):
            yield ms, cells.number(row[left])


def _size(text: str) -> Decimal | None:
    value = cells.optional(text)
    return value if value is not None and value > 0 else None
