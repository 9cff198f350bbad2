"""A bot with two strategies in a real Postgres, and the commands in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from argosy.cli.root import run
from argosy.infrastructure.storage.catalog import bots, workflows
from argosy.infrastructure.storage.engine.database import Database

Argosy = Callable[..., tuple[int, Any]]


def two_strategies(up: str = "0.6", down: str = "0.4", *, enabled: bool = True) -> dict[str, Any]:
    def strategy(id: str, weight: str, enabled: bool) -> dict[str, Any]:
        params = {"strategy": "binary_pair", "weight": weight, "enabled": enabled}
        return {"id": id, "type": "strategy", "params": params, "position": {"x": 0, "y": 0}}

    return {
        "id": "two",
        "name": "Two",
        "kind": "bot",
        "schema": 1,
        "nodes": [strategy("up", up, True), strategy("down", down, enabled)],
        "edges": [],
    }


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Bots b1 and b2 with 1000 each."""
    database = Database(database_url)
    saved = database.run(workflows.save(two_strategies(), "test"))
    for name in ("b1", "b2"):
        database.run(
            bots.save(
                id=name,
                name=name,
                domain="trading",
                workflow_id=saved.workflow_id,
                workflow_digest=saved.digest,
                capital=Decimal(1000),
            )
        )
    yield database
    database.close()


@pytest.fixture
def argosy(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    redis_url: str,
    database_url: str,
) -> Argosy:
    """Runs a command; its exit code and the JSON it printed."""
    for name, value in {
        "ARGOSY_HOME": str(tmp_path),
        "ARGOSY_REDIS_URL": redis_url,
        "ARGOSY_DATABASE_URL": database_url,
        "ARGOSY_SANDBOX__ENABLED": "false",
    }.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> tuple[int, Any]:
        code = run([*arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return call
