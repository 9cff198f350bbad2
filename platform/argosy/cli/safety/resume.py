"""`argosy resume`: the return to work, after a clean reconciliation."""

from __future__ import annotations

from typing import Annotated

import typer

from argosy.cli._shared.actor import actor
from argosy.cli._shared.output import JsonFlag
from argosy.cli.safety import stops

app = typer.Typer()


@app.command()
def resume(
    reason: stops.Reason,
    scope: stops.Scope = "platform",
    to: Annotated[str, typer.Option(help="normal, alert, or halt on the way out of a shutdown.")] = "normal",
    confirm: stops.Code = "",
    as_json: JsonFlag = False,
) -> None:
    """Return to work. Leaving HALT needs a clean reconciliation of every bot in the scope.

    Leaving SHUTDOWN takes two steps.
    """
    from argosy.core.safety.emergency import EmergencyState
    from argosy.errors import InvalidInput

    targets = {state.name.lower(): state for state in EmergencyState if state < EmergencyState.SHUTDOWN}
    if to.lower() not in targets:
        raise InvalidInput(
            "a scope cannot be resumed to this state", expected=", ".join(targets), found=repr(to)
        )
    target = targets[to.lower()]
    desk = stops.desk()
    if confirm or stops.is_shut_down(desk, scope):
        stops.in_two_steps(scope, target, reason=reason, confirm=confirm, as_json=as_json)
        return
    stops.say(desk.resume(scope, target, actor=actor(), reason=reason), as_json=as_json)
