"""`argosy halt`: no new risk from the moment of the answer."""

from __future__ import annotations

import typer

from argosy.cli._shared.actor import actor
from argosy.cli._shared.output import JsonFlag
from argosy.cli.safety import stops

app = typer.Typer()


@app.command()
def halt(reason: stops.Reason, scope: stops.Scope = "platform", as_json: JsonFlag = False) -> None:
    """HALT (reduce-only), the kill switch: cancel orders that add risk.

    From the moment of the answer, only reduce-only orders pass.
    """
    from argosy.core.safety.emergency import EmergencyState

    status = stops.desk().change(scope, EmergencyState.HALT, actor=actor(), reason=reason)
    stops.say(status, as_json=as_json)
