"""Worker of another build that knows none of the engine tests' nodes."""

from __future__ import annotations

from argosy.bootstrap import types

types._BUILT_IN = ()

from workers.__main__ import main  # noqa: E402 - the registry first

if __name__ == "__main__":
    main(prog_name="python -m support.bare_worker_app")
