"""Shared parts of `argosy halt`, `alert`, `shutdown` and `resume`: options and answers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from argosy.cli._shared.actor import actor
from argosy.cli._shared.output import print_json
from argosy.cli._shared.times import format_time

if TYPE_CHECKING:
    from argosy.core.safety.emergency import EmergencyState
    from argosy.infrastructure.safety.service import EmergencyService
    from argosy.infrastructure.safety.status import EmergencyStatus

Scope = Annotated[
    str, typer.Option(help="platform, domain:<domain>, bot:<bot> or strategy:<bot>/<strategy>.")
]
Reason = Annotated[
    str, typer.Option(help="Reason of the change; kept in the history and sent to all receivers.")
]
Code = Annotated[str, typer.Option("--confirm", help="The code of the first step.")]


def desk() -> EmergencyService:
    from loguru import logger

    from argosy.bootstrap import open_runtime

    logger.remove()  # `say` prints these warnings itself
    logger.add(sys.stderr, level="ERROR", format="{message}")
    return open_runtime().desk


def is_shut_down(desk: EmergencyService, scope: str) -> bool:
    return any(each.scope == scope and each.state == "SHUTDOWN" for each in desk.status())


def in_two_steps(
    scope: str,
    state: EmergencyState,
    *,
    reason: str,
    confirm: str,
    as_json: bool,
    flatten: bool = False,
) -> None:
    """Arm a change and ask for its code on a terminal, or confirm with a given code."""
    from argosy.infrastructure.safety.status import ArmedStatus

    at = desk()
    if not confirm:
        armed = at.arm(scope, state, actor=actor(), reason=reason, flatten=flatten)
        if not isinstance(armed, ArmedStatus) or as_json:
            say(armed, as_json=as_json)
            return
        say(armed, as_json=False)
        told = f"{armed.scope} goes to {state.name} with the code {_bold(armed.code)}"
        until = "" if armed.armed_until is None else f", until {format_time(armed.armed_until)}"
        typer.echo(f"{told}{until}")
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            typer.echo(f"confirm: the same command with --confirm {armed.code}")
            return
        confirm = typer.prompt("code", default="", show_default=False)
        if not confirm:
            return
    say(at.confirm(scope, confirm, actor=actor(), reason=reason), as_json=as_json)


def say(status: EmergencyStatus, *, as_json: bool) -> None:
    """Print the state, and a warning for each problem of the change."""
    if as_json:
        print_json(status.to_wire())
        return
    if status.changed:
        typer.echo(f"{_bold(status.scope)} is {status.state} (was {status.before}), epoch {status.epoch}")
    else:
        typer.echo(f"{_bold(status.scope)} is {status.state}, as before")
    for line in warnings(status):
        typer.echo(line, err=True)


def _bold(text: str) -> str:
    """Return bold text without Rich: its import takes longer than the halt itself.

    `echo` drops the style where there is no terminal.
    """
    return typer.style(text, bold=True)


def warnings(status: EmergencyStatus) -> list[str]:
    found = []
    if status.requested is not None:
        found.append(
            f"{status.state} forbids more than {status.requested}: it stays. `argosy resume` lowers a state."
        )
    if not status.recorded:
        found.append(
            "Postgres does not answer: the halt is in Redis alone. Nothing that takes risk can begin; the guard records "
            "it when Postgres is back, or give the command again then."
        )
    if not status.flagged:
        found.append(
            "Redis does not answer: the change is in Postgres alone. Nothing can run without Redis; it is told as "
            "soon as it is back."
        )
    if status.in_flight:
        found.append(
            f"{status.in_flight} action(s) had begun before and have no answer from their venue yet: "
            "reconciliation follows them up."
        )
    return found
