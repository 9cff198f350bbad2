"""Embedded Valkey and PostgreSQL servers from wheels, run as child processes.

Names are imported on first use: with external servers only their addresses are needed.
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
