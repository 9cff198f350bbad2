"""Checks of the strategies in a bot's workflow, and of the workflow of a map."""

from __future__ import annotations

from decimal import Decimal

from pydantic import ValidationError

from argosy.errors import ArgosyError
from argosy.graph.checks.capital import check_capital
from argosy.graph.checks.nodes import MAP_ITEM, MAP_RESULT
from argosy.graph.checks.scope import DocumentCheck, Role
from argosy.graph.document import NodeDocument, WorkflowDocument, parse
from argosy.graph.expansion import MAP, Resolve, configure, left_out
from argosy.graph.nodes.strategy import RESULT, START, STRATEGY, StrategyParams
from argosy.graph.problem import did_you_mean

Inner = tuple[str, Role, WorkflowDocument]
"""Further document to check: the node that it replaces, its role, and the document."""


def check_strategies(scope: DocumentCheck, resolve: Resolve | None) -> list[Inner]:
    """Check the bot's side of each strategy, and return their documents as configured."""
    inner: list[Inner] = []
    weights: dict[str, Decimal] = {}
    for node in scope.nodes:
        if node.type != STRATEGY:
            continue
        try:
            params = StrategyParams.model_validate(node.params)
        except ValidationError:
            continue  # the node checks report the problem
        if params.enabled:
            weights[node.id] = params.weight
        document = None if resolve is None else _resolved(scope, node, params.strategy, resolve)
        if document is not None and _check_fit(scope, node, params, document):
            configured = configure(document, params)
            if params.enabled:
                check_capital(scope, node, configured)
            inner.append((node.id, "strategy", configured))
    if sum(weights.values(), Decimal(0)) > 1:
        listed = " + ".join(f"{weight} ({name})" for name, weight in weights.items())
        scope.add(
            "weights_exceed_capital",
            f"the weights of the enabled strategies add up to more than 1: {listed}",
            "lower a weight, or disable a strategy",
        )
    gone = left_out(scope.document, scope.registry)
    for node_id, reason in gone.items():
        scope.add("left_out", reason, node=node_id, severity="warning")
    if gone and all(node.id in gone for node in scope.nodes):
        scope.add(
            "nothing_runs", "every node is left out: nothing would run", "enable a strategy, or pause the bot"
        )
    return inner


def check_maps(scope: DocumentCheck, resolve: Resolve | None) -> list[Inner]:
    """Return the workflows that map nodes run for each item."""
    inner: list[Inner] = []
    for node in scope.nodes:
        workflow = node.params.get("workflow") if node.type == MAP else None
        document: WorkflowDocument | None = None
        if isinstance(workflow, str) and resolve is not None:
            document = _resolved(scope, node, workflow, resolve)
        elif isinstance(workflow, dict):
            try:
                document = parse(workflow)
            except ArgosyError as error:
                scope.add("map_workflow_invalid", str(error), node=node.id)
        if document is None or scope.role == "map":
            continue
        present = {item.type for item in document.nodes}
        for needed in (MAP_ITEM, MAP_RESULT):
            if needed not in present:
                message = f"the workflow {document.id} of this map has no {needed}"
                scope.add("map_workflow_invalid", message, f"add one {needed} node to it", node=node.id)
        inner.append((node.id, "map", document))
    return inner


def _resolved(
    scope: DocumentCheck, node: NodeDocument, name: str, resolve: Resolve
) -> WorkflowDocument | None:
    try:
        return resolve(name)
    except ArgosyError as error:
        remedy = error.remedy or "`argosy strategies list` shows all"
        scope.add("unknown_strategy", f"unknown strategy {name!r}: {error.message}", remedy, node=node.id)
        return None


def _check_fit(
    scope: DocumentCheck, node: NodeDocument, params: StrategyParams, document: WorkflowDocument
) -> bool:
    """Return False if the document cannot replace the node at all."""
    if document.kind != "strategy" or any(item.type == STRATEGY for item in document.nodes):
        what = f"is of kind {document.kind}" if document.kind != "strategy" else "holds strategies itself"
        scope.add(
            "strategy_recursion",
            f"{params.strategy} {what}: strategies do not nest",
            "refer to a workflow of kind strategy",
            node=node.id,
        )
        return False
    ids = {item.id for item in document.nodes}
    for name in params.config_overrides:
        if name not in ids:
            message = f"configOverrides names {name!r}, which {params.strategy} does not have"
            scope.add("unknown_override", message, did_you_mean(name, ids), node=node.id)
    present = {item.type for item in document.nodes}
    leaves = any(edge.source == node.id for _, edge in scope.edges)
    arrives = any(edge.target == node.id for _, edge in scope.edges)
    for needed, used in ((START, arrives), (RESULT, leaves)):
        if used and needed not in present:
            way = f"leads {'to' if needed == START else 'from'} this strategy"
            message = f"an edge {way}, but {params.strategy} has no {needed} node"
            scope.add("strategy_incomplete", message, f"add one {needed} node to it", node=node.id)
    return True
