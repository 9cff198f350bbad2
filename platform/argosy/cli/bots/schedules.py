"""`argosy schedules`: the schedules of bots; a change takes effect within a second."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from argosy.cli._shared.actor import ReasonOption, actor
from argosy.cli._shared.output import JsonFlag, print_json, print_table
from argosy.cli._shared.times import readable, wire

if TYPE_CHECKING:
    from argosy.infrastructure.storage.engine.database import Database
    from argosy.infrastructure.storage.engine.operation import Operation
    from argosy.infrastructure.storage.records import ScheduleRecord

app = typer.Typer(help="When bots run.", no_args_is_help=True)

ScheduleId = Annotated[str, typer.Argument(help="Id of the schedule.")]


@app.command("list")
def list_(as_json: JsonFlag = False) -> None:
    """List all schedules with their next tick and their counts."""
    from argosy.infrastructure.storage.catalog import schedules

    found = [_row(record) for record in _database().run(schedules.every())]
    if as_json:
        print_json({"schedules": found})
        return
    print_table(
        ("schedule", "bot", "when", "state", "next tick", "#sent", "#missed", "#skipped"),
        (
            (r["id"], r["botId"], r["words"], r["state"], readable(r["nextDueAt"]), r["dispatched"], r["misfired"], r["skipped"])
            for r in found
        ),
        empty="no schedules yet; `argosy schedules set` makes one",
    )  # fmt: skip


@app.command()
def show(
    schedule_id: ScheduleId,
    ticks: Annotated[int, typer.Option(min=1, max=1000, help="How many of the next ticks.")] = 5,
    as_json: JsonFlag = False,
) -> None:
    """Show one schedule and its next ticks."""
    from argosy.core.clock import SystemClock
    from argosy.core.schedule.schedule import next_after, parse
    from argosy.infrastructure.storage.catalog import schedules

    record = _database().run(schedules.get(schedule_id))
    spec, moment = parse(record.spec), SystemClock().now()
    coming = []
    for _ in range(min(max(ticks, 0), 100)):
        due = next_after(spec, moment, record.id)
        if due is None:
            break
        coming.append(wire(due))
        moment = due
    row = _row(record) | {"spec": record.spec, "ticks": coming}
    if as_json:
        print_json(row)
        return
    print_table(
        ("", ""),
        [(n, readable(v) if n.endswith("At") else v) for n, v in row.items() if n not in ("ticks", "spec")],
    )
    for tick in coming:
        typer.echo(f"  {readable(tick)}")


@app.command("set")
def set_(
    schedule_id: ScheduleId,
    spec: Annotated[str, typer.Argument(help='As JSON: {"kind": "window", "everyS": 900, "offsetS": 5}')],
    bot: Annotated[str, typer.Option(help="The bot it starts; the schedule's id when absent.")] = "",
    reason: ReasonOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Create or change a schedule.

    Kinds: interval (everyS), cron (expr) or window (everyS, offsetS).
    """
    from argosy.core.schedule.schedule import parse
    from argosy.core.strict_json import check_json
    from argosy.errors import InvalidInput
    from argosy.infrastructure.config import load_settings
    from argosy.infrastructure.storage.catalog import schedules

    try:
        document = json.loads(spec)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            "the schedule is not JSON", expected="an object with `kind`", found=str(error)
        ) from None
    check_json(spec, what="the schedule")
    if isinstance(document, dict):
        document.setdefault("timezone", load_settings().schedule.timezone)
    parsed = parse(document)
    change = schedules.save(id=schedule_id, bot_id=bot or schedule_id, spec=parsed)
    _say(_change(schedule_id, change, reason), as_json)


@app.command()
def enable(schedule_id: ScheduleId, reason: ReasonOption = "", as_json: JsonFlag = False) -> None:
    """Switch a schedule on; ticks due in the meantime are not made up for."""
    from argosy.infrastructure.storage.catalog import schedules

    _say(_change(schedule_id, schedules.enable(schedule_id, True), reason), as_json)


@app.command()
def disable(schedule_id: ScheduleId, reason: ReasonOption = "", as_json: JsonFlag = False) -> None:
    """Switch a schedule off."""
    from argosy.infrastructure.storage.catalog import schedules

    _say(_change(schedule_id, schedules.enable(schedule_id, False), reason), as_json)


def _change(schedule_id: str, change: Operation[ScheduleRecord], reason: str) -> ScheduleRecord:
    from argosy.core.clock import SystemClock
    from argosy.infrastructure.storage.catalog import bot_versions, schedules
    from argosy.infrastructure.storage.safety.audit import with_audit

    return _database().run(
        with_audit(
            bot_versions.with_schedule(change, actor().id, reason),
            view=schedules.view(schedule_id),
            actor=actor(),
            action="schedule.set",
            subject=f"schedule:{schedule_id}",
            at=SystemClock().now(),
            reason=reason,
        )
    )


def _say(record: ScheduleRecord, as_json: bool) -> None:
    row = _row(record)
    if as_json:
        print_json(row)
    else:
        typer.echo(f"{row['id']}: {row['words']}, {row['state']}")


def _row(record: ScheduleRecord) -> dict[str, Any]:
    from argosy.core.schedule.schedule import describe, parse
    from argosy.errors import InvalidInput

    try:
        words = describe(parse(record.spec))
    except InvalidInput as error:
        words = str(error)
    state = "off" if not record.enabled else "on" if record.bot_running else "bot paused"
    return {
        "id": record.id,
        "botId": record.bot_id,
        "words": words,
        "state": state,
        "nextDueAt": wire(record.next_due_at),
        "lastDispatchedAt": wire(record.last_dispatched_at),
        "dispatched": record.dispatched,
        "misfired": record.misfired,
        "skipped": record.skipped,
    }


def _database() -> Database:
    from argosy.infrastructure.config import load_settings
    from argosy.infrastructure.storage.engine.database import Database
    from argosy.infrastructure.supervisor.runtime import endpoints

    return Database(endpoints(load_settings()).database_url, pool_size=1)
