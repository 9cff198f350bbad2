"""The product's Celery application with a no-op node and without the domains' modules."""

from __future__ import annotations

from argosy.bootstrap import types
from benchmarks.engine import nodes

types._BUILT_IN = ()
types.registry().add_module(nodes)

from workers.app import app  # noqa: E402 - the registry first

__all__ = ["app"]
