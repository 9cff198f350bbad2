"""Best bid and ask of both tokens once a second. "call" is UP, "put" is DOWN."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation

from argosy.core.clock import from_ms
from argosy.domains.trading.recordings.checks import check_pair
from argosy.domains.trading.recordings.problems import RowProblem
from argosy.domains.trading.recordings.source import Source
from argosy.domains.trading.recordings.tick import QuoteTick

COLUMNS = frozenset({"timestamp_ms", "call_bid", "call_ask", "put_bid", "put_ask", "seconds_to_expiry"})
GAP_MS = 5_000
_ZERO, _ONE = Decimal(0), Decimal(1)
_LENGTHS = (300, 900, 3600)


def read(source: Source) -> Iterator[tuple[int, QuoteTick]]:
    """The window is what timestamp + seconds_to_expiry says, on the grid of its length.

    A bid of 0 and an ask of 1 are no prices a share can be dealt at: they stand for an empty side.
    """
    names = source.header()
    at = names.index("timestamp_ms")
    cells = [names.index(name) for name in ("call_bid", "call_ask", "put_bid", "put_ask")]
    expiry = names.index("seconds_to_expiry")
    length_s = window_length_s(source, at, expiry)
    prefix = f"{asset_of(source)}-updown-{length_s // 60}m-"
    last_ms = 0
    for line, row in source.rows():
        try:
            ms = int(row[at])
            up_bid, up_ask, down_bid, down_ask = (_price(row[cell]) for cell in cells)
            end_ms = ms + float(row[expiry]) * 1000
            moment = from_ms(ms)
        except (ValueError, IndexError, InvalidOperation, OverflowError):
            source.warnings.add(RowProblem.UNPARSEABLE, line, ",".join(row))
            continue
        end_s = round(end_ms / 60_000) * 60
        if abs(end_ms - end_s * 1000) > 2_000 or end_s % length_s:
            source.warnings.add(RowProblem.OFF_GRID, line, ",".join(row))
            end_s = -(-ms // (length_s * 1000)) * length_s
        if last_ms and ms - last_ms > GAP_MS:
            source.warnings.add(RowProblem.GAP, line, f"{(ms - last_ms) / 1000:.1f} s without a row")
        last_ms = ms
        tick = QuoteTick(moment, f"{prefix}{end_s - length_s}", up_bid, up_ask, down_bid, down_ask)
        check_pair(source, line, tick)
        yield line, tick


def window_length_s(source: Source, at: int, expiry: int) -> int:
    """The shortest usual length that holds every row's time to expiry, unless the file's name says which.

    Files that start late in a window are 15-minute ones: that is what such recordings are of.
    """
    named = re.search(r"(?<!\d)(\d{1,2})m(?![a-z])", source.name)
    if named and int(named[1]) * 60 in _LENGTHS:
        return int(named[1]) * 60
    longest = 0.0
    for _, row in source.rows():
        try:
            longest = max(longest, float(row[expiry]))
        except (ValueError, IndexError):
            continue
        if longest > _LENGTHS[1]:
            return _LENGTHS[2]
    return _LENGTHS[1]


def asset_of(source: Source) -> str:
    found = re.search(r"(?<![a-z])(btc|eth|sol|xrp)", source.name)
    return found[1] if found else "btc"


def price_or_none(text: str) -> Decimal | None:
    """None for an empty cell and for prices no share can be dealt at. Raises InvalidOperation, ValueError."""
    if not text:
        return None
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError(text)
    return value if _ZERO < value < _ONE else None


def _price(text: str) -> Decimal | None:
    if not text:
        raise ValueError("an empty cell")
    return price_or_none(text)


def moment_of(seconds: float) -> datetime:
    return from_ms(round(seconds * 1000))
