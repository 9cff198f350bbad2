"""Set values of a document: `node.parameter=value` or `strategy/node.parameter=value`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from argosy.core.strict_json import check_json
from argosy.errors import InvalidInput
from argosy.graph.document import NodeDocument, WorkflowDocument, parse
from argosy.graph.expansion import camel
from argosy.graph.nodes.strategy import STRATEGY
from argosy.graph.problem import did_you_mean

_FORM = re.compile(
    r"(?:(?P<strategy>[^/=.]+)/)?(?P<node>[^/=.]+)\.(?P<parameter>[^/=.]+)=(?P<value>.*)", re.DOTALL
)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LONGEST = 20_000


def with_values(document: WorkflowDocument, values: Sequence[str]) -> WorkflowDocument:
    """Return the document with these values; validation checks them later.

    A value is JSON, or else text. A number with a fraction stays text, because JSON numbers lose digits.
    Raises InvalidInput.
    """
    nodes = {
        node.id: node.model_dump(mode="json", by_alias=True, exclude_defaults=True) for node in document.nodes
    }
    for text in values:
        found = _FORM.fullmatch(text) if len(text) <= _LONGEST else None
        if found is None:
            raise InvalidInput(
                "this sets no value",
                expected="node.parameter=value, or strategy/node.parameter=value for a node inside a strategy",
                found=repr(text[:120]),
            )
        strategy, name = found["strategy"], found["node"]
        node = _node(document, strategy or name)
        params = nodes[node.id].setdefault("params", {})
        if strategy:
            params = _overrides(node, params).setdefault(name, {})
        params[camel(found["parameter"])] = _value(found["value"])
    wire = document.to_json()
    return parse({**wire, "nodes": [nodes[node.id] for node in document.nodes]})


def _node(document: WorkflowDocument, name: str) -> NodeDocument:
    found = document.node(name)
    if found is None:
        ids = [node.id for node in document.nodes]
        raise InvalidInput(
            f"the workflow has no node {name!r}", expected="one of its nodes", remedy=did_you_mean(name, ids)
        )
    return found


def _overrides(node: NodeDocument, params: dict[str, Any]) -> dict[str, Any]:
    if node.type != STRATEGY:
        raise InvalidInput(
            f"node {node.id!r} is no strategy",
            expected="strategy/node.parameter=value with a node of type strategy first",
            found=node.type,
        )
    overrides: dict[str, Any] = params.setdefault("configOverrides", params.pop("config_overrides", {}))
    return overrides


def _value(text: str) -> Any:
    stripped = text.strip()
    if _NUMBER.fullmatch(stripped) and not stripped.lstrip("-").isdigit():
        return stripped
    try:
        value = json.loads(stripped, parse_float=str)
    except (ValueError, RecursionError):
        return text
    check_json(stripped, what="the value")
    return value
