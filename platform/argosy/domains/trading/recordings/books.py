"""Raw book messages of the CLOB's market channel, as JSON lines or in a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from argosy.core.clock import from_ms
from argosy.domains.trading.recordings.checks import check_book
from argosy.domains.trading.recordings.problems import RowProblem
from argosy.domains.trading.recordings.source import Source
from argosy.domains.trading.recordings.tick import BookTick, Pair


def read_lines(source: Source) -> Iterator[tuple[int, BookTick]]:
    """The source flushed its buffers token by token, so lines are up to a minute out of order: sorted here.

    Lines are kept as text and parsed twice (first for the time alone), so that only the file itself is in memory.
    """
    order: list[tuple[int, int, bytes]] = []
    newest = 0
    for line, text in source.lines():
        try:
            ms = _received_ms(orjson.loads(text))
        except (orjson.JSONDecodeError, ValueError, TypeError, KeyError):
            source.warnings.add(RowProblem.UNPARSEABLE, line, text.decode("utf-8", "replace"))
            continue
        if ms < newest:
            source.warnings.add(RowProblem.TIME_BACKWARDS, line, f"{ms} after {newest} (ms)")
        newest = max(newest, ms)
        order.append((ms, line, text))
    order.sort(key=lambda entry: (entry[0], entry[1]))
    for _, line, text in order:
        yield from _ticks(source, line, orjson.loads(text))


def read_table(source: Source) -> Iterator[tuple[int, BookTick]]:
    """Parquet: `raw_data` is the message; the other columns repeat it."""
    names = source.header()
    raw, slug = names.index("raw_data"), names.index("slug")
    at = next((names.index(name) for name in ("timestamp", "recv_ts") if name in names), None)
    order: list[tuple[int, int, dict[str, Any]]] = []
    for line, row in source.rows():
        try:
            envelope: dict[str, Any] = {"slug": row[slug], "raw_data": orjson.loads(row[raw])}
            if at is not None:
                envelope["recv_ts"] = float(row[at])
            order.append((_received_ms(envelope), line, envelope))
        except (orjson.JSONDecodeError, ValueError, TypeError, KeyError, IndexError):
            source.warnings.add(RowProblem.UNPARSEABLE, line, ",".join(row))
    order.sort(key=lambda entry: (entry[0], entry[1]))
    for _, line, envelope in order:
        yield from _ticks(source, line, envelope)


def _ticks(source: Source, line: int, envelope: dict[str, Any]) -> Iterator[tuple[int, BookTick]]:
    try:
        tick = book_tick(
            envelope.get("raw_data", envelope), str(envelope.get("slug", "")), _received_ms(envelope)
        )
    except (ValueError, TypeError, KeyError, InvalidOperation, OverflowError):
        source.warnings.add(RowProblem.UNPARSEABLE, line, orjson.dumps(envelope).decode())
        return
    check_book(source, line, tick)
    yield line, tick


def _received_ms(envelope: Any) -> int:
    """Receipt, or the venue's time where that is later or the only one. Raises TypeError for what is no message."""
    if not isinstance(envelope, dict):
        raise TypeError("not an object")
    message = envelope.get("raw_data", envelope)
    if isinstance(message, str):
        message = orjson.loads(message)
        envelope["raw_data"] = message
    if not isinstance(message, dict):
        raise TypeError("not a message")
    venue = int(message["timestamp"]) if message.get("timestamp") else 0
    received = envelope.get("recv_ts")
    ms = max(venue, round(float(received) * 1000)) if received is not None else venue
    if ms <= 0:
        raise ValueError("no time at all")
    return ms


def book_tick(message: dict[str, Any], slug: str, received_ms: int) -> BookTick:
    """A `book` message. Raises ValueError, KeyError, TypeError, InvalidOperation when it is none."""
    venue_ms = int(message["timestamp"]) if message.get("timestamp") else None
    tick, last = message.get("tick_size"), message.get("last_trade_price")
    return BookTick(
        at=from_ms(max(received_ms, venue_ms or 0)),
        slug=slug,
        symbol=str(message["asset_id"]),
        bids=levels(message["bids"], descending=True),
        asks=levels(message["asks"], descending=False),
        venue_at=None if venue_ms is None else from_ms(venue_ms),
        condition_id=message.get("market"),
        digest=message.get("hash"),
        tick=Decimal(tick) if tick else None,
        last_trade_price=Decimal(last) if last else None,
    )


def levels(raw: list[dict[str, str]], *, descending: bool) -> list[Pair]:
    """Best first; the wire has the best last, and recordings are not always sorted."""
    found = [(Decimal(level["price"]), Decimal(level["size"])) for level in raw]
    found = [pair for pair in found if pair[1] > 0]
    found.sort(key=lambda pair: pair[0], reverse=descending)
    return found
