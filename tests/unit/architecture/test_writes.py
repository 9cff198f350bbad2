"""Nothing but the action gateway calls what changes something at a venue."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

NO_VENUE = {
    # `execute` of a database, of a Redis pipeline or of the node executor.
    "platform/argosy/bootstrap/local.py",
    "platform/argosy/domains/trading/sandbox",
    # An adapter hands `execute` on to the executor inside it.
    "platform/argosy/domains/trading/venues/exchange/adapter.py",
    "platform/argosy/domains/trading/venues/polymarket/adapter.py",
    "platform/argosy/infrastructure/state",
    "platform/argosy/infrastructure/storage",
    "platform/argosy/venuekit/sandbox",
    # The cases of the contract suite run in tests only.
    "platform/argosy/venuekit/testing",
    "workers/tasks.py",
}
GATEWAY = "platform/argosy/infrastructure/actions/gateway.py"
CALLS = "platform/argosy/infrastructure/actions/venue_calls.py"
WRITES = {
    "execute": {CALLS, *NO_VENUE},
    # The requests behind it: an adapter's own, below `execute`; a legacy provider as a venue, and as it is served.
    "post_order": {"platform/argosy/domains/trading/venues/polymarket"},
    "create_order": {
        "platform/argosy/domains/trading/venues/exchange",
        "platform/argosy/legacy",
    },
    "cancel_order": {"platform/argosy/domains/trading/venues", "platform/argosy/legacy"},
    "cancel_all_orders": set(),
    # `argosy cancel-all`, the one way past the gateway: docs/decisions/0105.
    "cancel_open_orders": {"platform/argosy/infrastructure/cancelling.py"},
    "cancel_orders": {"platform/argosy/domains/trading/venues/polymarket"},
    "cancel_all": {"platform/argosy/domains/trading/venues/polymarket"},
    "place_order": {"platform/argosy/legacy"},
    "private_post_order": set(),
}


def sources() -> Iterator[str]:
    for folder in ("platform", "workers", "dashboard"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield path.relative_to(ROOT).as_posix()
    yield "beat_schedule.py"


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every method that is called or handed on by name, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("getattr", "methodcaller"):
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value, node.lineno


def strangers(source: str, text: str) -> list[str]:
    return [
        f"{source}:{line} {name}"
        for name, line in calls(ast.parse(text))
        if name in WRITES and not any(source.startswith(home) for home in WRITES[name])
    ]


def test_only_the_gateway_writes_to_venues() -> None:
    found = [each for source in sources() for each in strangers(source, (ROOT / source).read_text())]
    assert found == []


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def test_only_one_command_cancels_past_the_gateway() -> None:
    module = "argosy.infrastructure.cancelling"
    found = {
        (source, name.removeprefix(f"{module}."))
        for source in sources()
        for name in imports(ast.parse((ROOT / source).read_text()))
        if name.startswith(module)
    }
    assert {source for source, name in found if name != "CancelReport"} == {
        "platform/argosy/cli/safety/cancel_all.py"
    }


def test_the_gateway_does() -> None:
    text = (ROOT / CALLS).read_text()
    assert [name for name, _ in calls(ast.parse(text))].count("execute") == 1
    module = "argosy.infrastructure.actions.venue_calls"
    users = {
        s for s in sources() if any(n.startswith(module) for n in imports(ast.parse((ROOT / s).read_text())))
    }
    assert users == {GATEWAY}


@pytest.mark.parametrize(
    "text",
    ["venue.execute(action)", "do = venue.execute", "getattr(venue, 'execute')(action)", "x.create_order(1)"],
)
def test_a_call_past_it_is_found(text: str) -> None:
    assert strangers("platform/argosy/domains/trading/nodes/buy.py", text)
