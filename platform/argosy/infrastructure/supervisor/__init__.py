"""Supervisor of one machine's processes: ordered start, restart with back-off, orderly stop.

Names are imported on first use: most commands only look up the stack's addresses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argosy.infrastructure.supervisor.runtime import RunningStack, endpoints
    from argosy.infrastructure.supervisor.spec import ProcessSpec
    from argosy.infrastructure.supervisor.stack import Stack
    from argosy.infrastructure.supervisor.supervisor import Supervisor
    from argosy.infrastructure.supervisor.table import process_table

__all__ = ["ProcessSpec", "RunningStack", "Stack", "Supervisor", "endpoints", "process_table"]

_HOMES = {
    "ProcessSpec": "spec",
    "RunningStack": "runtime",
    "Stack": "stack",
    "Supervisor": "supervisor",
    "endpoints": "runtime",
    "process_table": "table",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
