"""`argosy up`: the whole stack, in this terminal or detached from it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import nullcontext
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from argosy.cli._shared.output import JsonFlag, console, print_json, print_json_line
from argosy.cli._shared.sections import domain_sections
from argosy.errors import ArgosyError, Unavailable
from argosy.infrastructure.config import Settings, load_section, load_settings
from argosy.infrastructure.private import append_privately, close_home, private_folder
from argosy.infrastructure.servers.folders import data_folders
from argosy.infrastructure.supervisor.lock import stack_lock
from argosy.infrastructure.supervisor.runtime import RunningStack
from argosy.infrastructure.supervisor.stack import Stack
from argosy.infrastructure.supervisor.table import places, python

if TYPE_CHECKING:
    from rich.status import Status

app = typer.Typer()
REPORT = "ARGOSY_UP_REPORT"
"""Environment variable of the detached supervisor.

If set, the supervisor reports its progress as JSON lines on stdout until it is up.
"""


@app.command()
def up(
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Return when everything is up.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No output of the processes here.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Start everything and stay until Ctrl-C; with --detach, return when it is up.

    A second `up` on the same home shows where the running stack is.
    """
    settings = load_settings()
    for name, section in domain_sections():
        load_section(section, name)  # a wrong section is refused here, not by each process in turn
    with stack_lock(settings) as mine:
        if not mine:
            present(_running(settings), settings, as_json=as_json, already=True)
            return
        close_home(settings.home)
        if not detach:
            _foreground(settings, quiet=quiet, as_json=as_json)
            return
    # The lock is free again: the detached process takes it.
    present(_detached(settings, quiet=as_json), settings, as_json=as_json)


def _foreground(settings: Settings, *, quiet: bool, as_json: bool) -> None:
    if os.environ.pop(REPORT, None):
        _reporting(settings)
        return
    status = None if as_json else _spinner()
    with status or nullcontext():
        stack = Stack(settings, progress=_progress(status))

        def shown(runtime: RunningStack) -> None:
            if status is not None:
                status.stop()
            present(runtime, settings, as_json=as_json)

        asyncio.run(stack.serve(shown, None if quiet or as_json else sys.stdout))
    if not as_json:
        console().print("stopped")


def _reporting(settings: Settings) -> None:
    def report(kind: str, value: Any) -> None:
        try:
            print_json_line({kind: value})
        except OSError:
            return  # the starting command has ended; the supervisor continues

    stack = Stack(settings, progress=lambda text: report("progress", text))
    try:
        asyncio.run(stack.serve(lambda _: report("up", True)))
    except ArgosyError as error:
        report("error", error.as_dict())
        raise


def _detached(settings: Settings, *, quiet: bool) -> RunningStack:
    """Start the supervisor in a session of its own and follow its report."""
    private_folder(settings.log_dir)
    with append_privately(settings.log_dir / "up.log") as log:
        process = subprocess.Popen(  # noqa: S603 - our own argv, no shell
            python("argosy.cli", "up", "--quiet"),
            cwd=settings.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            env={**os.environ, **places(settings), REPORT: "1"},
        )
    assert process.stdout is not None
    status = None if quiet else _spinner()
    with status or nullcontext(), process.stdout:
        try:
            error = _follow(process.stdout, _progress(status))
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
    runtime = RunningStack.living(settings)
    if error is not None or runtime is None:
        process.wait()
        details = error or {}
        raise Unavailable(
            str(details.get("message") or "the stack did not start"),
            expected=details.get("expected"),
            found=details.get("found") or f"exit code {process.returncode}",
            remedy=details.get("remedy") or f"see {settings.log_dir / 'up.log'}",
            **(details.get("details") or {}),
        )
    return runtime


def _follow(report: IO[bytes], progress: Any) -> dict[str, Any] | None:
    """Read the report until the stack is up (None) or has failed (its error).

    The error is empty if the report ends before either.
    """
    for line in report:
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if "progress" in told:
            progress(told["progress"])
        elif "error" in told:
            error: dict[str, Any] = told["error"]
            return error
        elif "up" in told:
            return None
    return {}


def _running(settings: Settings, timeout_s: float = 120) -> RunningStack:
    """Wait for the stack that another process starts or has started.

    Raises Unavailable if it is not up after `timeout_s` seconds.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        runtime = RunningStack.living(settings)
        if runtime is not None and runtime.state == "up":
            return runtime
        with stack_lock(settings) as free:
            if free:
                break
        time.sleep(0.1)
    raise Unavailable(
        "another process was starting or stopping the stack, and it is not up",
        remedy=f"try again; if it persists see {settings.log_dir / 'supervisor.log'}",
    )


def present(runtime: RunningStack, settings: Settings, *, as_json: bool, already: bool = False) -> None:
    """Print the table of addresses and folders, and how to stop the stack."""
    if as_json:
        urls = {**runtime.as_json()["urls"]}
        print_json(
            {
                "state": runtime.state,
                "alreadyRunning": already,
                "pid": runtime.pid,
                "startedAt": runtime.started_at,
                "urls": urls,
                "data": str(settings.home / "data"),
                "folders": {name: str(path) for name, path in data_folders(settings).items()},
                "logs": str(settings.log_dir),
                "processes": runtime.as_json()["processes"],
            }
        )
        return
    from rich.table import Table

    head = f"Argosy {'is running already' if already else 'is up'}"
    table = Table(title=head, title_justify="left", title_style="bold green", show_header=False, box=None)
    for name, url in runtime.urls.items():
        table.add_row(name.capitalize() if name != "dashboard" else "[bold]Dashboard[/]", f"[cyan]{url}[/]")
    table.add_row("Data", str(settings.home / "data"), style=None)
    if (database := data_folders(settings).get("postgres")) and not database.is_relative_to(settings.home):
        table.add_row("Database", str(database))
    table.add_row("Logs", str(settings.log_dir))
    here = not already and runtime.pid == os.getpid()
    table.add_row(
        "Stop", "Ctrl-C here, or `argosy down` anywhere" if here else "`argosy down` (or `make down`)"
    )
    console().print(table, soft_wrap=True)


def _spinner() -> Status:
    return console().status("starting")


def _progress(status: Status | None) -> Any:
    if status is None:
        return lambda _: None

    def show(text: str) -> None:
        status.console.print(f"[dim]·[/] {text}")
        status.update(text)

    return show
