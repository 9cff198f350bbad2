"""Sub-workflow that runs for each item of a list, inside one node.

This node runs the items one after another by itself, not as nodes of the run. The length of a list is known only
during the run, and a canvas is fixed before it. Pure quick nodes also cost less than one message each. The nodes
of each item follow the rules of the run: branches, skipping, time limits and retries by their own policies. Other
items do not affect them. They have no claim and no history of their own; the map node has both.
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import orjson
from pydantic import Field

from argosy.core.wire import Wire
from argosy.errors import ArgosyError, InvalidInput, NodeError, NodeTimeout, WorkflowInvalid
from argosy.graph.compile import compile_expanded, plan_of
from argosy.graph.compiled import CompiledNode
from argosy.graph.context import NodeContext
from argosy.graph.document import canonical_json, parse
from argosy.graph.liveness import resolve
from argosy.graph.node import Binding
from argosy.graph.plan import steps
from argosy.graph.registry import NodeRegistry, node
from argosy.graph.runs import NodeStatus, SourceState

MAX_ITEMS = 1_000
_KEEP = 32


class ItemParams(Wire):
    """Example item, to try the workflow on its own."""

    example: Any = Field(default=None, title="Example")


class ItemOutputs(Wire):
    item: Any
    index: int
    shared: Any


@node("map.item", category="transform", title="Item of a map")
def item(
    ctx: NodeContext, params: ItemParams, item: Any = None, index: int = 0, shared: Any = None
) -> ItemOutputs:
    """Provide the item to the workflow of a map; the map feeds the inputs."""
    return ItemOutputs(item=params.example if item is None else item, index=index, shared=shared)


class ItemResult(Wire):
    value: Any


@node("map.result", category="transform", title="Result of a map")
def item_result(ctx: NodeContext, value: Any) -> ItemResult:
    """Return the result for an item to the map; an item for which this node is skipped has none."""
    return ItemResult(value=value)


class MapParams(Wire):
    """Workflow of the map, with limits.

    `workflow` is an id or a whole document of kind strategy. It needs one `map.item` and one `map.result`.
    """

    workflow: str | dict[str, Any] = Field(title="Workflow", examples=["score_item"])
    max_items: int = Field(default=100, ge=1, le=MAX_ITEMS, title="At most this many items")
    on_error: Literal["fail", "leave_out"] = Field(default="leave_out", title="When an item fails")


class ItemError(Wire):
    """Error of an item without a result."""

    index: int
    node: str
    code: str
    message: str


class MapOutputs(Wire):
    """Results in the order of the items, without failed and skipped ones; at most 20 `errors`."""

    results: list[Any]
    count: int
    failed: int
    skipped: int
    errors: list[ItemError]


class ItemFailed(NodeError):
    """Failure of a node for one item."""

    code = "item_failed"

    def __init__(self, index: int, key: str, error: Exception) -> None:
        super().__init__(f"item {index}: node {key}: {error}")
        self.failure = ItemError(
            index=index,
            node=key,
            code=error.code if isinstance(error, ArgosyError) else type(error).__name__,
            message=str(error)[:200],
        )


def bound_nodes(registry: NodeRegistry) -> Iterable[Callable[..., Any]]:
    """Return the map node, which finds the node types of its workflow in `registry`."""
    workflows = _Workflows(registry)

    @node("map", category="transform", title="Map", timeout_s=30)
    def map_items(
        ctx: NodeContext, params: MapParams, items: list[Any], shared: Binding[Any] = None
    ) -> MapOutputs:
        """Run a workflow of pure quick nodes for each item of a list, one after another.

        `shared` is passed to every item. A list with more items than allowed is refused, not cut.
        """
        if len(items) > params.max_items:
            raise InvalidInput(
                "the list is too long for this map",
                expected=f"at most {params.max_items} items",
                found=f"{len(items)}",
                remedy="filter the list first, or raise maxItems",
            )
        if isinstance(params.workflow, str):
            raise WorkflowInvalid(
                f"the workflow {params.workflow!r} of map {ctx.key} was not expanded",
                remedy="run the compiled workflow",
            )
        nodes = workflows.get(params.workflow)
        ends = ctx.clock.monotonic() + ctx.timeout_s
        results: list[Any] = []
        errors: list[ItemError] = []
        skipped = 0
        for index, value in enumerate(items):
            if ctx.clock.monotonic() >= ends:
                raise NodeTimeout(f"map {ctx.key} ran out of time at item {index} of {len(items)}")
            try:
                found, result = _run_item(
                    ctx, nodes, index, {"item": value, "index": index, "shared": shared}
                )
            except ItemFailed as error:
                if params.on_error == "fail":
                    raise
                errors.append(error.failure)
                continue
            if found:
                results.append(result)
            else:
                skipped += 1
        return MapOutputs(
            results=results, count=len(results), failed=len(errors), skipped=skipped, errors=errors[:20]
        )

    return (map_items,)


class _Workflows:
    """Nodes of compiled sub-workflows in run order, by the digest of their documents."""

    def __init__(self, registry: NodeRegistry) -> None:
        self._registry = registry
        self._kept: dict[str, tuple[CompiledNode, ...]] = {}

    def get(self, raw: Mapping[str, Any]) -> tuple[CompiledNode, ...]:
        digest = hashlib.sha256(canonical_json(raw)).hexdigest()
        found = self._kept.get(digest)
        if found is None:
            document = parse(raw).to_json()
            workflow = compile_expanded(document, self._registry)
            found = tuple(workflow.nodes[key] for key in steps(plan_of(workflow)))
            if len(self._kept) >= _KEEP:
                self._kept.clear()
            self._kept[digest] = found
        return found


def _run_item(
    ctx: NodeContext, nodes: Sequence[CompiledNode], index: int, entry: Mapping[str, Any]
) -> tuple[bool, Any]:
    """Return True and the result if the item has one."""
    states: dict[str, SourceState] = {}
    found, result = False, None
    for each in nodes:
        key = each.key
        ready = resolve(each, states)
        if ready.skip is not None:
            states[key] = SourceState(NodeStatus.SKIPPED, None, None)
            continue
        inputs = {**ready.inputs, **entry} if each.type.name == "map.item" else ready.inputs
        try:
            outputs, branch = _call(ctx, each, index, inputs)
        except Exception as error:
            if each.on_error == "continue":
                states[key] = SourceState(NodeStatus.FAILED, None, None)
                continue
            raise ItemFailed(index, key, error) from error
        states[key] = SourceState(NodeStatus.SUCCESS, branch, outputs)
        if each.type.name == "map.result":
            found, result = True, orjson.loads(outputs)["value"]
    return found, result


def _call(
    ctx: NodeContext, each: CompiledNode, index: int, raw: Mapping[str, Any]
) -> tuple[bytes, str | None]:
    """Run one node for one item, with retries by its own policy."""
    attempt = 1
    while True:
        inner = dataclasses.replace(
            ctx, key=f"{ctx.key}[{index}]/{each.key}", node_id=each.node_id, attempt=attempt
        )
        try:
            inputs = {name: each.type.parse_input(name, value) for name, value in raw.items()}
            result = each.type.call(inner, each.params, inputs)
            branch = getattr(result, "branch", None) if each.type.branches else None
            return each.type.dump_outputs(result), branch
        except Exception as error:
            policy = each.retry
            if attempt >= policy.max_attempts or not getattr(error, "retryable", False):
                raise
            ctx.clock.sleep(policy.delay_after(attempt) * (random.uniform(0.5, 1) if policy.jitter else 1))  # noqa: S311
            attempt += 1
