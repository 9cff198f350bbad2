"""`argosy bots`: list, show, run, pause and resume; `bot_setup` creates and archives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from argosy.cli._shared.actor import ReasonOption, actor
from argosy.cli._shared.numbers import finite
from argosy.cli._shared.output import JsonFlag, console, print_json, print_table
from argosy.cli._shared.times import readable, wire
from argosy.cli.bots import bot_setup

if TYPE_CHECKING:
    from argosy.bootstrap import Runtime

app = typer.Typer(no_args_is_help=True)
for command in (
    bot_setup.create,
    bot_setup.mode,
    bot_setup.archive,
    bot_setup.unarchive,
    bot_setup.remove,
):
    app.command()(command)

BotId = Annotated[str, typer.Argument(help="Id of the bot.")]


@app.command("list")
def list_(
    archived: Annotated[bool, typer.Option("--all", help="Archived ones too.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """List all bots with state, schedule and last run."""
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.storage.catalog import bots
    from argosy.infrastructure.storage.history import runs

    database = open_runtime().database
    found = database.run(bots.every(archived=archived))
    last = database.run(runs.last_of_each([bot.id for bot in found]))
    rows = [row(database, bot) | {"lastRun": _run(last.get(bot.id))} for bot in found]
    if as_json:
        print_json({"bots": rows})
        return
    print_table(
        ("bot", "domain", "mode", "state", "#capital", "currency", "schedule", "last run"),
        (
            (r["id"], r["domain"], r["mode"], r["state"], r["capital"], r["currency"],
             ", ".join(r["schedules"]) or "none",
             "never" if r["lastRun"] is None
             else f"{r['lastRun']['status']} {readable(r['lastRun']['startedAt'])}")
            for r in rows
        ),
        empty="no bots yet; `argosy bots create` makes one",
    )  # fmt: skip


@app.command()
def show(bot_id: BotId, as_json: JsonFlag = False) -> None:
    """Show one bot: its strategies, schedules and newest runs."""
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.storage.catalog import bots, workflows
    from argosy.infrastructure.storage.history import runs

    database = open_runtime().database
    bot = database.run(bots.get(bot_id))
    document = database.run(workflows.get(bot.workflow_digest)).document
    found = row(database, bot) | {
        "name": bot.name,
        "workflow": bot.workflow_id,
        "workflowDigest": bot.workflow_digest,
        "strategies": [
            {
                "id": node["id"],
                "strategy": node["params"].get("strategy"),
                "weight": node["params"].get("weight", 1),
                "enabled": node["params"].get("enabled", True),
            }
            for node in document["nodes"]
            if node["type"] == "strategy"
        ],
        "runs": [_run(run) for run in database.run(runs.newest(bot_id=bot_id, limit=10))],
    }
    if as_json:
        print_json(found)
        return
    console().print(
        f"[bold]{found['name']}[/] ({found['id']}), {found['domain']}, {found['mode']}, {found['state']}"
    )
    console().print(f"workflow {found['workflow']}, capital {found['capital']} {found['currency']}")
    console().print(f"schedule: {', '.join(found['schedules']) or 'none'}")
    print_table(
        ("strategy", "of", "#weight", "enabled"),
        ((s["id"], s["strategy"], s["weight"], "yes" if s["enabled"] else "no") for s in found["strategies"]),
        empty="no strategies",
    )
    print_table(
        ("run", "status", "started", "#ms"),
        ((r["id"], r["status"], readable(r["startedAt"]), r["durationMs"]) for r in found["runs"] if r),
        empty="no runs yet",
    )


@app.command()
def run(
    bot_id: BotId,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the run's end; exit code 1 unless it succeeds.")
    ] = False,
    timeout_s: Annotated[
        float, typer.Option("--timeout", min=1, max=86_400, callback=finite, help="Longest wait in seconds.")
    ] = 300,
    as_json: JsonFlag = False,
) -> None:
    """Start a run now, also for a paused bot, unless a run of the bot is in progress."""
    from argosy.bootstrap import open_runtime
    from argosy.core.safety.audit import AuditEntry
    from argosy.infrastructure.storage.catalog import bots

    runtime = open_runtime()
    bot = runtime.database.run(bots.get(bot_id))
    runtime.auditor.record(
        AuditEntry(actor=actor(), action="run.start", subject=f"bot:{bot_id}", after={"mode": bot.mode})
    )
    seen = runtime.events.last_seq() or "0-0"
    run_id = runtime.dispatcher.run_bot(bot_id)
    result: dict[str, Any] = {"runId": run_id, "status": "requested"}
    if wait:
        result |= outcome_of(runtime, bot_id, run_id, seen, timeout_s)
    if as_json:
        print_json(result)
    else:
        console().print(
            f"run {run_id}: {result['status']}" + (f" ({result['reason']})" if result.get("reason") else "")
        )
    if wait and result["status"] != "success":
        raise typer.Exit(1)


def outcome_of(runtime: Runtime, bot_id: str, run_id: str, seen: str, timeout_s: float) -> dict[str, Any]:
    """Wait for the end of a run, and return its status and reason.

    `seen` is the newest event before the request. A run that did not start has the status `skipped`. After
    `timeout_s` seconds without an end the status is `timeout`.
    """
    ends = runtime.clock.monotonic() + timeout_s
    for event in runtime.events.subscribe(
        f"bot.{bot_id}.run", seen, stop=lambda: runtime.clock.monotonic() > ends
    ):
        if event.run_id == run_id and event.type != "run_started":
            status = "skipped" if event.type == "run_skipped" else event.data["status"]
            return {"status": status, "reason": event.data.get("reason")}
    return {"status": "timeout", "reason": None}


@app.command()
def pause(bot_id: BotId, reason: ReasonOption = "", as_json: JsonFlag = False) -> None:
    """Stop scheduled runs; a run in progress finishes."""
    _set_state(bot_id, "paused", reason, as_json=as_json)


@app.command()
def resume(bot_id: BotId, reason: ReasonOption = "", as_json: JsonFlag = False) -> None:
    """Start scheduled runs again."""
    _set_state(bot_id, "running", reason, as_json=as_json)


def _set_state(bot_id: str, state: str, reason: str, *, as_json: bool) -> None:
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.storage.catalog import bots
    from argosy.infrastructure.storage.safety.audit import with_audit

    runtime = open_runtime()
    database = runtime.database
    change = with_audit(
        bots.set_state(bot_id, state),
        view=bots.view(bot_id),
        actor=actor(),
        action="bot.state",
        subject=f"bot:{bot_id}",
        at=runtime.clock.now(),
        reason=reason,
    )
    bot = database.run(change)
    if as_json:
        print_json(row(database, bot))
    else:
        console().print(f"{bot.id} is {bot.state}")


def row(database: Any, bot: Any) -> dict[str, Any]:
    """Return a bot in the form of `--json`."""
    from argosy.core.schedule.schedule import describe, parse
    from argosy.infrastructure.storage.catalog import schedules

    return {
        "id": bot.id,
        "domain": bot.domain,
        "mode": bot.mode,
        "state": bot.state,
        "capital": str(bot.capital.normalize() if bot.capital % 1 else int(bot.capital)),
        "currency": bot.base_currency,
        "schedules": [describe(parse(s.spec)) for s in database.run(schedules.every(bot.id)) if s.enabled],
    }


def _run(record: Any) -> dict[str, Any] | None:
    if record is None:
        return None
    return {
        "id": record.id,
        "status": record.status,
        "startedAt": wire(record.started_at),
        "durationMs": record.duration_ms,
        "reason": record.reason,
    }
