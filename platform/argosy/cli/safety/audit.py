"""`argosy audit`: changes and their authors, and proofs that the record is whole."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from argosy.cli._shared.actor import actor as who_types
from argosy.cli._shared.output import ExitCode, JsonFlag, console, print_json, print_json_line, print_table
from argosy.cli._shared.times import format_time

if TYPE_CHECKING:
    from argosy.core.safety.audit import AuditRecord

app = typer.Typer(help="Who changed what, as a chain that shows tampering.", no_args_is_help=True)

Subject = Annotated[
    str | None, typer.Option(help="Only subjects that begin with this: `bot:btc`, `schedule:`.")
]
Who = Annotated[str | None, typer.Option("--actor", help="Only what this actor did.")]
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Only since then (UTC)."),
]


@app.command("list")
def list_(
    subject: Subject = None,
    actor: Who = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """List the newest changes, newest first."""
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.storage.safety import audit

    found = open_runtime().database.run(
        audit.newest(subject=subject, actor=actor, since=_utc(since), limit=limit)
    )
    if as_json:
        print_json({"entries": [_wire(row) for row in found]})
        return
    print_table(
        ("#row", "at", "who", "what", "of", "change", "why"),
        (
            (row.id, format_time(row.at), _who(row), row.action, row.subject, _change(row), row.reason)
            for row in found
        ),
        empty="no changes",
    )  # fmt: skip


@app.command()
def export(
    subject: Subject = None,
    actor: Who = None,
    since: Since = None,
    as_json: JsonFlag = False,
) -> None:
    """Export the whole record, oldest first: one JSON object a line, with the hashes."""
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.safety.chain import rows_of

    begin = _utc(since)
    for row in rows_of(open_runtime().database):
        if subject is not None and not row.subject.startswith(subject):
            continue
        if (actor is not None and row.actor != actor) or (begin is not None and row.at < begin):
            continue
        print_json_line(_wire(row))


@app.command()
def verify(
    anchor: Annotated[
        list[str] | None,
        typer.Option(help="A head written down before, `<id>:<hash>`, as in a daily summary."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Verify the chain of hashes, and name the first broken row.

    Exit code 1 when there is one.
    """
    from argosy.bootstrap import open_runtime
    from argosy.errors import Unavailable
    from argosy.infrastructure.safety.anchor import RedisAnchor, parse
    from argosy.infrastructure.safety.chain import rows_of
    from argosy.infrastructure.safety.chain import verify as verdict_of

    runtime = open_runtime()
    anchors = [parse(text, "--anchor") for text in anchor or ()]
    try:
        kept = RedisAnchor(runtime.endpoints.redis_url).read()
    except Unavailable as error:
        console(stderr=True).print(f"without the anchor in Redis: {error}")
        kept = None
    verdict = verdict_of(rows_of(runtime.database), anchors if kept is None else [*anchors, kept])
    head = verdict.head
    if as_json:
        broken = verdict.broken
        print_json(
            {
                "whole": verdict.whole,
                "rows": verdict.rows,
                "head": None if head is None else f"{head.id}:{head.hash}",
                "anchors": verdict.anchors,
                "broken": None
                if broken is None
                else {"row": broken.row, "fault": broken.fault, "text": broken.text},
            }
        )
    elif verdict.broken is not None:
        typer.echo(f"BROKEN at row {verdict.broken.row} ({verdict.broken.fault}): {verdict.broken.text}")
    else:
        typer.echo(f"whole: {verdict.rows} rows, {verdict.anchors} anchors met")
        if head is not None:
            typer.echo(f"head {head.id}:{head.hash}")
    if not verdict.whole:
        raise typer.Exit(ExitCode.FAILED)


@app.command("anchor")
def anchor_(
    reason: Annotated[str, typer.Option(help="Why the record is another than before; kept in it.")],
    as_json: JsonFlag = False,
) -> None:
    """Make the newest row the anchor in Redis, as after restoring the database.

    The change itself is recorded first; its row becomes the anchor. If the database went back in time, the
    platform is halted first.
    """
    from argosy.bootstrap import open_runtime
    from argosy.core.safety.audit import AuditEntry
    from argosy.infrastructure.safety.anchor import RedisAnchor, anchor_of
    from argosy.infrastructure.storage.safety import audit

    runtime = open_runtime()
    runtime.desk.stop_if_behind()  # even with a good reason: a restored database needs a resume
    store = RedisAnchor(runtime.endpoints.redis_url)
    before, head = store.read(), runtime.database.run(audit.head())
    entry = AuditEntry(
        actor=who_types(),
        action="audit.anchor",
        subject="audit",
        reason=reason,
        before={"anchor": None if before is None else str(before)},
        after={"anchor": None if head is None else str(anchor_of(head))},
    )
    made = anchor_of(runtime.database.run(audit.append(entry, runtime.clock.now())))
    store.replace(made)
    if as_json:
        print_json({"anchor": str(made), "before": None if before is None else str(before)})
    else:
        typer.echo(f"head {made}")


def _wire(row: AuditRecord) -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(row), "at": row.at.isoformat(timespec="microseconds")}


def _who(row: AuditRecord) -> str:
    place = f"@{row.address}" if row.address else ""
    return f"{row.actor}{place} ({row.origin})"


def _change(row: AuditRecord) -> str:
    """Return the changed fields as `state: running → paused`; all fields for a new subject."""
    before, after = row.before or {}, row.after or {}
    parts = [
        f"{name}: {before[name]} → {after.get(name)}" if name in before else f"{name}: {after[name]}"
        for name in {**before, **after}
        if before.get(name) or after.get(name)
    ]
    text = ", ".join(parts)
    return text if len(text) <= 80 else text[:79] + "…"


def _utc(moment: datetime | None) -> datetime | None:
    from datetime import UTC

    return None if moment is None else moment.replace(tzinfo=UTC)
