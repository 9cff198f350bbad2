"""`argosy bots`: list, show, run, pause and resume."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from argosy.cli.actor import ReasonOption, actor
from argosy.cli.output import JsonFlag, console, print_json, print_table

app = typer.Typer(no_args_is_help=True)

BotId = Annotated[str, typer.Argument(help="Id of the bot.")]


@app.command("list")
def list_(as_json: JsonFlag = False) -> None:
    """All bots with state, schedule and last run."""
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.storage import bots, runs

    database = open_runtime().database
    found = database.run(bots.every())
    last = database.run(runs.last_of_each([bot.id for bot in found]))
    rows = [_row(database, bot) | {"lastRun": _run(last.get(bot.id))} for bot in found]
    if as_json:
        print_json({"bots": rows})
        return
    print_table(
        ("bot", "domain", "mode", "state", "#capital", "schedule", "last run"),
        (
            (r["id"], r["domain"], r["mode"], r["state"], r["capital"], ", ".join(r["schedules"]) or "none",
             "never" if r["lastRun"] is None else f"{r['lastRun']['status']} {r['lastRun']['startedAt']}")
            for r in rows
        ),
        empty="no bots yet; `make up` brings the first ones",
    )  # fmt: skip


@app.command()
def show(bot_id: BotId, as_json: JsonFlag = False) -> None:
    """One bot: its strategies, schedules and newest runs."""
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.storage import bots, runs, workflows

    database = open_runtime().database
    bot = database.run(bots.get(bot_id))
    document = database.run(workflows.get(bot.workflow_digest)).document
    row = _row(database, bot) | {
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
        print_json(row)
        return
    console().print(f"[bold]{row['name']}[/] ({row['id']}), {row['domain']}, {row['mode']}, {row['state']}")
    console().print(f"workflow {row['workflow']}, capital {row['capital']} {row['currency']}")
    console().print(f"schedule: {', '.join(row['schedules']) or 'none'}")
    print_table(
        ("strategy", "of", "#weight", "enabled"),
        ((s["id"], s["strategy"], s["weight"], "yes" if s["enabled"] else "no") for s in row["strategies"]),
        empty="no strategies",
    )
    print_table(
        ("run", "status", "started", "#ms"),
        ((r["id"], r["status"], r["startedAt"], r["durationMs"]) for r in row["runs"] if r),
        empty="no runs yet",
    )


@app.command()
def run(
    bot_id: BotId,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the run's end; exit code 1 unless it succeeds.")
    ] = False,
    timeout_s: Annotated[float, typer.Option("--timeout", min=1, help="Longest wait in seconds.")] = 300,
    as_json: JsonFlag = False,
) -> None:
    """Start a run now, also of a paused bot; not beside one that is running."""
    from argosy.bootstrap import open_runtime
    from argosy.core.audit import AuditEntry
    from argosy.infrastructure.storage import bots

    runtime = open_runtime()
    bot = runtime.database.run(bots.get(bot_id))
    runtime.auditor.record(
        AuditEntry(actor=actor(), action="run.start", subject=f"bot:{bot_id}", after={"mode": bot.mode})
    )
    seen = runtime.events.last_seq() or "0-0"
    run_id = runtime.dispatcher.run_bot(bot_id)
    result: dict[str, Any] = {"runId": run_id, "status": "requested"}
    if wait:
        ends = runtime.clock.monotonic() + timeout_s
        done = False
        for event in runtime.events.subscribe(
            f"bot.{bot_id}.run", seen, stop=lambda: runtime.clock.monotonic() > ends
        ):
            if event.run_id != run_id or event.type == "run_started":
                continue
            done = True
            result["status"] = "skipped" if event.type == "run_skipped" else event.data["status"]
            result["reason"] = event.data.get("reason")
            break
        if not done:
            result["status"] = "timeout"
    if as_json:
        print_json(result)
    else:
        console().print(
            f"run {run_id}: {result['status']}" + (f" ({result['reason']})" if result.get("reason") else "")
        )
    if wait and result["status"] != "success":
        raise typer.Exit(1)


@app.command()
def pause(bot_id: BotId, reason: ReasonOption = "", as_json: JsonFlag = False) -> None:
    """No further scheduled runs; the one at work goes on to its end."""
    _set_state(bot_id, "paused", reason, as_json=as_json)


@app.command()
def resume(bot_id: BotId, reason: ReasonOption = "", as_json: JsonFlag = False) -> None:
    """Scheduled runs again."""
    _set_state(bot_id, "running", reason, as_json=as_json)


def _set_state(bot_id: str, state: str, reason: str, *, as_json: bool) -> None:
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.storage import bots
    from argosy.infrastructure.storage.audit import audited

    runtime = open_runtime()
    database = runtime.database
    change = audited(
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
        print_json(_row(database, bot))
    else:
        console().print(f"{bot.id} is {bot.state}")


def _row(database: Any, bot: Any) -> dict[str, Any]:
    from argosy.core.schedule import describe, parse
    from argosy.infrastructure.storage import schedules

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
        "startedAt": record.started_at.isoformat(timespec="seconds"),
        "durationMs": record.duration_ms,
        "reason": record.reason,
    }
