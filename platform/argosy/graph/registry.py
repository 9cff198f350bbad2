"""Registry of node types."""

from __future__ import annotations

import difflib
import hashlib
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from argosy.errors import NotFound
from argosy.graph.node import Category, NodeType, Pool, RetryPolicy, describe

F = TypeVar("F", bound=Callable[..., Any])

_ATTRIBUTE = "__argosy_node__"


class NodeRegistry:
    """Node types by name.

    `venues` are the names of known venues, empty if unknown. `recorded_venues` are those of recordings alone.
    `venues_open`: a plug-in has venues without naming them, so others may exist.
    """

    def __init__(self) -> None:
        self._types: dict[str, NodeType] = {}
        self.venues: set[str] = set()
        self.recorded_venues: set[str] = set()
        self.venues_open = False

    def for_recordings(self) -> NodeRegistry:
        """The same types, with the venues of recordings among the known ones."""
        return self.with_venues(self.recorded_venues)

    def with_venues(self, names: Iterable[str]) -> NodeRegistry:
        """The same types, with venues that the calling program brings among the known ones."""
        found = NodeRegistry()
        found._types = self._types
        found.venues = self.venues | set(names)
        found.recorded_venues = self.recorded_venues
        found.venues_open = self.venues_open
        return found

    def add(self, node_type: NodeType) -> None:
        present = self._types.get(node_type.name)
        if present is not None and present.function is not node_type.function:
            raise ValueError(
                f"node type {node_type.name!r} is registered twice: "
                f"{present.function.__module__} and {node_type.function.__module__}"
            )
        self._types[node_type.name] = node_type

    def add_module(self, module: Any) -> int:
        """Register every function of `module` that carries `@node`, and return their number.

        A node that needs to know the other node types is created by the module's `bound_nodes(registry)`.
        """
        count = 0
        bound = getattr(module, "bound_nodes", None)
        if callable(bound):
            for function in bound(self):
                self.add(getattr(function, _ATTRIBUTE))
                count += 1
        for value in vars(module).values():
            node_type = getattr(value, _ATTRIBUTE, None)
            if isinstance(node_type, NodeType):
                self.add(node_type)
                count += 1
        return count

    def get(self, type_: str) -> NodeType:
        """Return the node type; raise NotFound with the nearest names."""
        try:
            return self._types[type_]
        except KeyError:
            near = difflib.get_close_matches(type_, self._types, n=3)
            raise NotFound(
                f"unknown node type {type_!r}",
                remedy=f"did you mean {', '.join(near)}?" if near else "`argosy nodes list` shows all",
            ) from None

    @property
    def digest(self) -> str:
        """Twelve hex digits, equal in processes that know the same types."""
        return hashlib.sha256("\n".join(sorted(self._types)).encode()).hexdigest()[:12]

    def __contains__(self, type_: object) -> bool:
        return type_ in self._types

    def __iter__(self) -> Iterator[NodeType]:
        return iter(sorted(self._types.values(), key=lambda t: t.name))

    def __len__(self) -> int:
        return len(self._types)


def node(
    type_: str,
    *,
    category: Category,
    title: str,
    pool: Pool = "quick",
    timeout_s: float = 10.0,
    retry: RetryPolicy | None = None,
    branches: tuple[str, ...] = (),
    reduces: bool = False,
) -> Callable[[F], F]:
    """Declare a function `(ctx, params, **inputs) -> Outputs` as a node.

    Inputs are the arguments after `params`, required unless they have a default. `Many[T]` accepts any number of
    edges. Outputs are the fields of the returned model. A condition or gate returns `Branch` and names its
    `branches`.

    `pool` selects the workers: "quick" for pure nodes of milliseconds, "io" for nodes that wait on the network,
    "heavy" for long computations. An executor with `reduces` also runs in HALT, because it can reduce risk. The
    gateway still refuses its actions that would add risk. Registration happens when the module is added to a
    registry.
    """

    def declare(function: F) -> F:
        if (category in ("condition", "gate")) != bool(branches):
            raise TypeError(f"{type_}: conditions and gates, and only they, name their branches")
        takes_params, params_model, inputs, outputs_model, outputs = describe(function)
        setattr(
            function,
            _ATTRIBUTE,
            NodeType(
                name=type_,
                function=function,
                category=category,
                title=title,
                description=inspect.getdoc(function) or "",
                params_model=params_model,
                outputs_model=outputs_model,
                inputs=inputs,
                outputs=outputs,
                branches=branches,
                pool=pool,
                timeout_s=timeout_s,
                retry=retry or RetryPolicy(),
                takes_params=takes_params,
                reduces=reduces,
            ),
        )
        return function

    return declare
