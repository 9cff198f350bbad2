"""Write log lines to console and files.

A sink that cannot write (disk full, folder gone) drops lines silently and tries again.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from argosy.infrastructure.logging import redact
from argosy.infrastructure.private import append_privately, private_folder
from argosy.text import clean_line, clean_text, escape_json

if TYPE_CHECKING:
    from loguru import Message, Record

CONTEXT = ("correlation_id", "bot", "strategy", "run", "node")


class SafeStream:
    """Console output. A closed pipe or a full disk loses the line, never the process."""

    def __init__(self, stream: IO[str], *, json_lines: bool) -> None:
        self.stream = stream
        self.json_lines = json_lines
        self.colour = not json_lines and stream.isatty()
        self.lost = 0

    def __call__(self, message: Message) -> None:
        line = as_json(message.record) if self.json_lines else as_text(message.record, colour=self.colour)
        try:
            self.stream.write(line)
            self.stream.flush()
        except (OSError, ValueError):
            self.lost += 1


class SafeFile:
    """Log file rotated by size; after a failed write it is tried again every `retry_s` seconds.

    The first line after a failure has the number of lost lines.
    """

    def __init__(
        self, path: Path, *, max_bytes: int = 20_000_000, keep: int = 5, retry_s: float = 5.0
    ) -> None:
        self.path = path
        self.max_bytes = max_bytes
        self.keep = keep
        self.retry_s = retry_s
        self.lost = 0
        self._file: IO[bytes] | None = None
        self._retry_at = 0.0

    def write(self, line: bytes) -> None:
        """Append one line. Never raises an error of the file system."""
        if self._file is None and time.monotonic() < self._retry_at:
            self.lost += 1
            return
        try:
            file = self._open()
            if self.lost:
                file.write(f"[{self.lost} lines lost: the log could not be written]\n".encode())
                self.lost = 0
            file.write(line)
        except OSError:
            self.lost += 1
            self._retry_at = time.monotonic() + self.retry_s
            self.close()

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError:
                return

    def _open(self) -> IO[bytes]:
        if self._file is not None and self._file.tell() >= self.max_bytes:
            self.close()
            self._rotate()
        if self._file is None:
            private_folder(self.path.parent)
            self._file = append_privately(self.path)
        return self._file

    def _rotate(self) -> None:
        for number in range(self.keep - 1, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            if older.exists():
                older.replace(self.path.with_name(f"{self.path.name}.{number + 1}"))
        self.path.replace(self.path.with_name(f"{self.path.name}.1"))


def as_json(record: Record) -> str:
    """Return the record as one JSON object on one line, with keys in camelCase."""
    body: dict[str, Any] = {
        "time": record["time"].isoformat(timespec="milliseconds"),
        "level": record["level"].name,
        "message": redact.text(record["message"]),
        "logger": record["name"],
    }
    extra = dict(record["extra"])
    for name in ("process", *CONTEXT):
        if (value := extra.pop(name, None)) is not None:
            body["correlationId" if name == "correlation_id" else name] = redact.value(value, name)
    if extra:
        body["extra"] = redact.value(extra)
    if record["exception"] is not None:
        body["exception"] = redact.text(_traceback(record))
    return escape_json(json.dumps(body, ensure_ascii=False, default=str)) + "\n"


COLOURS = {"DEBUG": "36", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}


def as_text(record: Record, *, colour: bool = False) -> str:
    """Return the record as text for people: time, level, message, then the attached names.

    A message with line breaks or a traceback takes several lines.
    """
    level = record["level"].name
    shown = f"\x1b[{COLOURS.get(level, '0')}m{level:<8}\x1b[0m" if colour else f"{level:<8}"
    extra = {name: value for name, value in record["extra"].items() if name != "process"}
    tail = clean_line(" ".join(f"{name}={redact.value(value, name)}" for name, value in extra.items()))
    # A break in a message must not look like the next line of the log.
    message = clean_text(redact.text(record["message"])).replace("\n", "\n    ")
    line = f"{record['time']:HH:mm:ss.SSS} {shown} {message}"
    if tail:
        line += f"  \x1b[2m{tail}\x1b[0m" if colour else f"  {tail}"
    if record["exception"] is not None:
        line += "\n" + clean_text(redact.text(_traceback(record))).rstrip()
    return line + "\n"


def _traceback(record: Record) -> str:
    import traceback

    exception = record["exception"]
    if exception is None or exception.type is None:
        return ""
    return "".join(traceback.format_exception(exception.type, exception.value, exception.traceback))


def stderr() -> IO[str]:
    """Return the present standard error (tests replace it)."""
    return sys.stderr
