"""`argosy shutdown`: the stop of everything, in two steps."""

from __future__ import annotations

from typing import Annotated

import typer

from argosy.cli._shared.output import JsonFlag
from argosy.cli.safety import stops

app = typer.Typer()


@app.command()
def shutdown(
    reason: stops.Reason,
    scope: stops.Scope = "platform",
    flatten: Annotated[
        bool, typer.Option("--flatten", help="Also end all positions and commitments.")
    ] = False,
    confirm: stops.Code = "",
    as_json: JsonFlag = False,
) -> None:
    """Stop runs and cancel all orders, in two steps.

    The first step halts at once and gives a code; the second step confirms with the code.
    """
    from argosy.core.safety.emergency import EmergencyState

    stops.in_two_steps(
        scope, EmergencyState.SHUTDOWN, reason=reason, flatten=flatten, confirm=confirm, as_json=as_json
    )
