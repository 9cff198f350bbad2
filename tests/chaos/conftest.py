"""One stack for all tests that harm it; each test leaves it settled and proved."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.stack import ChaosStack, chaos_stack


@pytest.fixture(scope="session")
def seed() -> int:
    """Seed of the run; set `CHAOS_SEED` to repeat one."""
    return int(os.environ.get("CHAOS_SEED", "20261123"))


@pytest.fixture(scope="session")
def stack(seed: int) -> Iterator[ChaosStack]:
    home = Path(tempfile.mkdtemp(prefix="ac-"))
    with chaos_stack(home, seed=seed) as made:
        yield made
    shutil.rmtree(home, ignore_errors=True)
