"""`argosy workflow save`, `versions` and `restore`: documents on a running stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from argosy.cli._shared.actor import actor
from argosy.cli._shared.numbers import MOST
from argosy.cli._shared.output import JsonFlag, print_json, print_table
from argosy.cli._shared.times import readable, wire

if TYPE_CHECKING:
    from argosy.bootstrap import Runtime
    from argosy.graph.document import WorkflowDocument
    from argosy.infrastructure.catalog.workflows import SavedWorkflow
    from argosy.infrastructure.storage.records import WorkflowRecord

WorkflowId = Annotated[str, typer.Argument(help="Id of a saved workflow.")]
NoteOption = Annotated[
    str, typer.Option("--note", "--reason", help="What changed and why; kept with the version.")
]
BaseOption = Annotated[
    int | None,
    typer.Option("--base", min=0, max=MOST, help="Refuse unless this is the newest version (0: none yet)."),
]
KeepOption = Annotated[
    bool, typer.Option("--keep-bots", help="Bots whose own workflow it is keep their version.")
]
LiveOption = Annotated[bool, typer.Option("--live", help="Bots in live mode may use the new version too.")]


def save(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A workflow document: a strategy or a bot's.")],
    note: NoteOption = "",
    base: BaseOption = None,
    keep_bots: KeepOption = False,
    live: LiveOption = False,
    as_json: JsonFlag = False,
) -> None:
    """Check a document and store it as the newest version of its id.

    The next run of its bots uses it.
    """
    from argosy.bootstrap import open_runtime
    from argosy.cli.bots.documents import read
    from argosy.graph.document import parse

    document = parse(read(file))
    _store(open_runtime(), document, note, base, keep_bots=keep_bots, live=live, as_json=as_json)


def versions(workflow_id: WorkflowId, as_json: JsonFlag = False) -> None:
    """List the versions of a workflow, newest first, with the bots that use each."""
    from argosy.bootstrap import open_runtime
    from argosy.errors import NotFound
    from argosy.infrastructure.storage.catalog import bots, workflows

    database = open_runtime().database
    found = database.run(workflows.versions(workflow_id))
    if not found:
        raise NotFound("no such workflow is saved", found=workflow_id, remedy="`argosy workflow save FILE`")
    users: dict[str, list[str]] = {}
    for bot in database.run(bots.every()):
        users.setdefault(bot.workflow_digest, []).append(bot.id)
    rows = [_version(each) | {"bots": users.get(each.digest, [])} for each in found]
    if as_json:
        print_json({"id": workflow_id, "versions": rows})
        return
    print_table(
        ("#version", "digest", "saved", "by", "bots", "note"),
        (
            (
                r["version"],
                r["digest"][:12],
                readable(r["createdAt"]),
                r["createdBy"],
                ", ".join(r["bots"]),
                r["note"],
            )
            for r in rows
        ),
    )


def restore(
    workflow_id: WorkflowId,
    version: Annotated[int, typer.Argument(min=1, max=MOST, help="The version to go back to.")],
    note: NoteOption = "",
    keep_bots: KeepOption = False,
    live: LiveOption = False,
    as_json: JsonFlag = False,
) -> None:
    """Store an older version again, as the newest version."""
    from argosy.bootstrap import open_runtime
    from argosy.graph.document import parse
    from argosy.infrastructure.storage.catalog import workflows

    runtime = open_runtime()
    document = parse(runtime.database.run(workflows.at(workflow_id, version)).document)
    why = note or f"version {version} restored"
    _store(runtime, document, why, None, keep_bots=keep_bots, live=live, as_json=as_json)


def _store(
    runtime: Runtime,
    document: WorkflowDocument,
    note: str,
    base: int | None,
    *,
    keep_bots: bool,
    live: bool,
    as_json: bool,
) -> None:
    from argosy.bootstrap.catalog import find_packaged
    from argosy.infrastructure.catalog import workflows as catalog
    from argosy.infrastructure.catalog.check import check
    from argosy.infrastructure.catalog.surroundings import surroundings

    around = runtime.database.run(surroundings(document, find_packaged))
    warnings = [str(problem) for problem in check(document, around, runtime.registry, find_packaged)]
    order = catalog.SaveOrder(
        actor=actor(), at=runtime.clock.now(), note=note, base=base, follow=not keep_bots, live=live
    )
    saved = runtime.database.run(catalog.save(document, around, order))
    if as_json:
        print_json(
            _version(saved.record)
            | {
                "id": saved.record.workflow_id,
                "kind": saved.record.kind,
                "new": saved.new,
                "bots": [bot.id for bot in saved.follow],
                "keptBots": [bot.id for bot in saved.stay],
                "warnings": warnings,
            }
        )
        return
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
    for line in _words(saved):
        typer.echo(line)


def _words(saved: SavedWorkflow) -> list[str]:
    record = saved.record
    what = "saved as" if saved.new else "is already"
    lines = [
        f"{record.kind} {record.workflow_id} {what} version {record.version}, digest {record.digest[:12]}"
    ]
    if saved.follow:
        used = ", ".join(f"{bot.id} ({bot.mode})" for bot in saved.follow)
        lines.append(f"used from the next run on by {used}")
    if saved.stay:
        lines.append(f"bots that keep their version: {', '.join(bot.id for bot in saved.stay)}")
    if not saved.follow and not saved.stay:
        lines.append(
            "no bot uses it yet: `argosy bots create` makes one"
            if record.kind == "bot"
            else "no bot uses it yet: name it in a bot's workflow"
        )
    return lines


def _version(record: WorkflowRecord) -> dict[str, Any]:
    return {
        "version": record.version,
        "digest": record.digest,
        "name": record.name,
        "createdAt": wire(record.created_at),
        "createdBy": record.created_by,
        "note": record.note,
    }
