"""The product's worker with a no-op node and without the domains' modules."""

from __future__ import annotations

from argosy.bootstrap import types
from benchmarks.engine import nodes

types._BUILT_IN = ()
types.registry().add_module(nodes)

from workers.__main__ import main  # noqa: E402 - the registry first

if __name__ == "__main__":
    main(prog_name="python -m benchmarks.engine.argosy_app")
