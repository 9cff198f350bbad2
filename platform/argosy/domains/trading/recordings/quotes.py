"""Best bid and ask of both tokens once per second. "call" is UP, "put" is DOWN."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal

from argosy.core.clock import from_ms
from argosy.domains.trading.recordings.checks import check_pair
from argosy.domains.trading.recordings.file_names import LENGTHS_S, asset_of
from argosy.domains.trading.recordings.tick import QuoteTick
from argosy.venuekit.recordings import cells
from argosy.venuekit.recordings.problems import UnreadableRow
from argosy.venuekit.recordings.source import RecordingSource
from argosy.venuekit.recordings.timed_rows import GapCounter, TimedRows, read_ticks
from argosy.venuekit.recordings.windows import WindowGrid, window_length_s

COLUMNS = frozenset({"timestamp_ms", "call_bid", "call_ask", "put_bid", "put_ask", "seconds_to_expiry"})
GAP_MS = 5_000
_LENGTH_S = 900
_ZERO, _ONE = Decimal(0), Decimal(1)


def read(source: RecordingSource) -> Iterator[tuple[int, QuoteTick]]:
    """Read quotes.

    The window follows from timestamp + seconds_to_expiry, on the grid of its length. A bid of 0 and an ask of 1
    mean an empty side: no share can trade at them.
    """
    names = source.header()
    at, expiry = names.index("timestamp_ms"), names.index("seconds_to_expiry")
    prices = [names.index(name) for name in ("call_bid", "call_ask", "put_bid", "put_ask")]
    rows = TimedRows(source, RecordingSource.rows, lambda row: cells.milliseconds(row[at]))
    grid = WindowGrid(source, window_length_s(source, _left(rows, expiry), _LENGTH_S, LENGTHS_S))
    minutes = grid.length_s // 60
    gaps = GapCounter(source, GAP_MS)

    def quote(line: int, ms: int, row: list[str]) -> Iterator[QuoteTick]:
        up_bid, up_ask, down_bid, down_ask = (_price(row[cell]) for cell in prices)
        start_s = grid.end_s(line, ms, cells.number(row[expiry]), row) - grid.length_s
        gaps.count(line, ms)
        slug = f"{asset_of(source)}-updown-{minutes}m-{start_s}"
        tick = QuoteTick(from_ms(ms), slug, up_bid, up_ask, down_bid, down_ask)
        check_pair(source, line, tick)
        yield tick

    yield from read_ticks(source, rows, quote)


def price_or_none(text: str) -> Decimal | None:
    """Return the price; None for an empty cell and for impossible prices. Raises ValueError."""
    value = cells.optional(text)
    return value if value is not None and _ZERO < value < _ONE else None


def _left(rows: TimedRows[list[str]], expiry: int) -> Iterator[tuple[int, Decimal]]:
    for ms, row in rows.unsorted():
        with suppress(ValueError):
            yield ms, cells.number(row[expiry])


def _price(text: str) -> Decimal | None:
    if not text:
        raise UnreadableRow("an empty cell")
    return price_or_none(text)
