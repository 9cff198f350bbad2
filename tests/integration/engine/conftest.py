"""An engine on the session's servers; each test starts the workers it wants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.engine import Engine, engine


@pytest.fixture
def stack(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[Engine]:
    with engine(redis_url, database_url, tmp_path) as made:
        yield made
