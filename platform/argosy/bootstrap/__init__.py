"""Composition root: settings → ports → registries, for every kind of process.

Workers, dashboard, CLI, tests and notebooks use it. Names are imported on first use, so that a replay imports
neither Redis nor Postgres.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argosy.bootstrap.runtime import Runtime, open_runtime
    from argosy.bootstrap.seed import seed
    from argosy.bootstrap.types import domains, registry

__all__ = ["Runtime", "domains", "open_runtime", "registry", "seed"]

_HOMES = {
    "Runtime": "runtime",
    "open_runtime": "runtime",
    "seed": "seed",
    "domains": "types",
    "registry": "types",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
