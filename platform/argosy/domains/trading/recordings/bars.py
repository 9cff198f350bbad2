"""Bars of traded prices in the layouts of Binance, Coinbase and Kraken, or closes alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from argosy.core.clock import from_ms, to_ms
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.recordings.tick import PriceTick
from argosy.venuekit.recordings import cells
from argosy.venuekit.recordings.intervals import Interval
from argosy.venuekit.recordings.problems import RowProblem, UnreadableRow
from argosy.venuekit.recordings.source import RecordingSource
from argosy.venuekit.recordings.timed_rows import TimedRows

BINANCE = frozenset({"open_time", "open", "high", "low", "close", "volume", "close_time"})
COINBASE = frozenset({"start", "low", "high", "open", "close", "volume"})
KRAKEN = frozenset({"timestamp", "open", "high", "low", "close"})
CLOSES = frozenset({"ts", "close"})
_FIELDS = ("open", "high", "low", "close", "volume")
_TIMES = ("open_time", "start", "ts", "timestamp")
_ENDS = ("close_time", "closetime", "closeTime")
_BASES = "btc|xbt|eth|sol|xrp|usdt|usdc"
_PAIR = re.compile(rf"(?<![a-z])({_BASES})[-_/]?(usdt|usdc|usd|eur)(?![a-z])")
_VENUE = re.compile(r"binance|coinbase|kraken|bitstamp|okx|bybit")
_UNIX = re.compile(r"\d[\d.]*([eE][+-]?\d+)?", re.ASCII)
_UNITS = ((10**11, cells.seconds), (10**14, cells.milliseconds))
"""Upper limits of times by unit; greater times are microseconds."""

_Bar = list[Any]
"""Start, end (or None), open, high, low, close, volume, as written in the file."""


def read_table(source: RecordingSource) -> Iterator[tuple[int, PriceTick]]:
    """Read CSV or Parquet, with columns found by name.

    Coinbase's order (low before high) is therefore no problem.
    """
    names = source.header()
    start = names.index(next(name for name in _TIMES if name in names))
    places = [
        start,
        *(names.index(name) if name in names else None for name in (_end_of(names), *_FIELDS)),
    ]

    def bars(opened: RecordingSource) -> Iterator[tuple[int, _Bar]]:
        for line, row in opened.rows():
            yield line, ["" if place is None else row[place] for place in places]

    yield from _ticks(source, TimedRows(source, bars, _start_ms), default_symbol="BTC/USD")


def is_document(value: Any) -> bool:
    """Return True for `{data: [{timestamp, close, …}]}`, a list of such, or Binance's lists.

    Binance's own format is a list of 12-item lists.
    """
    rows = value.get("data") if isinstance(value, dict) else value
    if not isinstance(rows, list) or not rows:
        return False
    first = rows[0]
    if isinstance(first, dict):
        return "close" in first and any(name in first for name in _TIMES)
    return isinstance(first, list) and len(first) >= 6


def read_document(source: RecordingSource) -> Iterator[tuple[int, PriceTick]]:
    value = source.document()
    metadata = value.get("metadata") if isinstance(value, dict) else None
    if isinstance(metadata, dict):
        source.venue = source.venue or _text(metadata.get("source"))
        source.symbol = source.symbol or unified_pair(_text(metadata.get("symbol")) or "")
    entries = value["data"] if isinstance(value, dict) else value
    rows = TimedRows(source, lambda opened: _entries(opened, entries), _start_ms)
    yield from _ticks(source, rows, default_symbol="BTC/USDT")


def unified_pair(name: str) -> str | None:
    """Return the unified pair: `BTCUSDT`, `btc-usd`, `XBT/USD` → `BTC/USDT`, `BTC/USD`."""
    found = _PAIR.search(name.lower())
    if found is None:
        return None
    base = "btc" if found[1] == "xbt" else found[1]
    return f"{base}/{found[2]}".upper()


def _entries(source: RecordingSource, entries: Sequence[Any]) -> Iterator[tuple[int, _Bar]]:
    for line, entry in enumerate(entries, 1):
        if isinstance(entry, dict):
            start = next((entry[name] for name in _TIMES if name in entry), None)
            yield line, [start, entry.get(_end_of(entry)), *(entry.get(name) for name in _FIELDS)]
        elif isinstance(entry, list) and len(entry) >= 6:
            # Binance's own lists have the end of the bar in seventh place.
            yield line, [entry[0], entry[6] if len(entry) > 6 else None, *entry[1:6]]
        else:
            source.unparseable(line, entry)


def _end_of(names: Any) -> str:
    return next((name for name in _ENDS if name in names), _ENDS[0])


def _ticks(
    source: RecordingSource, rows: TimedRows[_Bar], *, default_symbol: str
) -> Iterator[tuple[int, PriceTick]]:
    """Yield the prices of bars.

    A bar's price is known when the bar has ended, never before.
    """
    origin = source.venue or next(iter(_VENUE.findall(source.name)), "recorded")
    symbol = source.symbol or unified_pair(source.name) or default_symbol
    interval = Interval(source, _spans(rows))
    length_s = max(1, interval.length_ms // 1000)
    last_ms = 0
    for line, ms, values in rows:
        try:
            bar = _candle(ms, values[2:])
            end_ms = interval.end_ms(line, ms, _close_ms(values[1]))
        except ValueError:
            source.unparseable(line, values)
            continue
        if last_ms and ms - last_ms > interval.length_ms:
            source.warnings.add(RowProblem.GAP, line, f"{(ms - last_ms) // 1000} s between bars")
        last_ms = ms
        end = from_ms(end_ms)
        yield line, PriceTick(end, origin, symbol, bar.close, venue_at=end, candle=bar, interval_s=length_s)


def _spans(rows: TimedRows[_Bar]) -> Iterator[tuple[int, int | None]]:
    for start_ms, values in rows.unsorted():
        close_ms = None
        with suppress(ValueError):
            close_ms = _close_ms(values[1])
        yield start_ms, close_ms


def _candle(ms: int, values: list[Any]) -> Candle:
    """Return a bar; closes alone make a flat bar of unknown (0) volume."""
    close = cells.positive(values[3])
    first, high, low = (close if value in (None, "") else cells.positive(value) for value in values[:3])
    volume = cells.optional(values[4]) or Decimal(0)
    if not low <= min(first, close) <= max(first, close) <= high or volume < 0:
        raise UnreadableRow("not a bar")
    return Candle(at=from_ms(ms), open=first, high=high, low=low, close=close, volume=volume)


def _start_ms(values: _Bar) -> int:
    return _milliseconds(values[0])


def _close_ms(value: Any) -> int | None:
    """Return the end of a bar.

    Venues write its last millisecond, or its last second.
    """
    if value in (None, "", 0, "0"):
        return None
    ms = _milliseconds(value)
    return ms + 1 if ms % 1000 == 999 else ms


def _milliseconds(value: Any) -> int:
    """Read Unix seconds, milliseconds or microseconds, or ISO-8601.

    An ISO-8601 time without a zone counts as UTC.
    """
    text = str(value).strip()
    if _UNIX.fullmatch(text):
        found = cells.number(text)
        read = next((read for limit, read in _UNITS if found < limit), cells.microseconds)
        return read(text)
    moment = datetime.fromisoformat(text)
    return cells.in_range(to_ms(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)))


def _text(value: Any) -> str | None:
    return value.lower() if isinstance(value, str) and value else None
