"""Stack that most weapons share.

Its workers are behind a proxy. It has a file system of its own where one can be mounted.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from chaos import filesystems
from chaos.stack import ChaosStack, chaos_stack, copied


@contextmanager
def stack(home: Path, seed: int) -> Iterator[ChaosStack]:
    """Run a stack; the home of a spoilt stack is copied to a folder beside it."""
    beside = home.with_name(f"{home.name}-kept")
    venue_data = home.with_name(f"{home.name}-venue.sqlite")
    mounted = nullcontext() if filesystems.missing() else filesystems.mounted(home)
    with mounted:
        with chaos_stack(home, seed=seed, proxied=True, venue_data=venue_data) as made:
            yield made
        if made.spoilt:
            copied(home, beside)
    if not made.spoilt:
        shutil.rmtree(home, ignore_errors=True)
        venue_data.unlink(missing_ok=True)
