"""The product's Celery application with the engine tests' nodes registered beside the product's own."""

from __future__ import annotations

from argosy.bootstrap import types
from support import engine_nodes

types._BUILT_IN = ()  # the engine alone: no domain's modules to import
types.registry().add_module(engine_nodes)

from workers.app import app  # noqa: E402 - the registry first

__all__ = ["app"]
