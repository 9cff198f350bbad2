"""`argosy nodes`: available node types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from argosy.cli._shared.output import JsonFlag, console, print_json, print_table

if TYPE_CHECKING:
    from argosy.graph.node import NodeType

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(
    category: Annotated[str | None, typer.Option(help="Only this category.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List all node types by name."""
    from argosy.bootstrap.types import registry
    from argosy.graph.schema import node_schema

    found = [node_type for node_type in registry() if category in (None, node_type.category)]
    if as_json:
        print_json({"nodes": [node_schema(node_type) for node_type in found]})
        return
    print_table(
        ("type", "category", "title", "pool", "inputs", "outputs"),
        (
            (t.name, t.category, t.title, t.pool, ", ".join(t.inputs), ", ".join(t.branches or t.outputs))
            for t in found
        ),
        empty=f"no node type of category {category}" if category else "none",
    )


@app.command()
def show(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="Name of the node type.")],
    as_json: JsonFlag = False,
) -> None:
    """Show one node type: its purpose, ports, branches and parameters."""
    from argosy.bootstrap.types import registry
    from argosy.graph.schema import node_schema, parameters

    node_type = registry().get(type_)
    if as_json:
        print_json(node_schema(node_type))
        return
    console().print(f"[bold]{node_type.name}[/] ({node_type.category}): {node_type.title}")
    typer.echo(f"{node_type.description}\n")
    retry = node_type.retry
    typer.echo(
        f"pool {node_type.pool}, time limit {node_type.timeout_s:g} s, at most {retry.max_attempts} attempts\n"
    )
    print_table(("input", "type", "takes"), _inputs(node_type), empty="no inputs")
    print_table(
        ("output", "type"), ((p.name, p.type_name) for p in node_type.outputs.values()), empty="no outputs"
    )
    if node_type.branches:
        typer.echo(f"branches: {', '.join(node_type.branches)}")
    print_table(
        ("parameter", "type", "default", "meaning"),
        ((p.name, p.type, p.default, p.meaning) for p in parameters(node_type)),
        empty="no parameters",
    )


def _inputs(node_type: NodeType) -> list[tuple[Any, ...]]:
    return [(p.name, p.type_name, p.takes) for p in node_type.inputs.values()]
