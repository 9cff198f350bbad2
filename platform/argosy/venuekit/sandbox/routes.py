"""Check of the routes of several modules on one server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from argosy.venuekit.sandbox.module import SandboxModule

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

CONTROL = "/sandbox"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PREFIX = re.compile(r"(/[a-z0-9][a-z0-9._-]*)+")
_OWN = frozenset({CONTROL, "/healthz"})
_RESERVED = (
    "/state", "/clock", "/faults", "/faults/{}", "/record", "/accounts", "/accounts/{}",
    "/accounts/{}/deposit", "/modules", "/modules/{}/pause", "/modules/{}/resume",
)  # fmt: skip


def check_routes(modules: Sequence[SandboxModule]) -> None:
    """Refuse modules that share a name, a prefix or a control path.

    Raises ValueError, which names the later module.
    """
    names: set[str] = set()
    prefixes: set[str] = set()
    paths = {(path, "") for path in _RESERVED}
    for module in modules:
        if not _NAME.fullmatch(module.name) or module.name in names:
            raise ValueError(f"a module's name is unique, in lower case: {module.name!r}")
        names.add(module.name)
        for prefix in module.prefixes:
            if not _PREFIX.fullmatch(prefix) or any(_meet(prefix, other) for other in prefixes | _OWN):
                raise ValueError(f"module {module.name} cannot serve {prefix!r}: it is taken, or no path")
        prefixes |= set(module.prefixes)
        for route in module.routes():
            path = getattr(route, "path", "") + "/"
            if not any(path.startswith(prefix + "/") for prefix in module.prefixes):
                raise ValueError(f"module {module.name} has a route outside its prefixes: {route!r}")
        for path, method in _paths(module.control_routes()):
            if (path, method) in paths or (path, "") in paths:
                raise ValueError(f"module {module.name} cannot serve {CONTROL}{path}: it is taken")
            paths.add((path, method))


def _meet(prefix: str, path: str) -> bool:
    """Return True if one of two paths lies under the other."""
    one, other = prefix + "/", path + "/"
    return one.startswith(other) or other.startswith(one)


def _paths(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        path = re.sub(r"\{[^}]*\}", "{}", getattr(route, "path", ""))
        for method in getattr(route, "methods", None) or {""}:
            yield path, method
