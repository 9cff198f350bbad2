"""A recording's file as lines, rows or a document, plain or packed."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from argosy.core.exact_json import UnreadableJson, load_exact, without_mark
from argosy.errors import InvalidInput
from argosy.venuekit.recordings.problems import RecordingWarnings, RowProblem, UnreadableRow

_HEAD_BYTES = 262_144
_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"


@dataclass(slots=True)
class RecordingSource:
    """One file. `venue` and `symbol`, if given, override the names in file and content."""

    path: Path
    venue: str | None = None
    symbol: str | None = None
    head: bytes = b""
    packed: bool = False
    warnings: RecordingWarnings = field(default_factory=RecordingWarnings)

    @classmethod
    def of(cls, path: Path, venue: str | None, symbol: str | None) -> RecordingSource:
        """Open a file. Raises InvalidInput if it is unreadable."""
        try:
            with path.open("rb") as file:
                packed = file.read(2) == _GZIP
            source = cls(path, venue, symbol, packed=packed)
            with source.open() as stream:
                source.head = _head(stream)
        except (OSError, EOFError, zlib.error) as error:
            raise InvalidInput(
                f"the recording {path.name} cannot be read",
                expected="a readable file, plain or gzipped",
                found=f"{type(error).__name__}: {error}",
            ) from None
        return source

    @property
    def parquet(self) -> bool:
        return self.head[:4] == _PARQUET

    @property
    def beginning(self) -> bytes:
        """Beginning of the text, without a byte-order mark and blanks."""
        return self.head.lstrip(b"\xef\xbb\xbf \t\r\n")

    @property
    def name(self) -> str:
        return self.path.name.lower()

    def open(self) -> BinaryIO:
        if self.packed:
            return cast("BinaryIO", gzip.open(self.path, "rb"))
        return self.path.open("rb")

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield line numbers from 1 and lines, without blank ones.

        A truncated archive ends early, with a warning.
        """
        number = 0
        try:
            with self.open() as stream:
                for number, line in enumerate(stream, 1):
                    text = without_mark(line)
                    if text and not text.isspace():
                        yield number, text
        except (OSError, EOFError, zlib.error) as error:
            self.warnings.add(RowProblem.UNPARSEABLE, number + 1, f"the file ends early: {error}")

    def json_lines(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield JSON objects, one per line; other lines are counted as unparseable."""
        for number, line in self.lines():
            try:
                yield number, json_object(line)
            except ValueError:
                self.unparseable(number, line)

    def records(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield line numbers and rows by name: JSON lines, or the rows of a table as text."""
        if self.beginning[:1] == b"{":
            yield from self.json_lines()
            return
        names = self.header()
        for number, row in self.rows():
            yield number, dict(zip(names, row, strict=True))

    def document(self) -> Any:
        """Return the whole file as one JSON value. Raises InvalidInput."""
        try:
            with self.open() as stream:
                return load_exact(stream.read())
        except (OSError, EOFError, zlib.error, UnreadableJson) as error:
            raise InvalidInput(
                f"the recording {self.path.name} is not JSON", expected="one JSON document", found=str(error)
            ) from None

    def unparseable(self, line: int, row: object) -> None:
        """Count an unreadable row, with its text as the example."""
        if isinstance(row, bytes):
            row = row.decode("utf-8", "replace")
        elif isinstance(row, list) and all(isinstance(cell, str) for cell in row):
            row = ",".join(row)
        elif not isinstance(row, str):
            row = json.dumps(row, default=str)
        self.warnings.add(RowProblem.UNPARSEABLE, line, row)

    def header(self) -> list[str]:
        """Return the lower-case column names of a CSV or Parquet file; empty for other files."""
        if self.parquet:
            from pyarrow import parquet

            try:
                return [str(name).lower() for name in parquet.read_schema(self.path).names]
            except (OSError, ValueError) as error:
                raise InvalidInput(
                    f"the recording {self.path.name} is a broken Parquet file",
                    expected="a whole file",
                    found=str(error)[:200],
                ) from None
        first = self.head.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip()
        return [name.strip().lower() for name in next(csv.reader([first]), [])]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield line numbers and cells of a CSV without its header, or of a Parquet file as text.

        A row with more or fewer cells than the header is unparseable: the column of a cell is unknown.
        """
        if self.parquet:
            yield from self._parquet_rows()
            return
        number = 1
        try:
            with self.open() as stream:
                reader = csv.reader(io.TextIOWrapper(stream, "utf-8-sig", errors="replace", newline=""))
                width = len(next(reader, []))
                number = reader.line_num + 1
                for row in reader:
                    if len(row) == width:
                        yield number, row
                    elif row:
                        self.unparseable(number, row)
                    number = reader.line_num + 1
        except (OSError, EOFError, zlib.error, csv.Error) as error:
            self.warnings.add(RowProblem.UNPARSEABLE, number, f"the file ends early: {error}")

    def _parquet_rows(self) -> Iterator[tuple[int, list[str]]]:
        from pyarrow import parquet

        number = 0
        try:
            with parquet.ParquetFile(self.path) as file:
                for batch in file.iter_batches(batch_size=4096):
                    columns = [column.to_pylist() for column in batch.columns]
                    for cells in zip(*columns, strict=True):
                        number += 1
                        yield number, ["" if cell is None else str(cell) for cell in cells]
        except (OSError, ValueError) as error:
            self.warnings.add(RowProblem.UNPARSEABLE, number + 1, f"the file ends early: {error}")


def _head(stream: BinaryIO) -> bytes:
    """Return as much of the beginning as can be read: archives may be truncated."""
    found = b""
    try:
        while len(found) < _HEAD_BYTES and (part := stream.read(8192)):
            found += part
    except (EOFError, zlib.error):
        if not found:
            raise
    return found


def json_object(text: bytes | str) -> dict[str, Any]:
    """Return one JSON object. Raises ValueError for any other value."""
    value = load_exact(text)
    if not isinstance(value, dict):
        raise UnreadableRow("not an object")
    return value
