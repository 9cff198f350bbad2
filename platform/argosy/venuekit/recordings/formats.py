"""Formats of recordings, recognised by a file's content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

from argosy.core.exact_json import UnreadableJson, load_exact
from argosy.errors import InvalidInput
from argosy.venuekit.recordings.recording import Reader, Recording, T
from argosy.venuekit.recordings.source import RecordingSource


@dataclass(frozen=True, slots=True)
class RecordingFormat(Generic[T]):
    """Format of recordings.

    `columns` are required in a table's header, `keys` in the first JSON object. `accepts` judges a whole JSON
    document. `holds` names the kinds of tick.
    """

    name: str
    holds: frozenset[str]
    reader: Reader[T]
    columns: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    accepts: Callable[[Any], bool] | None = None


class RecordingFormats(Generic[T]):
    """Formats that a domain reads, the first match counts."""

    def __init__(self, formats: Sequence[RecordingFormat[T]]) -> None:
        self.formats = tuple(formats)

    def open(self, path: str | Path, *, venue: str | None = None, symbol: str | None = None) -> Recording[T]:
        """Open the recording in `path`, whatever its format; gzip is unpacked.

        `venue` and `symbol` name the source of rows if the file does not. Raises InvalidInput with the known
        formats if the content matches none.
        """
        source = RecordingSource.of(Path(path), venue, symbol)
        found = self._recognise(source)
        if found is None:
            start = source.head[:80].decode("utf-8", "replace").splitlines()
            raise InvalidInput(
                f"{source.path.name} is not a recording known here",
                expected="; ".join(dict.fromkeys(known.name for known in self.formats)),
                found=repr(start[0]) if start else "an empty file",
                remedy="give a file of one of these formats, plain or gzipped",
            )
        return Recording(source, found.name, found.holds, found.reader)

    def _recognise(self, source: RecordingSource) -> RecordingFormat[T] | None:
        text = source.beginning
        if source.parquet or text[:1] not in (b"{", b"["):
            return self._by_columns(source)
        first = _object(text.split(b"\n", 1)[0])
        if isinstance(first, dict):
            found = self._by(list(first), "keys")
            if found is not None:
                return found
        if b"\n" in text.rstrip() and isinstance(first, dict):
            return None  # lines of objects of an unknown format
        documents = [known for known in self.formats if known.accepts is not None]
        if not documents:
            return None
        value = source.document()
        return next((known for known in documents if known.accepts and known.accepts(value)), None)

    def _by_columns(self, source: RecordingSource) -> RecordingFormat[T] | None:
        """Return the format of a table. Raises InvalidInput if one of its columns appears twice."""
        names = source.header()
        found = self._by(names, "columns")
        twice = sorted(name for name in (found.columns if found else ()) if names.count(name) > 1)
        if twice:
            raise InvalidInput(
                f"the header of {source.path.name} has a column twice",
                expected="each column once",
                found=", ".join(twice),
                remedy="remove one of them: they may hold different values",
            )
        return found

    def _by(self, names: list[str], what: str) -> RecordingFormat[T] | None:
        given = frozenset(names)
        for known in self.formats:
            wanted: frozenset[str] = getattr(known, what)
            if wanted and wanted <= given:
                return known
        return None


def _object(line: bytes) -> Any:
    try:
        return load_exact(line)
    except UnreadableJson:
        return None
