"""`argosy workflow`: validate, plan, run, save and describe workflow documents."""

from __future__ import annotations

from typing import Annotated

import typer

from argosy.cli._shared.output import ExitCode, JsonFlag, print_json, print_table
from argosy.cli.bots.documents import FileArgument, read, resolver
from argosy.cli.bots.workflow_versions import restore, save, versions
from argosy.cli.data.replay import run

app = typer.Typer(no_args_is_help=True)
for command in (run, save, versions, restore):
    app.command()(command)


@app.command()
def validate(file: FileArgument, as_json: JsonFlag = False) -> None:
    """List every problem of a workflow document; exit code 1 when one of them is an error."""
    from argosy.bootstrap.types import registry
    from argosy.graph.problem import errors
    from argosy.graph.validation import validate as problems_of

    problems = problems_of(read(file), registry(), resolver(file), to_run=False)
    wrong = errors(problems)
    if as_json:
        print_json({"valid": not wrong, "problems": [problem.to_wire() for problem in problems]})
    else:
        if problems:
            print_table(
                ("severity", "where", "code", "what", "what to do"),
                ((p.severity, p.where, p.code, p.message, p.remedy) for p in problems),
            )
        warnings = len(problems) - len(wrong)
        also = f", {warnings} warning{'s' if warnings != 1 else ''}" if warnings else ""
        verdict = f"{len(wrong)} error{'s' if len(wrong) != 1 else ''}" if wrong else "valid"
        typer.echo(f"{file}: {verdict}{also}")
    if wrong:
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def plan(
    file: FileArgument,
    links: Annotated[
        bool, typer.Option("--links", help="Also show what each node waits for and sets off.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show how a workflow runs: sequences, parallels, and where it is not series-parallel."""
    from argosy.bootstrap.types import registry
    from argosy.graph.compile import compile_workflow, plan_of
    from argosy.graph.document import parse
    from argosy.graph.plan import describe, to_json

    workflow = compile_workflow(parse(read(file)), registry(), resolver(file))
    tree = plan_of(workflow)
    if as_json:
        nodes = {
            key: {
                "type": node.type.name,
                "queue": node.queue,
                "successors": list(node.successors),
                "waitsFor": node.indegree,
                "fusedNext": node.fused_next,
            }
            for key, node in workflow.nodes.items()
        }
        print_json(
            {
                "workflow": workflow.workflow_id,
                "digest": workflow.digest,
                "plan": to_json(tree),
                "heads": list(workflow.heads),
                "nodes": nodes,
            }
        )
        return
    typer.echo(f"{workflow.workflow_id}: {len(workflow.nodes)} nodes, digest {workflow.digest[:12]}")
    typer.echo(describe(tree))
    if links:
        print_table(
            ("node", "type", "queue", "#waits for", "sets off"),
            (
                (key, node.type.name, node.queue, node.indegree, ", ".join(node.successors))
                for key, node in workflow.nodes.items()
            ),
        )


@app.command()
def schema() -> None:
    """Print the JSON Schema of workflow documents, with the parameters of every node type."""
    from argosy.bootstrap.types import registry
    from argosy.graph.schema import workflow_schema

    print_json(workflow_schema(registry()))
