"""Embedded real servers: Valkey and PostgreSQL from wheels, as children of whoever starts them.

Names are imported on first use: who has servers of its own needs but their addresses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argosy.infrastructure.servers.embedded import EmbeddedServers
    from argosy.infrastructure.servers.endpoints import Endpoints

__all__ = ["EmbeddedServers", "Endpoints"]

_HOMES = {
    "EmbeddedServers": "embedded",
    "Endpoints": "endpoints",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
