"""Bars of traded prices in the layouts of Binance, Coinbase and Kraken, or closes alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from argosy.core.clock import from_ms, to_ms
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.recordings.problems import RowProblem
from argosy.domains.trading.recordings.source import Source
from argosy.domains.trading.recordings.tick import PriceTick

BINANCE = frozenset({"open_time", "open", "high", "low", "close", "volume", "close_time"})
COINBASE = frozenset({"start", "low", "high", "open", "close", "volume"})
KRAKEN = frozenset({"timestamp", "open", "high", "low", "close"})
CLOSES = frozenset({"ts", "close"})
_FIELDS = ("open", "high", "low", "close", "volume")
_TIMES = ("open_time", "start", "ts", "timestamp")
_BASES = "btc|xbt|eth|sol|xrp|usdt|usdc"
_PAIR = re.compile(rf"(?<![a-z])({_BASES})[-_/]?(usdt|usdc|usd|eur)(?![a-z])")
_VENUE = re.compile(r"binance|coinbase|kraken|bitstamp|okx|bybit")
_DEFAULT_S = 60


def read_table(source: Source) -> Iterator[tuple[int, PriceTick]]:
    """CSV or Parquet, columns found by name: Coinbase's order (low before high) is no trap."""
    names = source.header()
    time = names.index(next(name for name in _TIMES if name in names))
    cells = [names.index(name) if name in names else None for name in _FIELDS]
    rows = (
        (line, row[time], [row[cell] if cell is not None else None for cell in cells])
        for line, row in source.rows()
        if _wide_enough(source, line, row, time, cells)
    )
    yield from _ticks(source, rows, default_symbol="BTC/USD")


def is_document(value: Any) -> bool:
    """`{data: [{timestamp, close, …}]}`, a list of such, or Binance's own list of 12-item lists."""
    rows = value.get("data") if isinstance(value, dict) else value
    if not isinstance(rows, list) or not rows:
        return False
    first = rows[0]
    if isinstance(first, dict):
        return "close" in first and any(name in first for name in _TIMES)
    return isinstance(first, list) and len(first) >= 6


def read_document(source: Source) -> Iterator[tuple[int, PriceTick]]:
    value = source.document()
    metadata = value.get("metadata") if isinstance(value, dict) else None
    if isinstance(metadata, dict):
        source.venue = source.venue or _text(metadata.get("source"))
        source.symbol = source.symbol or unified(_text(metadata.get("symbol")) or "")
    entries = value["data"] if isinstance(value, dict) else value
    yield from _ticks(source, _entries(source, entries), default_symbol="BTC/USDT")


def unified(name: str) -> str | None:
    """`BTCUSDT`, `btc-usd`, `XBT/USD` → `BTC/USDT`, `BTC/USD`."""
    found = _PAIR.search(name.lower())
    if found is None:
        return None
    base = "btc" if found[1] == "xbt" else found[1]
    return f"{base}/{found[2]}".upper()


def _entries(source: Source, entries: Sequence[Any]) -> Iterator[tuple[int, Any, list[Any]]]:
    for line, entry in enumerate(entries, 1):
        if isinstance(entry, dict):
            time = next((entry[name] for name in _TIMES if name in entry), None)
            yield line, time, [entry.get(name) for name in _FIELDS]
        elif isinstance(entry, list) and len(entry) >= 6:
            yield line, entry[0], entry[1:6]
        else:
            source.warnings.add(RowProblem.UNPARSEABLE, line, entry)


def _ticks(
    source: Source, rows: Iterator[tuple[int, Any, list[Any]]], *, default_symbol: str
) -> Iterator[tuple[int, PriceTick]]:
    """A bar's price is known at its end: the length is the least step between two bars seen first."""
    origin = source.venue or next(iter(_VENUE.findall(source.name)), "recorded")
    symbol = source.symbol or unified(source.name) or default_symbol
    head: list[tuple[int, int, Candle]] = []
    length_s = 0
    last_ms = 0
    for line, time, values in rows:
        try:
            ms = _milliseconds(time)
            bar = _candle(ms, values)
        except (ValueError, TypeError, InvalidOperation, OverflowError):
            source.warnings.add(RowProblem.UNPARSEABLE, line, f"{time}, {values}")
            continue
        if last_ms and length_s and ms - last_ms > length_s * 1000:
            source.warnings.add(RowProblem.GAP, line, f"{(ms - last_ms) // 1000} s between bars")
        last_ms = ms
        if length_s:
            yield line, _tick(ms, bar, length_s, origin, symbol)
            continue
        head.append((line, ms, bar))
        if len(head) == 16:
            length_s = _length_s(head)
            yield from ((one, _tick(start, early, length_s, origin, symbol)) for one, start, early in head)
            head = []
    length_s = length_s or _length_s(head)
    yield from ((one, _tick(start, early, length_s, origin, symbol)) for one, start, early in head)


def _tick(ms: int, bar: Candle, length_s: int, origin: str, symbol: str) -> PriceTick:
    end = from_ms(ms + length_s * 1000)
    return PriceTick(end, origin, symbol, bar.close, venue_at=end, candle=bar, interval_s=length_s)


def _length_s(head: list[tuple[int, int, Candle]]) -> int:
    steps = [b[1] - a[1] for a, b in pairwise(head) if b[1] > a[1]]
    return min(steps) // 1000 if steps and min(steps) >= 1000 else _DEFAULT_S


def _candle(ms: int, values: list[Any]) -> Candle:
    """Closes alone make a flat bar of unknown (0) volume."""
    close = _positive(values[3])
    first, high, low = (close if value in (None, "") else _positive(value) for value in values[:3])
    volume = Decimal(0) if values[4] in (None, "") else Decimal(str(values[4]))
    if not low <= min(first, close) <= max(first, close) <= high or not volume.is_finite() or volume < 0:
        raise ValueError("not a bar")
    return Candle(at=from_ms(ms), open=first, high=high, low=low, close=close, volume=volume)


def _positive(value: Any) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite() or number <= 0:
        raise ValueError(value)
    return number


def _milliseconds(value: Any) -> int:
    """Unix seconds, milliseconds or microseconds, or ISO-8601 (UTC unless it says otherwise)."""
    text = str(value).strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        number = Decimal(text)
        for limit, factor in ((10**11, 1000), (10**14, 1), (10**17, Decimal("0.001"))):
            if number < limit:
                return int(number * factor)
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    return to_ms(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


def _wide_enough(source: Source, line: int, row: list[str], time: int, cells: list[int | None]) -> bool:
    if len(row) > max(time, *(cell for cell in cells if cell is not None)):
        return True
    source.warnings.add(RowProblem.UNPARSEABLE, line, ",".join(row))
    return False


def _text(value: Any) -> str | None:
    return value.lower() if isinstance(value, str) and value else None
