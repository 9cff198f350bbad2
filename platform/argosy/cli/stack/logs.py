"""`argosy logs`: logs of the processes of this machine."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from argosy.cli._shared.numbers import MOST
from argosy.cli._shared.output import JsonFlag, print_json_line
from argosy.text import clean_text

if TYPE_CHECKING:
    from pathlib import Path

    from argosy.infrastructure.logging.reading import LogEntry, LogFile

app = typer.Typer()

_PAUSE_S = 0.2
_QUIET_S = 2.0
"""Seconds without a new line after the end of a run before following stops."""


@app.command()
def logs(
    run: Annotated[str, typer.Option("--run", help="Only entries that name this run.")] = "",
    process: Annotated[
        str, typer.Option("--process", help="Only this process; `argosy status` names them.")
    ] = "",
    level: Annotated[
        Literal["debug", "info", "warning", "error"], typer.Option(help="Entries of this level and above.")
    ] = "debug",
    lines: Annotated[
        int,
        typer.Option("--lines", "-n", min=0, max=MOST, help="How many old entries of each process; 0: none."),
    ] = 100,
    follow: Annotated[
        bool,
        typer.Option("--follow", "-f", help="Keep printing new entries; with --run until the run has ended."),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show the logs of this machine's processes; other machines keep their own logs."""
    from argosy.errors import NotFound
    from argosy.infrastructure.config import load_settings
    from argosy.infrastructure.logging.reading import LogFile, naming, processes

    folder = load_settings().log_dir
    known = processes(folder)
    if not known or (process and process not in known):
        raise NotFound(
            "there is no such log" if known else "there are no logs",
            expected=f"one of {', '.join(known)}" if known else f"logs in {folder}",
            found=process or "nothing",
            remedy="" if known else "`argosy up` starts the processes that write them",
        )
    names = naming(run) if run else None
    least = level.upper()

    def wanted(entry: LogEntry) -> bool:
        return entry.at_least(least) and (names is None or names(entry))

    width = max(len(name) for name in known)

    def show(entry: LogEntry) -> None:
        if as_json:
            print_json_line({"process": entry.process, "level": entry.level or None, "text": entry.text})
            return
        for text in clean_text(entry.text).split("\n"):
            typer.echo(f"{entry.process:<{width}} | {text}")

    files = {name: LogFile(folder, name) for name in ([process] if process else known)}
    for file in files.values():
        kept: deque[LogEntry] = deque(maxlen=lines)
        kept.extend(each for each in itertools.chain(file.past(), file.new(), file.flush()) if wanted(each))
        for entry in kept:
            show(entry)
    if follow:
        _follow(folder, files, run, wanted, show, more=not process)


def _follow(
    folder: Path,
    files: dict[str, LogFile],
    run: str,
    wanted: Callable[[LogEntry], bool],
    show: Callable[[LogEntry], None],
    *,
    more: bool,
) -> None:
    """Follow the logs until Ctrl-C, or until a quiet time after the end of the run.

    `more` adds logs of processes that start later.
    """
    from argosy.core.clock import SystemClock
    from argosy.infrastructure.logging.reading import LogFile, processes

    clock = SystemClock()
    ended = _end_of(run) if run else None
    quiet_since = clock.monotonic()
    while True:
        for name in processes(folder) if more else ():
            files.setdefault(name, LogFile(folder, name))
        for file in files.values():
            # An entry of several lines is complete when no line follows for one pause.
            for entry in list(file.new()) or file.flush():
                if wanted(entry):
                    quiet_since = clock.monotonic()
                    show(entry)
        if ended is not None:
            if not ended():
                quiet_since = clock.monotonic()
            elif clock.monotonic() - quiet_since >= _QUIET_S:
                return
        clock.sleep(_PAUSE_S)


def _end_of(run_id: str) -> Callable[[], bool]:
    """Return a function that is True once the run has ended or no running stack knows it."""
    from argosy.bootstrap import open_runtime
    from argosy.errors import ArgosyError

    def ended() -> bool:
        try:
            found = open_runtime().runs.snapshot(run_id)
        except ArgosyError:
            return True
        return found is None or found.status != "running"

    return ended
