"""The product's processes, with the engine tests' nodes and no domain registered."""

from __future__ import annotations

from argosy.bootstrap import types
from support import engine_nodes

types._BUILT_IN = ()  # the engine alone, so no modules of domains are imported
types.registry().add_module(engine_nodes)

from workers.__main__ import main  # noqa: E402 - the registry first

__all__ = ["main"]

if __name__ == "__main__":
    main(prog_name="python -m support.worker_app")
