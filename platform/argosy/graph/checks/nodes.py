"""Checks of nodes: ids, types, parameters and retry policies."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from pydantic import BaseModel, ValidationError

from argosy.core.money.money import LARGEST_EXPONENT
from argosy.errors import NotFound
from argosy.graph.checks.scope import DocumentCheck
from argosy.graph.document import NodeDocument, json_path, preview
from argosy.graph.node import NodeType, RetryPolicy
from argosy.graph.nodes.strategy import RESULT, START, STRATEGY
from argosy.graph.problem import did_you_mean

MAP_ITEM = "map.item"
MAP_RESULT = "map.result"
_ONLY_IN = {STRATEGY: "bot", START: "strategy", RESULT: "strategy", MAP_ITEM: "map", MAP_RESULT: "map"}
_NOT_IN_MAP = frozenset({"executor", "trigger", "gate", "monitor"})


def check_nodes(scope: DocumentCheck) -> None:
    """Check all nodes and fill `scope.types` with the known types."""
    for node_id, count in Counter(node.id for node in scope.nodes).items():
        if count > 1:
            scope.add(
                "duplicate_id", f"{count} nodes have the id {node_id!r}", "rename all but one", node=node_id
            )
    for node in scope.nodes:
        try:
            node_type = scope.registry.get(node.type)
        except NotFound as error:
            scope.add("unknown_node_type", error.message, error.remedy or "", node=node.id)
            continue
        scope.types.setdefault(node.id, node_type)
        _check_place(scope, node, node_type)
        _check_params(scope, node, node_type)
        if node.retry is not None:
            _check_retry(scope, node, node.retry)
    for node_type_name in (START, RESULT, MAP_ITEM, MAP_RESULT):
        found = [node.id for node in scope.nodes if node.type == node_type_name]
        for node_id in found[1:]:
            scope.add(
                "only_one",
                f"a workflow has one {node_type_name}, this is another beside {found[0]}",
                "remove one of them",
                node=node_id,
            )


def _check_place(scope: DocumentCheck, node: NodeDocument, node_type: NodeType) -> None:
    belongs = _ONLY_IN.get(node.type)
    if belongs is not None and belongs != scope.role:
        where = "the workflow of a map" if belongs == "map" else f"a workflow of kind {belongs}"
        scope.add("misplaced_node", f"{node.type} belongs into {where}", "remove it here", node=node.id)
    elif scope.role == "map" and belongs is None and not _pure(node_type):
        scope.add(
            "misplaced_node",
            f"{node.type} cannot run inside a map, which takes pure quick nodes only",
            "move it before or after the map",
            node=node.id,
        )


def _pure(node_type: NodeType) -> bool:
    return node_type.pool == "quick" and node_type.category not in _NOT_IN_MAP and node_type.name != "map"


def _check_params(scope: DocumentCheck, node: NodeDocument, node_type: NodeType) -> None:
    model = node_type.params_model
    try:
        params = model.model_validate(node.params)
        _check_amounts(scope, node, params)
        _check_venue(scope, node, params)
        return
    except ValidationError as error:
        details = error.errors(include_url=False)
    except Exception as error:  # noqa: BLE001 - the validator of a plug-in's model may raise anything
        message = f"the parameters of {node.type} cannot be read: {type(error).__name__}: {error}"
        scope.add("parameter_invalid", message, node=node.id)
        return
    names = [field.alias or name for name, field in model.model_fields.items()]
    for item in details:
        path = json_path(item["loc"])
        found = preview(item["input"])
        if item["type"] == "extra_forbidden":
            message = f"{node.type} has no parameter {path!r}"
            scope.add("unknown_parameter", message, did_you_mean(path, names), node=node.id)
        elif item["type"] == "missing":
            scope.add(
                "missing_parameter",
                f"{node.type} needs the parameter {path!r}",
                f"see `argosy nodes show {node.type}`",
                node=node.id,
            )
        elif item["type"] in _RANGES:
            scope.add(
                "parameter_out_of_range", f"parameter {path!r}: {item['msg']}, found {found}", node=node.id
            )
        else:
            scope.add("parameter_invalid", f"parameter {path!r}: {item['msg']}, found {found}", node=node.id)


def _check_venue(scope: DocumentCheck, node: NodeDocument, params: BaseModel) -> None:
    """Refuse a venue that neither an installed domain nor a recording has.

    It is a warning where recordings have the venue, or where a plug-in has venues without naming them.
    """
    registry = scope.registry
    several = getattr(params, "venues", None)
    named = [getattr(params, "venue", None), *(several if isinstance(several, list | tuple) else ())]
    for venue in named:
        if not isinstance(venue, str) or not registry.venues or venue in registry.venues:
            continue
        recorded = venue in registry.recorded_venues
        message = f"there is no venue {venue!r} here: the node fails in every run"
        if recorded:
            message = (
                f"only recordings have the venue {venue!r}: the node fails in every run except in a backtest"
            )
        elif registry.venues_open:
            message += ", unless a plug-in brings the venue"
        scope.add(
            "unknown_venue",
            message,
            did_you_mean(venue, registry.venues),
            node=node.id,
            severity="warning" if recorded or registry.venues_open else "error",
        )


def _check_amounts(scope: DocumentCheck, node: NodeDocument, params: BaseModel) -> None:
    """Refuse decimals beyond `LARGEST_EXPONENT`, which models without bounds accept."""
    for name in type(params).model_fields:
        value = getattr(params, name)
        if isinstance(value, Decimal) and not (
            value.is_finite() and abs(value.adjusted()) <= LARGEST_EXPONENT
        ):
            scope.add(
                "parameter_out_of_range",
                f"parameter {name!r}: expected a number up to 1e{LARGEST_EXPONENT}, found {str(value)[:40]}",
                node=node.id,
            )


_RANGES = frozenset(f"{side}_than{equal}" for side in ("greater", "less") for equal in ("", "_equal")) | {
    "too_long",
    "too_short",
    "string_too_long",
    "string_too_short",
    "multiple_of",
}


def _check_retry(scope: DocumentCheck, node: NodeDocument, retry: RetryPolicy) -> None:
    limits = (
        ("maxAttempts", retry.max_attempts, 1, 100_000),
        ("delayS", retry.delay_s, 0, 3600),
        ("factor", retry.factor, 1, 100),
        ("maxDelayS", retry.max_delay_s, 0, 3600),
    )
    for name, value, low, high in limits:
        if not low <= value <= high:
            scope.add(
                "retry_out_of_range",
                f"retry.{name}: expected {low} to {high}, found {value}",
                "choose a value in the range, or leave it out",
                node=node.id,
            )
