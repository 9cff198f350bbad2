"""One stack for all tests that harm it; each test leaves it settled and proved."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos import shared
from chaos.stack import ChaosStack


@pytest.fixture(scope="session")
def seed() -> int:
    """Seed of the run; set `CHAOS_SEED` to repeat one."""
    return int(os.environ.get("CHAOS_SEED", "20261123"))


@pytest.fixture(scope="session")
def stack(seed: int) -> Iterator[ChaosStack]:
    folder = Path(tempfile.mkdtemp(prefix="ac-"))
    with shared.stack(folder / "stack", seed) as made:
        yield made
    shutil.rmtree(folder, ignore_errors=True)
