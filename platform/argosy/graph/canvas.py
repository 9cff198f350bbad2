"""Celery canvas of a plan: sequence = chain, parallel with join = chord, without = group.

This is the only module of the package that imports Celery. Signatures are by task name, immutable, and carry only
(run id, node key). Data travels by reference in the run's state. A chord's body is the join itself: there are no
start, end or sync tasks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from celery import canvas as celery_canvas
from celery.canvas import Signature, chord, group

from argosy.graph.plan import GraphLevels, Parallel, Plan, Sequence, Step

TASK = "argosy.node"

Form = Literal["task", "chain", "chord", "group"]


def canvas(tree: Plan, run_id: str, queues: Mapping[str, str], *, task: str = TASK) -> Signature:
    """Build the canvas in one pass; `queues` maps each node to its broker queue.

    Results are ignored, except for tasks in a chord's header: Celery counts the join by their results.
    """

    def build(part: Plan, counted: bool) -> Signature:
        if isinstance(part, Step):
            return Signature(
                task,
                args=(run_id, part.key),
                immutable=True,
                options={"queue": queues[part.key], "ignore_result": not counted},
            )
        items = list(_line(part))
        line = _joined(
            [
                _side_by_side([build(p, counted or (len(item) > 1 and item is not items[-1])) for p in item])
                for item in items
            ]
        )
        # The constructor of `chain` folds with `|` and clones the chain at each step: O(n²).
        return line[0] if len(line) == 1 else celery_canvas._chain(line)

    return build(tree, False)


def _line(part: Plan) -> Iterator[tuple[Plan, ...]]:
    """Iterate over the consecutive sets of a part, with nested lines flattened.

    The nesting depth stays that of the plan.
    """
    if isinstance(part, Parallel):
        yield part.parts
    elif isinstance(part, Sequence):
        for inner in part.parts:
            yield from _line(inner)
    elif isinstance(part, GraphLevels):
        for level in part.levels:
            if len(level) == 1:
                yield from _line(level[0])
            else:
                yield level
    else:
        yield (part,)


def _side_by_side(parts: list[Signature]) -> Signature:
    return parts[0] if len(parts) == 1 else group(parts)


def _joined(line: list[Signature]) -> list[Signature]:
    """Turn each group and the task after it into a chord; a group before a group stays a group."""
    joined: list[Signature] = []
    for signature in line:
        if joined and isinstance(joined[-1], group) and not isinstance(signature, group):
            joined[-1] = chord(joined[-1], body=signature)
        else:
            joined.append(signature)
    return joined


def form(signature: Mapping[str, Any]) -> tuple[Form, list[Mapping[str, Any]]]:
    """Return the form of a signature and its parts.

    The parts are the tasks of a chain or group, or [header…, body] of a chord. A single task has no parts.
    """
    kwargs: Mapping[str, Any] = signature.get("kwargs") or {}
    name = signature["task"]
    if name == "celery.chain":
        return "chain", list(kwargs["tasks"])
    if name == "celery.group":
        return "group", list(kwargs["tasks"])
    if name == "celery.chord":
        header = kwargs["header"]
        tasks = header["kwargs"]["tasks"] if isinstance(header, Mapping) else header
        return "chord", [*tasks, kwargs["body"]]
    return "task", []


def key_of(signature: Mapping[str, Any]) -> str:
    """Return the node key of a task signature."""
    return str(signature["args"][1])
