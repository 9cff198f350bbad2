"""Raw messages of the CLOB's market channel, as JSON lines or in a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from argosy.core.exact_json import load_exact
from argosy.domains.trading.recordings.messages import MarketChannel, venue_ms
from argosy.domains.trading.recordings.tick import BookTick, TickSizeTick
from argosy.venuekit.recordings import cells
from argosy.venuekit.recordings.problems import BROKEN, UnreadableRow
from argosy.venuekit.recordings.source import RecordingSource, json_object
from argosy.venuekit.recordings.timed_rows import TimedRows

_Found = tuple[int, BookTick | TickSizeTick]


def read_lines(source: RecordingSource) -> Iterator[_Found]:
    """Read JSON lines.

    Recorders flush their buffers token by token, so lines are up to a minute out of order. Lines are kept as text
    and parsed twice, first for the time only. So at most the file itself is in memory.
    """
    channel = MarketChannel(source)
    for line, ms, text in TimedRows(
        source, RecordingSource.lines, lambda text: _received_ms(json_object(text))
    ):
        yield from _ticks(source, channel, line, ms, json_object(text))


def read_table(source: RecordingSource) -> Iterator[_Found]:
    """Read Parquet: `raw_data` is the message; the other columns repeat it."""
    names = source.header()
    raw, slug = names.index("raw_data"), names.index("slug")
    at = next((names.index(name) for name in ("timestamp", "recv_ts") if name in names), None)

    def envelope(row: list[str]) -> dict[str, Any]:
        received = {} if at is None else {"recv_ts": row[at]}
        return {"slug": row[slug], "raw_data": load_exact(row[raw]), **received}

    channel = MarketChannel(source)
    for line, ms, row in TimedRows(source, RecordingSource.rows, lambda row: _received_ms(envelope(row))):
        yield from _ticks(source, channel, line, ms, envelope(row))


def _ticks(
    source: RecordingSource, channel: MarketChannel, line: int, ms: int, envelope: Mapping[str, Any]
) -> Iterator[_Found]:
    try:
        found = list(channel.ticks(line, _message(envelope), ms, str(envelope.get("slug") or "")))
    except BROKEN:
        source.unparseable(line, envelope)
        return
    for tick in found:
        yield line, tick


def _received_ms(envelope: Mapping[str, Any]) -> int:
    """Return the time of receipt, or the venue's time if later or the only one.

    Raises ValueError without any time.
    """
    venue = venue_ms(_message(envelope)) or 0
    received = envelope.get("recv_ts")
    ms = venue if received is None else max(venue, cells.seconds(received))
    if not ms:
        raise UnreadableRow("no time at all")
    return ms


def _message(envelope: Mapping[str, Any]) -> Mapping[str, Any]:
    message = envelope.get("raw_data", envelope)
    if isinstance(message, str):
        message = load_exact(message)
    if not isinstance(message, Mapping):
        raise UnreadableRow("not a message")
    return message
