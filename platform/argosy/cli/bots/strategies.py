"""`argosy strategies`: strategies that a bot's strategy nodes can refer to."""

from __future__ import annotations

from typing import Any

import typer

from argosy.cli._shared.output import JsonFlag, print_json, print_table
from argosy.errors import NotRunning

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """List available strategies."""


@app.command("list")
def list_(as_json: JsonFlag = False) -> None:
    """List strategies that come with Argosy and, while it runs, the newest saved versions."""
    from argosy.bootstrap.types import packaged_workflows

    rows = {
        document.id: _row(document, "packaged")
        for document in packaged_workflows().values()
        if document.kind == "strategy"
    }
    for record, document in _saved():
        rows[document.id] = _row(document, f"saved, version {record.version}")
    found = [rows[name] for name in sorted(rows)]
    if as_json:
        print_json({"strategies": found})
        return
    print_table(
        ("strategy", "name", "#nodes", "from", "digest"),
        ((r["id"], r["name"], r["nodes"], r["source"], r["digest"][:12]) for r in found),
        empty="no strategies",
    )


def _row(document: Any, source: str) -> dict[str, Any]:
    from argosy.graph.document import digest

    return {
        "id": document.id,
        "name": document.name,
        "description": document.description,
        "nodes": len(document.nodes),
        "source": source,
        "digest": digest(document),
    }


def _saved() -> list[tuple[Any, Any]]:
    """Return the saved strategies; an empty list when no stack runs."""
    from argosy.bootstrap import open_runtime
    from argosy.graph.document import parse
    from argosy.infrastructure.storage.catalog import workflows

    try:
        runtime = open_runtime()
    except NotRunning:
        return []
    try:
        records = runtime.database.run(workflows.every("strategy"))
        return [(record, parse(record.document)) for record in records]
    finally:
        runtime.close()
