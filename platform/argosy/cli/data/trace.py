"""`argosy trace`: the way of one order, from its run to the ledger."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from argosy.cli._shared.output import JsonFlag, print_json, print_table
from argosy.cli._shared.times import format_time, wire

if TYPE_CHECKING:
    from argosy.cli.data.trace_steps import TraceStep
    from argosy.infrastructure.storage.actions.trace import Trace
    from argosy.infrastructure.storage.engine.database import Database
    from argosy.infrastructure.storage.records import NodeExecutionRecord

app = typer.Typer()
_MOST_CANDIDATES = 20


@app.command()
def trace(
    order: Annotated[
        str,
        typer.Argument(
            metavar="ORDER",
            help="Client id of an action, at least its first 6 characters, or the venue's order id.",
        ),
    ],
    as_json: JsonFlag = False,
) -> None:
    """Show the way of one order: run, node, decision, calls, fills and bookings.

    Each step names the code that carries it out. Times are those of the processes' own clocks.
    """
    from argosy.bootstrap import open_runtime
    from argosy.cli.data.trace_steps import steps_of
    from argosy.infrastructure.storage.actions import trace as storage

    database = open_runtime().database
    found = database.run(storage.of_action(_client_id(database, order)))
    steps = steps_of(found, None if found.node is None else _function_of(found.node))
    if as_json:
        print_json(_document(found, steps))
    else:
        _print(found, steps)


def _client_id(database: Database, name: str) -> str:
    """Return the client id of the only action with this name. Raises NotFound, InvalidInput."""
    from argosy.errors import InvalidInput, NotFound
    from argosy.infrastructure.storage.actions.trace import SHORTEST_PREFIX, find_actions

    found = database.run(find_actions(name, limit=_MOST_CANDIDATES + 1))
    if not found:
        raise NotFound(
            "no action has this id",
            expected=f"a client id, at least its first {SHORTEST_PREFIX} characters, or the venue's order id",
            found=repr(name),
            remedy="`argosy actions list` lists open actions, `argosy ledger export` client ids of booked ones",
        )
    if len(found) > 1:
        ids = [each.client_id for each in found[:_MOST_CANDIDATES]]
        listed = "; ".join(
            f"{each.client_id} ({each.action.symbol} at {each.action.venue}, {each.status}, {format_time(each.decided_at)})"
            for each in found[:_MOST_CANDIDATES]
        )
        raise InvalidInput(
            "several actions have this id",
            expected="the whole client id of one",
            found=listed + ("; and more" if len(found) > len(ids) else ""),
            remedy="repeat the command with one of them",
            candidates=ids,
        )
    return found[0].client_id


def _function_of(node: NodeExecutionRecord) -> str | None:
    """Return the file and function of the node's type; None for a type unknown here."""
    from argosy.bootstrap.types import registry
    from argosy.errors import UnknownNodeType

    try:
        function = registry().get(node.type).function
    except UnknownNodeType:  # the package of a plug-in may be gone since
        return None
    path = function.__module__.removeprefix("argosy.").replace(".", "/")
    return f"{path}.py: {function.__qualname__}"


def _print(found: Trace, steps: list[TraceStep]) -> None:
    from argosy.cli.data.trace_steps import between, outcome
    from argosy.core.actions.sentence import sentence_of
    from argosy.core.money.exact import text
    from argosy.text import clean_line

    intent, result = found.intent, found.intent.result
    action, caller = intent.action, intent.caller
    what = sentence_of(action)
    price = "" if action.limit_price is None else f" for at most {text(action.limit_price)} {action.currency}"
    if action.side == "sell":
        price = price.replace("at most", "at least")
    for line in (
        f"{what} at {action.venue}{price}: {outcome(intent)}",
        f"client id {action.client_id}, venue order id {(result and result.venue_id) or 'none'}",
        f"bot {caller.bot_id}, strategy {caller.strategy_id or 'none'}, mode {caller.mode}, "
        f"run {caller.run_id or 'none'}, node {caller.node_id or 'none'}",
        f"signed quantity {text(intent.delta)}, {'reduce-only' if intent.reducing else 'adds risk'}, "
        f"reserved now {text(intent.reserved)}",
    ):
        typer.echo(clean_line(line))
    if caller.run_id and found.run is None:
        typer.echo("the run is not in history: the recorder has not stored it yet, or it is removed")
    typer.echo()
    print_table(
        ("time", "#ms since", "step", "what", "where"),
        (
            (
                format_time(step.at, millis=True),
                "" if gap is None else f"{gap:,.0f}",
                step.name,
                step.text,
                step.code,
            )
            for step, gap in zip(steps, between([step.at for step in steps]), strict=True)
        ),
    )
    if intent.assessment is not None and intent.assessment.findings:
        typer.echo()
        print_table(
            ("limit", "scope", "verdict", "#before", "#after", "#limit value", "finding"),
            ((f.constraint, f.scope, f.verdict, text(f.current), text(f.new), text(f.limit), f.text)
             for f in intent.assessment.findings),
        )  # fmt: skip
    if result is not None and result.fills:
        typer.echo()
        print_table(
            ("fill", "time", "#quantity", "#price", "#fee", "currency"),
            ((f.id, format_time(f.at, millis=True), text(f.quantity), text(f.price), text(f.fee), f.fee_currency or f.currency)
             for f in result.fills),
        )  # fmt: skip


def _document(found: Trace, steps: list[TraceStep]) -> dict[str, Any]:
    from argosy.cli.data.trace_steps import between

    gaps = between([change.at for change in found.changes])
    document = _plain(found)
    document["changes"] = [
        {**each, "afterMs": gap} for each, gap in zip(document["changes"], gaps, strict=True)
    ]
    gaps = between([step.at for step in steps])
    document["steps"] = [{**_plain(each), "afterMs": gap} for each, gap in zip(steps, gaps, strict=True)]
    return {"clientId": found.intent.client_id, **document}


def _plain(value: Any) -> Any:
    """Convert records, with names and times as the API has them."""
    from pydantic.alias_generators import to_camel

    from argosy.core.wire import Wire

    if isinstance(value, datetime):
        return wire(value)
    if isinstance(value, Wire):
        return value.to_wire()
    if is_dataclass(value):
        return {to_camel(field.name): _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
