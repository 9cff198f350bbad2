"""Output of the processes: a log file each, and prefixed coloured lines on the console."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import IO

from honcho.colour import get_colours
from honcho.printer import Message, Printer

from argosy.core.clock import Clock, SystemClock
from argosy.infrastructure.logging.sinks import SafeFile

SYSTEM = "system"
LONGEST_LINE = 1_000_000
"""Bytes kept of a line without an end.

The limit keeps a process from filling our memory.
"""


class Output:
    """Receiver of the lines of named processes.

    Losing the console or the disk never stops a process.
    """

    def __init__(
        self,
        log_dir: Path,
        console: IO[str] | None = None,
        *,
        clock: Clock | None = None,
        max_bytes: int = 20_000_000,
        keep: int = 5,
    ) -> None:
        self.log_dir = log_dir
        self.console_lost = False
        self._clock = clock or SystemClock()
        self._rotation = {"max_bytes": max_bytes, "keep": keep}
        self._files: dict[str, SafeFile] = {}
        self._colours = get_colours()
        self._colour: dict[str, str] = {}
        self._printer = Printer(console or sys.stdout, width=len(SYSTEM))
        self._printing = console is not None

    def expect(self, names: Mapping[str, object] | list[str]) -> None:
        """Set the width of the name column and fix the colours before the first line."""
        for name in names:
            self._printer.width = max(self._printer.width, len(name))
            self._colour.setdefault(name, next(self._colours))

    def path(self, name: str) -> Path:
        """Return the log file of a process."""
        return self.log_dir / f"{name}.log"

    def line(self, name: str, data: bytes) -> None:
        """Write one line of a process's output, including its line end."""
        self._file(name).write(data if data.endswith(b"\n") else data + b"\n")
        self._print(name, data)

    def system(self, text: str) -> None:
        """Write a message of the supervisor itself; it is kept in `supervisor.log`."""
        now = self._clock.now().astimezone(UTC).isoformat(timespec="milliseconds")
        self._file("supervisor").write(f"{now} {text}\n".encode())
        self._print(SYSTEM, text.encode())

    def show(self, console: IO[str]) -> None:
        """Also print lines on the console from now on."""
        self._printer.output = console
        self._printer._colours_supported = console.isatty()
        self._printing = True

    def tail(self, name: str, lines: int = 15) -> str:
        """Return the last lines of a process's log, for error messages."""
        try:
            with self.path(name).open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - 65_536))
                text = file.read().decode(errors="replace")
        except OSError:
            return ""
        return "\n".join(itertools.islice(text.splitlines(), max(0, len(text.splitlines()) - lines), None))

    def close(self) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _file(self, name: str) -> SafeFile:
        if name not in self._files:
            self._files[name] = SafeFile(self.path(name), **self._rotation)
        return self._files[name]

    def _print(self, name: str, data: bytes) -> None:
        if not self._printing or self.console_lost:
            return
        message = Message(
            type="line", data=data, time=self._clock.now(), name=name, colour=self._colour.get(name)
        )
        try:
            self._printer.write(message)
        except (OSError, ValueError):
            self.console_lost = True
