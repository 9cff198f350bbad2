"""Read log files of several processes: past entries, and new ones as they are written."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from argosy.infrastructure.logging import redact

# `HH:mm:ss.SSS LEVEL message` of the text format. Other lines continue the entry before them.
_TEXT = re.compile(r"\d\d:\d\d:\d\d\.\d{3} (?P<level>[A-Z]+) ")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST = 1_000_000
"""Largest number of bytes read of a line at once."""

_MOST_LINES = 500

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of a process's log, of one or several lines.

    `level` is "" if the line names none.
    """

    process: str
    text: str
    level: str = ""

    def at_least(self, level: str) -> bool:
        """Return True if the entry has at least this level.

        Entries without a level pass: they are output of other programs.
        """
        return self.level not in LEVELS or LEVELS.index(self.level) >= LEVELS.index(level)


def naming(word: str) -> Callable[[LogEntry], bool]:
    """Return a test whether an entry contains this id as a whole word."""
    pattern = re.compile(rf"(?<![A-Za-z0-9_.:-]){re.escape(word)}(?![A-Za-z0-9_-])")
    return lambda entry: pattern.search(entry.text) is not None


def processes(folder: Path) -> list[str]:
    """Return the names of processes with a log in this folder."""
    return sorted(path.name.removesuffix(".log") for path in folder.glob("*.log"))


class LogFile:
    """Log of one process: first the rotated files, then new lines."""

    def __init__(self, folder: Path, process: str) -> None:
        self._path = folder / f"{process}.log"
        self._process = process
        self._file: IO[bytes] | None = None
        self._rest = b""
        self._open: list[str] = []
        self._level = ""

    def past(self) -> Iterator[LogEntry]:
        """Yield the entries of the rotated files, oldest first."""
        found = (path for path in self._path.parent.glob(f"{self._path.name}.*"))
        older = sorted((p for p in found if p.suffix[1:].isdigit()), key=lambda p: -int(p.suffix[1:]))
        for path in older:
            try:
                with path.open("rb") as file:
                    yield from self._entries(file)
            except OSError:
                continue

    def new(self) -> Iterator[LogEntry]:
        """Yield entries since the last call.

        The newest entry is held back until it is complete (see `flush`).
        """
        if self._file is None:
            try:
                self._file = self._path.open("rb")
            except OSError:
                return
        yield from self._entries(self._file)
        if self._rotated():
            self._file.close()
            self._file = None
            yield from self.new()

    def flush(self) -> Iterator[LogEntry]:
        """Yield the entry that was held back."""
        if self._open:
            text = "\n".join(self._open)
            self._open = []
            yield LogEntry(self._process, redact.text(text), self._level)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _rotated(self) -> bool:
        assert self._file is not None  # called right after reading
        try:
            return os.fstat(self._file.fileno()).st_ino != self._path.stat().st_ino
        except OSError:
            return False

    def _entries(self, file: IO[bytes]) -> Iterator[LogEntry]:
        while raw := file.readline(_LONGEST):
            if not raw.endswith(b"\n") and len(raw) < _LONGEST:
                self._rest += raw
                return
            line, self._rest = self._rest + raw, b""
            yield from self._line(_COLOUR.sub("", line.decode("utf-8", "replace")).rstrip("\n"))

    def _line(self, line: str) -> Iterator[LogEntry]:
        level = _level_of(line)
        if level is None and self._open and self._level and len(self._open) < _MOST_LINES:
            self._open.append(line)  # a traceback, or a message with line breaks
            return
        yield from self.flush()
        self._open, self._level = [line], level or ""


def _level_of(line: str) -> str | None:
    """Return the level of an Argosy entry, or None if the line does not begin one."""
    if line.startswith("{"):
        try:
            found: Any = json.loads(line)
        except (ValueError, RecursionError):
            return None
        level = found.get("level") if isinstance(found, dict) else None
        return level if isinstance(level, str) else None
    found_text = _TEXT.match(line)
    return None if found_text is None else found_text["level"]
