"""Check that a person's document can be stored: it is sound, and every bot still runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from argosy.errors import ArgosyError, Conflict, WorkflowInvalid
from argosy.graph.compile import compile_workflow
from argosy.graph.document import WorkflowDocument
from argosy.graph.problem import Problem, errors
from argosy.graph.registry import NodeRegistry
from argosy.graph.validation import validate
from argosy.infrastructure.catalog.surroundings import Packaged, Surroundings

_SHOWN = 8
_MOST = 200
"""Largest number of problems in an error's details; the text counts all of them."""
Resolve = Callable[[str], WorkflowDocument]


def check(
    document: WorkflowDocument,
    around: Surroundings,
    registry: NodeRegistry,
    packaged: Packaged,
    also: Sequence[WorkflowDocument] = (),
) -> list[Problem]:
    """Return the warnings about a document.

    `also` are strategies to be saved with the document. Raises WorkflowInvalid with every problem, and
    Conflict for an id of another kind of workflow.
    """
    _same_kind(document, around, packaged)
    resolve = around.resolve(document, *also)
    problems = validate(document, registry, resolve, to_run=False)
    refuse(problems, f"workflow {document.id!r} cannot run")
    for each in also:
        refuse(validate(each, registry, resolve, to_run=False), f"strategy {each.id!r} cannot run")
    if document.kind == "bot":
        compile_workflow(document, registry, resolve)
    else:
        _users_run(document, around, registry)
    return list(problems)


def refuse(problems: Sequence[Problem], what: str) -> None:
    """Raise WorkflowInvalid if one of the problems is an error."""
    wrong = errors(problems)
    if wrong:
        shown = "; ".join(str(problem) for problem in wrong[:_SHOWN])
        raise WorkflowInvalid(
            what,
            expected="a document without errors",
            found=shown if len(wrong) <= _SHOWN else f"{shown}; and {len(wrong) - _SHOWN} more",
            remedy="mend them; `argosy workflow validate FILE` lists all",
            problems=[problem.to_wire() for problem in wrong[:_MOST]],
        )


def _same_kind(document: WorkflowDocument, around: Surroundings, packaged: Packaged) -> None:
    shipped = packaged(document.id)
    kind = around.previous.kind if around.previous is not None else shipped.kind if shipped else document.kind
    if kind != document.kind:
        raise Conflict(
            f"workflow {document.id!r} is of another kind",
            expected=f"a document of kind {kind}",
            found=f"kind {document.kind}",
            remedy="give the document an id of its own",
        )


def _users_run(document: WorkflowDocument, around: Surroundings, registry: NodeRegistry) -> None:
    """Raise WorkflowInvalid with the bots that would stop running.

    Bots that do not run now are ignored.
    """
    broken = []
    for user in around.users:
        now = _failure(user.document, registry, around.resolve(document))
        if now is not None and _failure(user.document, registry, around.resolve()) is None:
            broken.append(f"bot {user.bot.id}: {now}")
    if broken:
        raise WorkflowInvalid(
            f"strategy {document.id!r} would keep bots from running",
            expected="a version with which every bot that uses it runs",
            found="; ".join(broken[:_SHOWN]),
            remedy="change those bots' workflows first, or give the strategy an id of its own",
        )


def _failure(document: WorkflowDocument, registry: NodeRegistry, resolve: Resolve) -> str | None:
    try:
        compile_workflow(document, registry, resolve)
    except ArgosyError as error:
        return str(error)
    return None
