"""`argosy down`: stop the stack from any terminal."""

from __future__ import annotations

import contextlib
from typing import Annotated

import psutil
import typer

from argosy.cli.output import JsonFlag, console, print_json
from argosy.errors import Unavailable
from argosy.infrastructure.config import load_settings
from argosy.infrastructure.processes import wait_gone
from argosy.infrastructure.servers import EmbeddedServers
from argosy.infrastructure.supervisor.runtime import Runtime, end_leftovers

app = typer.Typer()


@app.command()
def down(
    timeout_s: Annotated[float, typer.Option(help="Seconds to wait before killing.", min=1)] = 45,
    as_json: JsonFlag = False,
) -> None:
    """Stop everything that `up` started, in order. Nothing running is fine too."""
    settings = load_settings()
    runtime = Runtime.read(settings)
    if runtime is None:
        _say("nothing is running", stopped=False, as_json=as_json)
        return
    if not runtime.alive:
        names = end_leftovers(runtime.stack_id)
        if settings.embedded:
            EmbeddedServers(settings.home).end_leftovers()
        Runtime.remove(settings)
        _say(
            f"the supervisor was gone; ended {len(names)} processes it had left"
            if names
            else "nothing is running",
            stopped=bool(names),
            as_json=as_json,
        )
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        supervisor = psutil.Process(runtime.pid)
        supervisor.terminate()
        with nullspin(as_json):
            if wait_gone([supervisor], timeout_s):
                supervisor.kill()
                wait_gone([supervisor], 5)
                end_leftovers(runtime.stack_id)
                Runtime.remove(settings)
                raise Unavailable(
                    f"the stack did not stop within {timeout_s:g} s and was killed",
                    remedy=f"see {settings.log_dir / 'supervisor.log'}; the next start repairs what is needed",
                )
    _say("stopped", stopped=True, as_json=as_json)


def nullspin(as_json: bool) -> contextlib.AbstractContextManager[object]:
    return contextlib.nullcontext() if as_json else console().status("stopping")


def _say(text: str, *, stopped: bool, as_json: bool) -> None:
    if as_json:
        print_json({"stopped": stopped, "message": text})
    else:
        console().print(text)
