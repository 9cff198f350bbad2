"""`argosy down`: stop the stack from any terminal."""

from __future__ import annotations

import contextlib
import time
from typing import Annotated

import psutil
import typer

from argosy.cli._shared.numbers import finite
from argosy.cli._shared.output import JsonFlag, console, print_json
from argosy.errors import Conflict, Unavailable
from argosy.infrastructure.config import Settings, load_settings
from argosy.infrastructure.processes import wait_gone
from argosy.infrastructure.servers import EmbeddedServers
from argosy.infrastructure.supervisor.leftovers import end_leftovers
from argosy.infrastructure.supervisor.lock import named_supervisor, stack_lock
from argosy.infrastructure.supervisor.runtime import RunningStack

app = typer.Typer()
POLL_S = 0.1


@app.command()
def down(
    timeout_s: Annotated[
        float, typer.Option(help="Seconds to wait before killing.", min=1, max=86_400, callback=finite)
    ] = 45,
    as_json: JsonFlag = False,
) -> None:
    """Stop everything that `up` started, in order; succeed too when nothing runs.

    A living supervisor is asked to stop. It is killed when the timeout has passed. This command ends the
    processes itself only when the supervisor is dead.
    """
    settings = load_settings()
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with stack_lock(settings) as mine:
            if mine:
                _say(*_end_remains(settings), as_json=as_json)
                return
        pid = _supervisor(settings)
        if pid is not None:
            _stop_supervisor(settings, pid, timeout_s, as_json=as_json)
            _say("stopped", True, as_json=as_json)
            return
        time.sleep(POLL_S)
    raise Conflict(
        "another process holds the lock of this home, and it is no supervisor of this machine; nothing was ended",
        expected=f"{settings.run_dir / 'stack.lock'} free, or held by a running supervisor",
        remedy="run `argosy down` where the stack was started (another container or machine), or wait for the "
        "other command to end",
    )


def _supervisor(settings: Settings) -> int | None:
    runtime = RunningStack.living(settings)
    return named_supervisor(settings) if runtime is None else runtime.pid


def _end_remains(settings: Settings) -> tuple[str, bool]:
    """End the processes of a dead supervisor; return a message, and True if there were any.

    The caller holds the lock of the home: no supervisor lives, and none starts meanwhile.
    """
    runtime = RunningStack.read(settings)
    names = end_leftovers(None if runtime is None else runtime.stack_id, settings.home)
    if settings.embedded and (names or runtime is not None):
        EmbeddedServers(settings.home).end_leftovers()
    RunningStack.remove(settings)
    if not names:
        return "nothing is running", False
    return f"the supervisor was gone; ended {len(names)} processes it had left", True


def _stop_supervisor(settings: Settings, pid: int, timeout_s: float, *, as_json: bool) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        supervisor = psutil.Process(pid)
        supervisor.terminate()
        with nullspin(as_json):
            if wait_gone([supervisor], timeout_s):
                supervisor.kill()
                wait_gone([supervisor], 5)
                with stack_lock(settings) as mine:
                    if mine:
                        _end_remains(settings)
                raise Unavailable(
                    f"the stack did not stop within {timeout_s:g} s and was killed",
                    remedy=f"see {settings.log_dir / 'supervisor.log'}; the next start recovers by itself",
                )


def nullspin(as_json: bool) -> contextlib.AbstractContextManager[object]:
    return contextlib.nullcontext() if as_json else console().status("stopping")


def _say(text: str, stopped: bool, *, as_json: bool) -> None:
    if as_json:
        print_json({"stopped": stopped, "message": text})
    else:
        console().print(text)
