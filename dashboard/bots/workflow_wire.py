"""Workflow documents and node types, as the diagram draws them."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from argosy.core.wire import Wire
from dashboard.wire import Json, View


class _Document(Wire):
    """Base of the parts of a stored document; unknown fields pass unchanged."""

    model_config = ConfigDict(extra="allow", json_schema_serialization_defaults_required=True)


class NodePosition(_Document):
    x: float
    y: float


class WorkflowNode(_Document):
    id: str
    type: str
    label: str | None = None
    params: Json = {}
    position: NodePosition | None = None
    retry: Json | None = None
    timeout_s: float | None = None
    on_error: Literal["fail", "continue"] = "fail"


class WorkflowEdge(_Document):
    source: str
    source_handle: str | None = None
    target: str
    target_handle: str


class WorkflowView(_Document):
    """One immutable version of a workflow, with React Flow's field names."""

    id: str
    name: str
    kind: Literal["strategy", "bot"]
    schema_version: int = Field(default=1, alias="schema")
    description: str = ""
    fuse: bool = False
    deadline_s: float | None = None
    nodes: list[WorkflowNode]
    edges: list[WorkflowEdge] = []


class PortView(View):
    name: str
    type: str
    required: bool
    many: bool


class NodeTypeView(View):
    """One type of node; `params` is the JSON Schema of its parameters."""

    type: str
    title: str
    category: str
    description: str
    pool: Literal["quick", "io", "heavy"]
    timeout_s: float
    inputs: list[PortView]
    outputs: list[PortView]
    branches: list[str]
    params: Json


class NodeTypeList(View):
    items: list[NodeTypeView]
