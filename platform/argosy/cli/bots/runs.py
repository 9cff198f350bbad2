"""`argosy runs`: list, show, follow, cancel, retry, and answer approval gates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from argosy.cli._shared.numbers import MOST
from argosy.cli._shared.output import JsonFlag, console, print_json, print_json_line, print_table
from argosy.cli._shared.times import format_time, readable, wire
from argosy.cli.bots import run_control
from argosy.cli.bots.approval import approve, reject
from argosy.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argosy.bootstrap import Runtime
    from argosy.core.event import Event
    from argosy.graph.runs import RunSnapshot
    from argosy.infrastructure.storage.records import NodeExecutionRecord, RunRecord

app = typer.Typer(no_args_is_help=True)
app.command()(approve)
app.command()(reject)
app.command()(run_control.cancel)
app.command()(run_control.retry)

Bot = Annotated[str | None, typer.Option("--bot", help="Only runs of this bot.")]
FINAL = ("success", "failed", "cancelled")
SUMMARY = frozenset({"run_started", "run_finished", "run_skipped"})


@app.command("list")
def list_(
    bot: Bot = None,
    status: Annotated[
        str | None, typer.Option(help="Only runs of this status: running, success, failed or cancelled.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """List the newest runs in history, newest first."""
    from argosy.bootstrap import open_runtime
    from argosy.errors import InvalidInput
    from argosy.infrastructure.storage.history import runs

    if status not in (None, "running", *FINAL):
        raise InvalidInput(
            "there is no such status", expected=f"running, {', '.join(FINAL)}", found=repr(status)
        )
    found = open_runtime().database.run(runs.newest(bot_id=bot, status=status, limit=limit))
    if as_json:
        print_json({"runs": [of_record(record) for record in found]})
        return
    print_table(
        ("run", "bot", "status", "trigger", "started", "#ms", "#nodes ok", "#failed", "reason"),
        (
            (r.id, r.bot_id, r.status, r.trigger, format_time(r.started_at), _ms(r.duration_ms),
             r.counts.get("success", 0), r.counts.get("failed", 0), r.reason)
            for r in found
        ),
        empty="no runs",
    )  # fmt: skip


@app.command()
def show(
    run_id: Annotated[str, typer.Argument(help="Id of the run.")],
    as_json: JsonFlag = False,
) -> None:
    """Show one run with its nodes, from its live state while that is kept, else from history."""
    from argosy.bootstrap import open_runtime

    summary, nodes = _find(open_runtime(), run_id)
    if as_json:
        print_json({**summary, "nodes": nodes})
        return
    from rich.markup import escape

    out = console()
    out.print(f"[bold]{summary['id']}[/] of {summary['botId']}: {summary['status']}", end="")
    out.print(f" ({summary['reason']})" if summary["reason"] else "")
    out.print(
        f"started {readable(summary['startedAt'])}, {_ms(summary['durationMs']) or 'unfinished'} ms", end=", "
    )
    out.print(f"by {summary['trigger']}, correlation id {summary['correlationId']}")
    print_table(
        ("strategy", "node", "status", "#attempt", "#ms", "worker", "branch", "reason"),
        (
            (n["strategyId"], n["nodeId"], n["status"], n["attempt"], _ms(n["executionTimeMs"]),
             n["worker"], n["branch"], n["reason"])
            for n in nodes
        ),
        empty="no nodes",
    )  # fmt: skip
    for each in nodes:
        if trace := (each["error"] or {}).get("traceback"):
            name = "/".join(part for part in (each["strategyId"], each["nodeId"]) if part)
            out.print(f"\n[bold]{escape(name)}[/], attempt {each['attempt']}:")
            out.print(escape(trace), soft_wrap=True, highlight=False)


@app.command()
def tail(
    bot: Bot = None,
    after: Annotated[
        str | None, typer.Option(help="Begin after this seq of the event stream; from now on without it.")
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, max=MOST, help="Stop after so many lines.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Print runs as they start, end or are skipped, one a line, until Ctrl-C."""
    from argosy.bootstrap import open_runtime
    from argosy.cli.data.events import seq

    format_time = 0
    for event in open_runtime().events.subscribe(f"bot.{bot or '*'}.run", seq(after)):
        if event.type not in SUMMARY:
            continue
        if as_json:
            print_json_line(event.to_wire())
        else:
            typer.echo(line(event))
        format_time += 1
        if format_time == count:
            return


def line(event: Event) -> str:
    """Return an event of a run as one line.

    `2026-02-02 11:02:05.038 UTC btc run_finished btc-17… success 45 ms`
    """
    from argosy.core.clock import from_ms

    data = event.data
    at = format_time(from_ms(event.timestamp), millis=True)
    told = [str(data[name]) for name in ("status", "trigger") if data.get(name)]
    if data.get("durationMs") is not None:
        told.append(f"{_ms(data['durationMs'])} ms")
    if data.get("reason"):
        told.append(f"({data['reason']})")
    return clean_line(" ".join([at, event.bot_id or "-", event.type, event.run_id or "-", *told]))


def of_record(record: RunRecord) -> dict[str, Any]:
    """Return a run in the form of the API."""
    return {
        "id": record.id,
        "botId": record.bot_id,
        "kind": record.kind,
        "trigger": record.trigger,
        "status": record.status,
        "reason": record.reason,
        "correlationId": record.correlation_id,
        "startedAt": wire(record.started_at),
        "finishedAt": wire(record.finished_at),
        "durationMs": record.duration_ms,
        "counts": dict(record.counts),
        "opportunities": record.opportunities,
        "actions": record.actions,
    }


def _find(runtime: Runtime, run_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a run and its nodes, from live state or history. Raises NotFound."""
    from argosy.errors import NotFound
    from argosy.infrastructure.storage.history import executions, runs

    try:
        record = runtime.database.run(runs.get(run_id))
    except NotFound:
        record = None
    if record is None or record.status not in FINAL:
        snapshot = runtime.runs.snapshot(run_id)
        if snapshot is not None:
            summary, nodes = _of_snapshot(snapshot)
            recorded = {
                (each.strategy_id, each.node_id): each
                for each in runtime.database.run(executions.of_run(run_id))
            }
            for node in nodes:  # only history keeps errors
                stored_node = recorded.get((node["strategyId"], node["nodeId"]))
                if stored_node is not None and stored_node.attempt == node["attempt"]:
                    node["error"] = stored_node.error
            return summary, nodes
    if record is None:
        raise NotFound("there is no such run", found=run_id, remedy="`argosy runs list` shows the newest")
    stored = runtime.database.run(executions.of_run(run_id))
    return of_record(record), [_node(each) for each in stored]


def _of_snapshot(run: RunSnapshot) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    import orjson

    from argosy.core.clock import from_ms

    meta = run.meta
    summary = {
        "id": meta.run_id,
        "botId": meta.bot_id,
        "kind": meta.kind,
        "trigger": meta.trigger,
        "status": run.status,
        "reason": run.reason,
        "correlationId": meta.correlation_id,
        "startedAt": wire(from_ms(meta.started_ms)),
        "finishedAt": None if run.finished_ms is None else wire(from_ms(run.finished_ms)),
        "durationMs": None if run.finished_ms is None else run.finished_ms - meta.started_ms,
        "counts": dict(run.counts),
        "opportunities": run.opportunities,
        "actions": run.actions,
    }
    nodes = []
    for key, node in run.nodes.items():
        strategy, _, node_id = key.rpartition("/")
        nodes.append(
            {
                "nodeId": node_id,
                "strategyId": strategy or None,
                "status": node.status.value,
                "attempt": node.attempt,
                "startedAt": None if node.started_ms is None else wire(from_ms(node.started_ms)),
                "executionTimeMs": node.execution_ms,
                "outputs": None if node.outputs is None else orjson.loads(node.outputs),
                "error": None,
                "reason": node.reason,
                "branch": node.branch,
                "worker": node.worker,
            }
        )
    return summary, nodes


def _node(record: NodeExecutionRecord) -> dict[str, Any]:
    return {
        "nodeId": record.node_id,
        "strategyId": record.strategy_id,
        "status": record.status,
        "attempt": record.attempt,
        "startedAt": wire(record.started_at),
        "executionTimeMs": record.execution_time_ms,
        "outputs": record.outputs,
        "error": record.error,
        "reason": record.reason or _said(record.error),
        "branch": record.branch,
        "worker": record.worker,
    }


def _said(error: Mapping[str, Any] | None) -> str | None:
    return None if not error else f"{error.get('code')}: {error.get('message')}"


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
