"""`argosy runs cancel` and `argosy runs retry`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from argosy.cli._shared.actor import ReasonOption, actor
from argosy.cli._shared.numbers import finite
from argosy.cli._shared.output import ExitCode, JsonFlag, print_json

if TYPE_CHECKING:
    from argosy.bootstrap.retrying import Retry

RunId = Annotated[str, typer.Argument(help="Id of the run.")]


def cancel(run_id: RunId, reason: ReasonOption = "", as_json: JsonFlag = False) -> None:
    """Ask a run to stop: no further node starts, running nodes finish."""
    from argosy.bootstrap import open_runtime
    from argosy.core.safety.audit import AuditEntry
    from argosy.errors import Conflict, NotFound
    from argosy.infrastructure.storage.history import runs

    runtime = open_runtime()
    snapshot = runtime.runs.snapshot(run_id)
    status = snapshot.status if snapshot is not None else None
    if status is None:
        try:
            status = runtime.database.run(runs.get(run_id)).status  # type: ignore[assignment]
        except NotFound:
            raise NotFound(
                "there is no such run", found=run_id, remedy="`argosy runs list` shows the newest"
            ) from None
    if status != "running":
        raise _over(run_id, str(status))
    entry = AuditEntry(
        actor=actor(),
        action="run.cancel",
        subject=f"run:{run_id}",
        reason=reason,
        before={"status": "running"},
        after={"status": "cancelled"},
    )
    with runtime.auditor.around(entry):
        if not runtime.runs.cancel(run_id, reason or f"cancelled by {actor().id}"):
            now = runtime.runs.snapshot(run_id)
            if now is None or now.cancel is None:
                raise Conflict(
                    f"run {run_id} cannot be cancelled", found="it is over" if now else "it is gone"
                )
    after = runtime.runs.snapshot(run_id)
    result = {"runId": run_id, "status": "requested" if after is None else after.status}
    if as_json:
        print_json(result)
    else:
        typer.echo(f"{run_id}: asked to stop; nodes at work go on to their end")


def retry(
    run_id: RunId,
    with_actions: Annotated[
        bool, typer.Option("--with-actions", help="Run nodes with side effects too. Needs --confirm.")
    ] = False,
    confirm: Annotated[str, typer.Option(help="The run's id once more: its actions may happen again.")] = "",
    in_mode: Annotated[
        Literal["paper", "sandbox", "live"] | None,
        typer.Option("--in-mode", help="The bot's mode by name, where its actions are not on paper."),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the run's end; exit code 1 unless it succeeds.")
    ] = False,
    timeout_s: Annotated[
        float, typer.Option("--timeout", min=1, max=86_400, callback=finite, help="Longest wait in seconds.")
    ] = 300,
    reason: ReasonOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Run the workflow of an earlier run again, without its side effects.

    Nodes with side effects, and nodes that need their outputs, are left out. With --with-actions they run
    too: on paper, unless --in-mode names the bot's own mode. The command is refused while the outcome of an
    action of the earlier run is unknown.
    """
    from argosy.bootstrap import open_runtime
    from argosy.bootstrap.retrying import launch_retry, plan_retry
    from argosy.cli.bots.bots import outcome_of
    from argosy.core.bot import Mode
    from argosy.core.safety.audit import AuditEntry

    runtime = open_runtime()
    planned = plan_retry(
        runtime, run_id, actions=with_actions, in_mode=None if in_mode is None else Mode(in_mode)
    )
    if planned.acting:
        _insist(run_id, planned, confirm)
    after: dict[str, Any] = {"mode": planned.bot.mode, "actions": planned.acting}
    entry = AuditEntry(actor=actor(), action="run.retry", subject=f"run:{run_id}", reason=reason, after=after)
    seen = runtime.events.last_seq() or "0-0"
    with runtime.auditor.around(entry):
        new = launch_retry(runtime, planned)
    result: dict[str, Any] = {
        "runId": new,
        "retryOf": run_id,
        "status": "started",
        "reason": None,
        "acting": planned.acting,
        "leftOut": dict(planned.left_out),
    }
    if wait:
        result |= outcome_of(runtime, planned.bot.id, new, seen, timeout_s)
    _say(result, as_json=as_json)
    if wait and result["status"] != "success":
        raise typer.Exit(ExitCode.FAILED)


def _insist(run_id: str, planned: Retry, confirm: str) -> None:
    """Raise InvalidInput unless the run's id is typed a second time."""
    from argosy.errors import InvalidInput

    what = f"{', '.join(planned.acting)} of {planned.bot.id} may act again, in mode {planned.bot.mode}"
    if not confirm and sys.stdin.isatty() and sys.stdout.isatty():
        typer.echo(f"{what}.")
        confirm = typer.prompt("the run's id, to confirm", default="", show_default=False)
    if confirm != run_id:
        raise InvalidInput(
            "a retry with actions needs to be confirmed",
            expected=f"--confirm {run_id}",
            found=repr(confirm[:200]) if confirm else "nothing",
            remedy=f"{what}; leave --with-actions out to run the other nodes alone",
        )


def _say(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    typer.echo(f"run {result['runId']}, a retry of {result['retryOf']}: {result['status']}")
    if result["reason"]:
        typer.echo(str(result["reason"]))
    if result["leftOut"]:
        typer.echo(f"left out: {', '.join(result['leftOut'])}")


def _over(run_id: str, status: str) -> Exception:
    from argosy.errors import Conflict

    return Conflict(f"run {run_id} is over", expected="a run that goes on", found=status)
