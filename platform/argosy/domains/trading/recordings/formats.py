"""Formats of recordings that trading reads, and the recognition of a file's format."""

from __future__ import annotations

from argosy.domains.trading.recordings import bars, books, ladder, markets, oracle, quotes, session, snapshots
from argosy.domains.trading.recordings.tick import Tick
from argosy.venuekit.recordings.formats import RecordingFormat, RecordingFormats


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


FORMATS: tuple[RecordingFormat[Tick], ...] = (
    RecordingFormat("one-second quotes (CSV)", _set("quotes"), quotes.read, columns=quotes.COLUMNS),
    RecordingFormat(
        "level-1 snapshots (CSV)", _set("quotes prices"), snapshots.read, columns=snapshots.COLUMNS
    ),
    RecordingFormat(
        "window outcomes (CSV)", _set("markets"), markets.read_outcomes, columns=markets.OUTCOME_COLUMNS
    ),
    RecordingFormat("oracle ticks (CSV)", _set("prices"), oracle.read, columns=oracle.COLUMNS),
    RecordingFormat(
        "book messages (Parquet)", _set("books"), books.read_table, columns=_set("slug raw_data")
    ),
    RecordingFormat("klines (Binance, 12 fields)", _set("prices"), bars.read_table, columns=bars.BINANCE),
    RecordingFormat("bars (Coinbase order)", _set("prices"), bars.read_table, columns=bars.COINBASE),
    RecordingFormat("bars (Kraken order)", _set("prices"), bars.read_table, columns=bars.KRAKEN),
    RecordingFormat("closes (CSV)", _set("prices"), bars.read_table, columns=bars.CLOSES),
    RecordingFormat(
        "book messages (JSON lines)", _set("books"), books.read_lines, keys=_set("slug raw_data")
    ),
    RecordingFormat(
        "book messages (JSON lines)", _set("books"), books.read_lines, keys=_set("asset_id bids asks")
    ),
    RecordingFormat(
        "session of raw messages (JSON lines)",
        _set("books prices markets"),
        session.read,
        keys=_set("source recv_wall_ts payload"),
    ),
    RecordingFormat(
        "Gamma markets (JSON lines)", _set("markets"), markets.read_lines, keys=_set("condition_id raw")
    ),
    RecordingFormat(
        "Gamma markets (JSON lines)", _set("markets"), markets.read_lines, keys=_set("clobTokenIds slug")
    ),
    RecordingFormat(
        "market digests (JSON lines)", _set("markets"), markets.read_digests, keys=_set("start_ts outcomes")
    ),
    RecordingFormat(
        "price ladder (JSON lines)",
        _set("quotes prices markets"),
        ladder.read,
        keys=_set("window_ts samples"),
    ),
    RecordingFormat(
        "window outcomes (JSON lines)", _set("markets"), ladder.read_outcomes, keys=_set("ts up_mid winner")
    ),
    RecordingFormat("bars (JSON)", _set("prices"), bars.read_document, accepts=bars.is_document),
    RecordingFormat(
        "market list (JSON)", _set("markets"), markets.read_document, accepts=markets.is_document
    ),
)

open_recording = RecordingFormats(FORMATS).open
"""Open a recording, whatever its format. Raises InvalidInput if the content matches none."""
