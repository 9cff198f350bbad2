"""Output of the processes: a log file for each, and prefixed coloured lines on the console."""

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
"""Bytes kept of a line without an end; a process must not be able to fill our memory."""


class Output:
    """Takes lines of named processes. Losing the console or the disk never stops anything."""

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
        """Make the name column wide enough, and colours stable, before the first line."""
        for name in names:
            self._printer.width = max(self._printer.width, len(name))
            self._colour.setdefault(name, next(self._colours))

    def path(self, name: str) -> Path:
        """Log file of a process."""
        return self.log_dir / f"{name}.log"

    def line(self, name: str, data: bytes) -> None:
        """One line of a process's output, with its line end."""
        self._file(name).write(data if data.endswith(b"\n") else data + b"\n")
        self._print(name, data)

    def system(self, text: str) -> None:
        """Something the supervisor itself has to say; kept in `supervisor.log`."""
        now = self._clock.now().astimezone(UTC).isoformat(timespec="milliseconds")
        self._file("supervisor").write(f"{now} {text}\n".encode())
        self._print(SYSTEM, text.encode())

    def show(self, console: IO[str]) -> None:
        """From now on lines go to the console too."""
        self._printer.output = console
        self._printer._colours_supported = console.isatty()
        self._printing = True

    def tail(self, name: str, lines: int = 15) -> str:
        """Last lines of a process's log, for error messages."""
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
