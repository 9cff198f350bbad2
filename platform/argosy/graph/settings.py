"""Changed parameters of a document's nodes, as `--set node.param=value`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from argosy.core.exact_json import UnreadableJson, load_exact
from argosy.errors import InvalidInput
from argosy.graph.document import WorkflowDocument
from argosy.graph.expansion import camel, merge_params


def with_settings(document: WorkflowDocument, settings: Mapping[str, Mapping[str, Any]]) -> WorkflowDocument:
    """Return the document with changed parameters of nodes.

    A key is "node", or "instance/node" for a node of a bot's strategy. Raises InvalidInput for an unknown
    node, and for overrides of another shape.
    """
    changes: dict[str, dict[str, Any]] = {}
    for key, params in settings.items():
        instance, _, inner = key.partition("/")
        node = document.node(instance)
        if node is None:
            raise InvalidInput(
                f"--set names a node that workflow {document.id} does not have",
                expected="one of " + ", ".join(n.id for n in document.nodes),
                found=instance,
            )
        current = changes.get(instance, dict(node.params))
        if inner:
            overrides = current.get("configOverrides", {})
            if not isinstance(overrides, dict) or not isinstance(overrides.get(inner, {}), dict):
                raise InvalidInput(
                    f"configOverrides of node {instance} holds no parameters by node",
                    expected='{"node": {"parameter": value}}',
                )
            overrides = {**overrides, inner: merge_params(overrides.get(inner, {}), params)}
            changes[instance] = {**current, "configOverrides": overrides}
        else:
            changes[instance] = merge_params(current, {camel(name): value for name, value in params.items()})
    nodes = [n.model_copy(update={"params": changes[n.id]}) if n.id in changes else n for n in document.nodes]
    return document.model_copy(update={"nodes": nodes})


def parse_settings(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Parse `node.param=value`; a value that is not JSON is a plain word.

    Raises InvalidInput for another shape.
    """
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        target, equals, value = text.partition("=")
        node, dot, name = target.rpartition(".")
        if not (equals and dot and node and name):
            raise InvalidInput(
                "--set does not fit", expected="node.param=value, or instance/node.param=value", found=text
            )
        try:
            parsed = _as_text(load_exact(value))
        except UnreadableJson:
            parsed = value
        found.setdefault(node, {})[name] = parsed
    return found


def _as_text(value: Any) -> Any:
    """Return the value with fractions as text, as documents hold decimals."""
    if isinstance(value, dict):
        return {name: _as_text(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return str(value) if isinstance(value, Decimal) else value
