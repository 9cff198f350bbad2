"""Checks of the whole graph: cycles, isolated nodes, nodes that can never run."""

from __future__ import annotations

from argosy.graph.checks.scope import DocumentCheck
from argosy.graph.document import EdgeDocument
from argosy.graph.node import WHEN, Port
from argosy.graph.ports import outlet

Needs = frozenset[tuple[str, str]]
"""Branches that a node requires to run: (condition, branch)."""


MAX_CYCLES = 20
"""Largest number of reported cycles; each one takes a pass over the graph."""


def check_flow(scope: DocumentCheck) -> None:
    successors: dict[str, list[str]] = {node.id: [] for node in scope.nodes}
    incoming: dict[str, list[EdgeDocument]] = {node.id: [] for node in scope.nodes}
    for _, edge in scope.edges:
        # The edge checks report self-edges.
        if edge.source in successors and edge.target in successors and edge.source != edge.target:
            successors[edge.source].append(edge.target)
            incoming[edge.target].append(edge)
    order, rest = _sorted(successors)
    for _ in range(MAX_CYCLES):
        if not rest:
            break
        cycle = _cycle(successors, rest)
        names = " → ".join([*cycle, cycle[0]])
        scope.add("cycle", f"the nodes form a cycle: {names}", "remove one of its edges", node=cycle[0])
        successors[cycle[-1]] = [s for s in successors[cycle[-1]] if s != cycle[0]]
        order, rest = _sorted(successors)
    if len(successors) > 1:
        for node_id, following in successors.items():
            if not following and not incoming[node_id] and not _waits(scope, node_id):
                message = "nothing leads to this node or away from it"
                scope.add("orphan", message, "join it, or remove it", node=node_id, severity="warning")
    _check_reachable(scope, order, incoming)
    for node_id, edges in incoming.items():
        _check_gated(scope, node_id, edges)


def _waits(scope: DocumentCheck, node_id: str) -> bool:
    """Return True if the node has required inputs; missing edges into them are another problem."""
    node_type = scope.types.get(node_id)
    return node_type is not None and any(port.required for port in node_type.inputs.values())


def _sorted(successors: dict[str, list[str]]) -> tuple[list[str], set[str]]:
    """Return the topological order of the nodes, and the nodes in or behind a cycle."""
    waiting = dict.fromkeys(successors, 0)
    for names in successors.values():
        for name in names:
            waiting[name] += 1
    order = [name for name, count in waiting.items() if not count]
    for name in order:
        for following in successors[name]:
            waiting[following] -= 1
            if not waiting[following]:
                order.append(following)
    return order, set(successors) - set(order)


def _cycle(successors: dict[str, list[str]], rest: set[str]) -> list[str]:
    """Return a cycle among `rest`, found by walking backwards until a node repeats."""
    before = {name: source for source in successors if source in rest for name in successors[source]}
    path: list[str] = []
    at = next(name for name in successors if name in rest)
    while at not in path:
        path.append(at)
        at = before[at]
    return path[path.index(at) :][::-1]


def _check_reachable(scope: DocumentCheck, order: list[str], incoming: dict[str, list[EdgeDocument]]) -> None:
    """Report nodes that need two branches of one condition, and so never run."""
    needs: dict[str, Needs] = {}
    for node_id in order:
        node_type = scope.types.get(node_id)
        total: Needs = frozenset()
        if node_type is not None:
            for name, port in node_type.inputs.items():
                if port.required or port.binding:
                    total |= _any(scope, needs, incoming[node_id], name)
            total |= _any(scope, needs, incoming[node_id], WHEN)
        taken: dict[str, str] = {}
        for condition, branch in sorted(total):
            if taken.setdefault(condition, branch) != branch:
                scope.add(
                    "unreachable",
                    f"this node runs only if {condition} takes both {taken[condition]!r} and {branch!r}",
                    "use a `merge` node where branches meet again",
                    node=node_id,
                )
                total = frozenset()
                break
        needs[node_id] = total


def _check_gated(scope: DocumentCheck, node_id: str, edges: list[EdgeDocument]) -> None:
    """Warn of a branch into an optional input only, which does not stop the node from running."""
    if _waits(scope, node_id) or any(edge.target_handle == WHEN for edge in edges):
        return
    for edge in edges:
        source, target = scope.types.get(edge.source), scope.types.get(node_id)
        leaving = None if source is None else outlet(source, edge.source_handle)
        port = None if target is None else target.inputs.get(edge.target_handle)
        if leaving is not None and leaving.branch is not None and port is not None and _falls_back(port):
            scope.add(
                "runs_anyway",
                f"this node runs also when {edge.source} does not take {leaving.branch!r}: its input "
                f"{port.name!r} is optional",
                f"join {edge.source}.{leaving.branch} to its `when` as well",
                node=node_id,
                severity="warning",
            )


def _falls_back(port: Port) -> bool:
    """Return True if a dead edge into this port leaves its default in place."""
    return not port.many and not port.binding


def _any(scope: DocumentCheck, needs: dict[str, Needs], incoming: list[EdgeDocument], handle: str) -> Needs:
    """Return the branches that all edges into one handle share.

    One live edge is enough, so only the shared branches are certain.
    """
    shared: Needs | None = None
    for edge in incoming:
        if edge.target_handle != handle:
            continue
        own = needs.get(edge.source, frozenset())
        source = scope.types.get(edge.source)
        leaving = outlet(source, edge.source_handle) if source is not None else None
        if leaving is not None and leaving.branch is not None:
            own |= {(edge.source, leaving.branch)}
        shared = own if shared is None else shared & own
    return shared or frozenset()
