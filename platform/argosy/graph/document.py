"""Workflow document, as drawn, saved, versioned and diffed.

The form is JSON with React Flow's field names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal

import orjson
from pydantic import ConfigDict, Field, ValidationError, model_validator

from argosy.core.bot import ID_PATTERN
from argosy.core.exact_json import without_mark
from argosy.core.strict_json import check_json
from argosy.core.wire import Line, Text, Wire
from argosy.errors import InvalidInput
from argosy.graph.compiled import OnError
from argosy.graph.foreign import DOCUMENT_FIELDS, EDGE_FIELDS, NODE_FIELDS, foreign, without
from argosy.graph.node import RetryPolicy

MAX_NODES = 2_000
MAX_EDGES = 20_000
MAX_BYTES = 4_000_000

Kind = Literal["strategy", "bot"]


class DiagramPosition(Wire):
    """Position of a node on the canvas, in pixels."""

    x: float = Field(default=0.0, allow_inf_nan=False)
    y: float = Field(default=0.0, allow_inf_nan=False)


class NodeDocument(Wire):
    """Node of a workflow; `timeout_s` and `retry` replace the node type's own when given."""

    id: str = Field(pattern=ID_PATTERN)
    type: str = Field(min_length=1, max_length=128)
    label: Line | None = Field(default=None, max_length=200)
    params: dict[str, Any] = {}
    position: DiagramPosition = DiagramPosition()
    retry: RetryPolicy | None = None
    timeout_s: float | None = Field(default=None, gt=0, le=3600, allow_inf_nan=False)
    on_error: OnError = "fail"

    @model_validator(mode="before")
    @classmethod
    def _ignore_drawing(cls, value: Any) -> Any:
        return without(value, NODE_FIELDS)


class EdgeDocument(Wire):
    """Edge from an output to an input; `source_handle` is optional only if the target is `when`."""

    id: str | None = Field(default=None, max_length=200)
    source: str = Field(min_length=1, max_length=200)
    source_handle: str | None = Field(default=None, max_length=200)
    target: str = Field(min_length=1, max_length=200)
    target_handle: str = Field(min_length=1, max_length=200)

    @model_validator(mode="before")
    @classmethod
    def _ignore_drawing(cls, value: Any) -> Any:
        return without(value, EDGE_FIELDS)


class WorkflowDocument(Wire):
    """Directed acyclic graph of nodes: a strategy, or a bot that orchestrates strategies."""

    model_config = ConfigDict(protected_namespaces=())

    id: str = Field(pattern=ID_PATTERN)
    name: Line = Field(min_length=1, max_length=200)
    kind: Kind
    schema_version: Literal[1] = Field(alias="schema")
    description: Text = Field(default="", max_length=10_000)
    fuse: bool = False
    deadline_s: float | None = Field(default=None, gt=0, le=86_400, allow_inf_nan=False)
    nodes: list[NodeDocument] = Field(min_length=1, max_length=MAX_NODES)
    edges: list[EdgeDocument] = Field(default=[], max_length=MAX_EDGES)

    @model_validator(mode="before")
    @classmethod
    def _ignore_drawing(cls, value: Any) -> Any:
        return without(value, DOCUMENT_FIELDS)

    def node(self, node_id: str) -> NodeDocument | None:
        return next((node for node in self.nodes if node.id == node_id), None)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict, the form that is saved and digested.

        Fields that repeat a default are left out, so a new field with a default changes no digest. Edges,
        parameters and positions are always present.
        """
        wire = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        wire.setdefault("edges", [])
        for node in wire["nodes"]:
            node.setdefault("params", {})
            node["position"] = {"x": 0.0, "y": 0.0, **node.get("position", {})}
        return wire


def load_json(raw: bytes | str) -> Any:
    """Parse a JSON text.

    Raises InvalidInput with line and column if the text is not JSON, or if it is too large.
    """
    if len(raw) > MAX_BYTES:
        raise InvalidInput(
            "the workflow document is too large",
            expected=f"at most {MAX_BYTES} bytes",
            found=f"{len(raw)} bytes",
            remedy="split the workflow, or move large parameters out of it",
        )
    raw = without_mark(raw) if isinstance(raw, bytes) else raw.removeprefix("\ufeff")
    try:
        read = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(
            "the workflow document is not JSON",
            expected="a JSON object",
            found=f"{error.msg} at line {error.lineno}, column {error.colno}",
            remedy="mend the text there; a trailing comma or a missing quote is the usual cause",
            line=error.lineno,
            column=error.colno,
        ) from None
    check_json(raw, what="the workflow document")
    return read


def parse(raw: bytes | str | Mapping[str, Any]) -> WorkflowDocument:
    """Parse the shape of a document; `validation` checks the meaning of its nodes.

    Raises InvalidInput; `details["problems"]` lists every invalid field with its path.
    """
    value = load_json(raw) if isinstance(raw, (bytes, str)) else raw
    stranger = foreign(value) if isinstance(value, Mapping) else None
    if stranger is not None:
        raise InvalidInput(stranger.message, expected="a workflow of Argosy", remedy=stranger.remedy)
    try:
        document = WorkflowDocument.model_validate(value)
        canonical_json(document.to_json())
    except ValidationError as error:
        problems = [
            {"path": json_path(item["loc"]), "message": item["msg"], "found": preview(item["input"])}
            for item in error.errors(include_url=False, include_context=False)
        ]
        first = problems[0]
        raise InvalidInput(
            "the workflow document does not have the shape of one",
            found="; ".join(f"{p['path']}: {p['message']}" for p in problems[:8]),
            remedy=f"start at {first['path']}; `argosy workflow schema` prints the whole shape",
            problems=problems,
        ) from None
    except (RecursionError, ValueError):
        # Pydantic's serialiser raises ValueError for deep nesting.
        raise InvalidInput(
            "the workflow document is nested too deeply", remedy="flatten its parameters"
        ) from None
    return document


def canonical_json(value: Any) -> bytes:
    """Return the canonical bytes of a value: sorted keys, no spaces.

    Equal values give equal bytes. Raises InvalidInput for values without a JSON form.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise InvalidInput(
            "the workflow document holds a value that JSON cannot",
            expected="strings, 64-bit numbers, booleans, null, lists and objects",
            found=str(error),
        ) from None


def canonical(document: WorkflowDocument | Mapping[str, Any]) -> bytes:
    """Return the canonical form of a document; a mapping is parsed first. Raises InvalidInput."""
    if not isinstance(document, WorkflowDocument):
        document = parse(document)
    return canonical_json(document.to_json())


def digest(document: WorkflowDocument | Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of the canonical form: the id of this version of the workflow."""
    return hashlib.sha256(canonical(document)).hexdigest()


def json_path(location: tuple[int | str, ...]) -> str:
    """Return a readable path: ("nodes", 3, "id") → "nodes[3].id"; "$" for the document itself."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".") or "$"


def preview(value: Any, limit: int = 80) -> str:
    """Return a short JSON-like text of any value, for messages."""
    try:
        text = json.dumps(value, default=repr)
    except (ValueError, TypeError, RecursionError):
        text = f"<{type(value).__name__}>"
    return text if len(text) <= limit else text[: limit - 1] + "…"
