"""Check of the shape of a workflow document, which reports every invalid field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from argosy.errors import InvalidInput
from argosy.graph.document import (
    MAX_EDGES,
    MAX_NODES,
    EdgeDocument,
    NodeDocument,
    WorkflowDocument,
    canonical_json,
    json_path,
    load_json,
    preview,
)
from argosy.graph.foreign import foreign
from argosy.graph.problem import Problem

M = TypeVar("M", bound=BaseModel)

_STAND_IN = {"id": "unnamed", "name": "unnamed", "kind": "strategy", "schema": 1}


@dataclass(frozen=True, slots=True)
class ReadableParts:
    """Readable part of a document; `document` is None if too little is readable.

    Edges keep their index.
    """

    document: WorkflowDocument | None
    problems: list[Problem]
    edges: list[tuple[int, EdgeDocument]]
    broken: frozenset[str] = frozenset()


def read(raw: Any) -> ReadableParts:
    """Read any value as a workflow document; never raises."""
    problems: list[Problem] = []
    try:
        value = load_json(raw) if isinstance(raw, (bytes, str)) else raw
        if isinstance(value, WorkflowDocument):
            return ReadableParts(value, [], list(enumerate(value.edges)))
        canonical_json(value)
    except InvalidInput as error:
        message = f"{error.message}: expected {error.expected}, found {error.found}"
        return ReadableParts(None, [_problem("not_json", message, "$", error.remedy or "")], [])
    if not isinstance(value, Mapping):
        message = f"expected a JSON object, found {preview(value)}"
        return ReadableParts(None, [_problem("not_an_object", message, "$", "start from an example")], [])

    stranger = foreign(value)
    if stranger is not None:
        return ReadableParts(None, [stranger], [])
    header = {name: item for name, item in value.items() if name not in ("nodes", "edges")}
    raw_nodes = _list(value, "nodes", MAX_NODES, problems)
    raw_edges = _list(value, "edges", MAX_EDGES, problems)
    if raw_nodes is None or raw_edges is None:
        return ReadableParts(None, problems, [])
    if not raw_nodes:
        problems.append(_problem("no_nodes", "there are no nodes", "nodes", "add at least one node"))

    nodes: list[NodeDocument] = []
    broken = set()
    for index, item in enumerate(raw_nodes):
        node = _read(NodeDocument, item, ("nodes", index), problems, _node_id(item))
        if node is not None:
            nodes.append(node)
        elif isinstance(item, Mapping):
            broken.add(str(item.get("id")))
    edges = []
    for index, item in enumerate(raw_edges):
        edge = _read(EdgeDocument, item, ("edges", index), problems)
        if edge is not None:
            edges.append((index, edge))
    document = _header(header, problems).model_copy(
        update={"nodes": nodes, "edges": [edge for _, edge in edges]}
    )
    return ReadableParts(document, problems, edges, frozenset(broken))


def _header(header: Mapping[str, Any], problems: list[Problem]) -> WorkflowDocument:
    probe = {"nodes": [{"id": "probe", "type": "probe"}]}
    try:
        return WorkflowDocument.model_validate({**header, **probe})
    except ValidationError as error:
        problems += _problems(error, ())
        bad = {str(item["loc"][0]) for item in _details(error)}
    known = {field.alias or name for name, field in WorkflowDocument.model_fields.items()}
    good = {name: item for name, item in header.items() if name in known - bad}
    return WorkflowDocument.model_validate({**_STAND_IN, **good, **probe})


def _list(value: Mapping[str, Any], name: str, limit: int, problems: list[Problem]) -> list[Any] | None:
    items = value.get(name, [] if name == "edges" else None)
    if items is None:
        problems.append(_problem("missing_field", f"{name} is missing", name, f"add a list of {name}"))
        return None
    if not isinstance(items, list):
        problems.append(_problem("wrong_shape", f"expected a list, found {preview(items)}", name))
        return None
    if len(items) > limit:
        message = f"expected at most {limit} {name}, found {len(items)}"
        problems.append(_problem(f"too_many_{name}", message, name, "split the workflow"))
        return None
    return items


def _read(
    model: type[M], item: Any, at: tuple[str | int, ...], problems: list[Problem], node_id: str | None = None
) -> M | None:
    try:
        return model.model_validate(item)
    except ValidationError as error:
        problems += _problems(error, at, node_id)
    return None


def _problems(error: ValidationError, at: tuple[str | int, ...], node_id: str | None = None) -> list[Problem]:
    found = []
    for item in _details(error):
        location = (*at, *item["loc"])
        code, message, remedy = "wrong_shape", f"{item['msg']}, found {preview(item['input'])}", ""
        if item["type"] == "missing":
            code, message = "missing_field", f"{location[-1]} is missing"
            remedy = "add it; `argosy workflow schema` prints the whole shape"
        elif item["type"] == "extra_forbidden":
            code, message = "unknown_field", f"unknown field {location[-1]!r}"
            remedy = "remove it; parameters of a node belong into its `params`"
        elif location[-1] == "id" and item["type"] == "string_pattern_mismatch":
            code = "bad_id"
            message = f"{preview(item['input'])} is not an id"
            remedy = "use 1 to 64 letters, digits, `_` or `-`"
        found.append(
            Problem(
                code=code,
                message=message,
                remedy=remedy,
                node_id=node_id,
                edge=int(at[1]) if at and at[0] == "edges" else None,
                path=json_path(location),
            )
        )
    return found


def _details(error: ValidationError) -> list[Any]:
    return list(error.errors(include_url=False, include_context=False))


def _node_id(item: Any) -> str | None:
    found = item.get("id") if isinstance(item, Mapping) else None
    return found if isinstance(found, str) else None


def _problem(code: str, message: str, path: str, remedy: str = "") -> Problem:
    return Problem(code=code, message=message, remedy=remedy, path=path)
