"""Commands in this process on real servers, and a database to look into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.commands import Argosy, in_process

from argosy.infrastructure.storage.engine.database import Database


@pytest.fixture
def argosy(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Argosy:
    return in_process(monkeypatch, capsys, tmp_path / "home", redis_url, database_url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()
