"""`argosy alert`: new risk in smaller sizes."""

from __future__ import annotations

import typer

from argosy.cli._shared.actor import actor
from argosy.cli._shared.output import JsonFlag
from argosy.cli.safety import stops

app = typer.Typer()


@app.command()
def alert(reason: stops.Reason, scope: stops.Scope = "platform", as_json: JsonFlag = False) -> None:
    """Take new risk in smaller sizes only, until resumed; a HALT or SHUTDOWN stays."""
    from argosy.core.safety.emergency import EmergencyState

    status = stops.desk().change(scope, EmergencyState.ALERT, actor=actor(), reason=reason)
    stops.say(status, as_json=as_json)
