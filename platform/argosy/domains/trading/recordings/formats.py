"""Recognition of a recording's format by its content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argosy.core.exact_json import UnreadableJson, load_exact
from argosy.domains.trading.recordings import bars, books, ladder, markets, oracle, quotes, session, snapshots
from argosy.errors import InvalidInput
from argosy.venuekit.recordings.recording import Reader, Recording
from argosy.venuekit.recordings.source import RecordingSource


@dataclass(frozen=True, slots=True)
class Format:
    """Format of recordings.

    `columns` are required in a table's header, `keys` in the first JSON object.
    """

    name: str
    holds: frozenset[str]
    reader: Reader
    columns: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    accepts: Callable[[Any], bool] | None = None


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


FORMATS: tuple[Format, ...] = (
    Format("one-second quotes (CSV)", _set("quotes"), quotes.read, columns=quotes.COLUMNS),
    Format("level-1 snapshots (CSV)", _set("quotes prices"), snapshots.read, columns=snapshots.COLUMNS),
    Format("window outcomes (CSV)", _set("markets"), markets.read_outcomes, columns=markets.OUTCOME_COLUMNS),
    Format("oracle ticks (CSV)", _set("prices"), oracle.read, columns=oracle.COLUMNS),
    Format("book messages (Parquet)", _set("books"), books.read_table, columns=_set("slug raw_data")),
    Format("klines (Binance, 12 fields)", _set("prices"), bars.read_table, columns=bars.BINANCE),
    Format("bars (Coinbase order)", _set("prices"), bars.read_table, columns=bars.COINBASE),
    Format("bars (Kraken order)", _set("prices"), bars.read_table, columns=bars.KRAKEN),
    Format("closes (CSV)", _set("prices"), bars.read_table, columns=bars.CLOSES),
    Format("book messages (JSON lines)", _set("books"), books.read_lines, keys=_set("slug raw_data")),
    Format("book messages (JSON lines)", _set("books"), books.read_lines, keys=_set("asset_id bids asks")),
    Format(
        "session of raw messages (JSON lines)",
        _set("books prices markets"),
        session.read,
        keys=_set("source recv_wall_ts payload"),
    ),
    Format("Gamma markets (JSON lines)", _set("markets"), markets.read_lines, keys=_set("condition_id raw")),
    Format("Gamma markets (JSON lines)", _set("markets"), markets.read_lines, keys=_set("clobTokenIds slug")),
    Format(
        "market digests (JSON lines)", _set("markets"), markets.read_digests, keys=_set("start_ts outcomes")
    ),
    Format(
        "price ladder (JSON lines)",
        _set("quotes prices markets"),
        ladder.read,
        keys=_set("window_ts samples"),
    ),
    Format(
        "window outcomes (JSON lines)", _set("markets"), ladder.read_outcomes, keys=_set("ts up_mid winner")
    ),
    Format("bars (JSON)", _set("prices"), bars.read_document, accepts=bars.is_document),
    Format("market list (JSON)", _set("markets"), markets.read_document, accepts=markets.is_document),
)


def open_recording(path: str | Path, *, venue: str | None = None, symbol: str | None = None) -> Recording:
    """Open the recording in `path`, whatever its format; gzip is unpacked.

    `venue` and `symbol` ("BTC/USD") name the source of bars if the file does not. Raises InvalidInput with the
    known formats if the content matches none.
    """
    source = RecordingSource.of(Path(path), venue, symbol)
    found = _recognise(source)
    if found is None:
        start = source.head[:80].decode("utf-8", "replace").splitlines()
        raise InvalidInput(
            f"{source.path.name} is not a recording known here",
            expected="; ".join(dict.fromkeys(known.name for known in FORMATS)),
            found=repr(start[0]) if start else "an empty file",
            remedy="give a file of one of these formats, plain or gzipped",
        )
    return Recording(source, found.name, found.holds, found.reader)


def _recognise(source: RecordingSource) -> Format | None:
    text = source.head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if source.parquet or text[:1] not in (b"{", b"["):
        return _by_columns(source)
    first = _object(text.split(b"\n", 1)[0])
    if isinstance(first, dict):
        found = _by(list(first), "keys")
        if found is not None:
            return found
    if b"\n" in text.rstrip() and isinstance(first, dict):
        return None  # lines of objects of an unknown format
    value = source.document()
    return next((known for known in FORMATS if known.accepts is not None and known.accepts(value)), None)


def _by_columns(source: RecordingSource) -> Format | None:
    """Return the format of a table. Raises InvalidInput if one of its columns appears twice."""
    names = source.header()
    found = _by(names, "columns")
    twice = sorted(name for name in (found.columns if found else ()) if names.count(name) > 1)
    if twice:
        raise InvalidInput(
            f"the header of {source.path.name} has a column twice",
            expected="each column once",
            found=", ".join(twice),
            remedy="remove one of them: they may hold different values",
        )
    return found


def _by(names: list[str], what: str) -> Format | None:
    given = frozenset(names)
    for known in FORMATS:
        wanted: frozenset[str] = getattr(known, what)
        if wanted and wanted <= given:
            return known
    return None


def _object(line: bytes) -> Any:
    try:
        return load_exact(line)
    except UnreadableJson:
        return None
