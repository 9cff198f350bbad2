"""`argosy db` and `argosy schedules` on a real Postgres."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from argosy.cli._shared.output import ExitCode
from argosy.infrastructure.storage.catalog import bots, workflows
from argosy.infrastructure.storage.engine import migrate
from argosy.infrastructure.storage.engine.database import Database, libpq_url

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[3]
Argosy = Callable[..., tuple[int, Any]]


@pytest.fixture
def argosy(redis_url: str, database_url: str, tmp_path: Path) -> Argosy:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "platform"),
        "ARGOSY_HOME": str(tmp_path),
        "ARGOSY_REDIS_URL": redis_url,
        "ARGOSY_DATABASE_URL": database_url,
    }

    def run(*arguments: str) -> tuple[int, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "argosy.cli", *arguments, "--json"],
            env=environment, capture_output=True, text=True, timeout=90, check=False,
        )  # fmt: skip
        return done.returncode, json.loads(done.stdout)

    return run


def test_db(argosy: Argosy, database_url: str) -> None:
    head = migrate.head()
    assert argosy("db", "upgrade") == (0, {"before": head, "revision": head, "changed": False})
    assert argosy("db", "current")[1]["upToDate"]
    assert argosy("db", "check") == (0, {"ok": True, "problems": []})
    with psycopg.connect(libpq_url(database_url), autocommit=True) as connection:
        connection.execute("ALTER TABLE bots DROP COLUMN base_currency")
    code, answer = argosy("db", "check")
    assert code == ExitCode.FAILED
    assert "base_currency" in answer["problems"][0]


def test_schedules(argosy: Argosy, database_url: str) -> None:
    database = Database(database_url)
    document = {"id": "w", "name": "W", "kind": "bot", "schema": 1, "edges": []}
    document["nodes"] = [{"id": "a", "type": "t.t", "params": {}, "position": {"x": 0, "y": 0}}]
    digest = database.run(workflows.save(document, "test")).digest
    bot = {"name": "B", "domain": "trading", "workflow_id": "w", "workflow_digest": digest}
    database.run(bots.save(id="b", capital=Decimal(1), **bot))
    database.close()

    code, made = argosy("schedules", "set", "b", '{"kind": "window", "everyS": 900, "offsetS": 5}')
    assert (code, made["words"], made["state"]) == (0, "each 15 min of the clock + 5 s", "on")
    code, shown = argosy("schedules", "show", "b", "--ticks", "3")
    assert code == 0
    assert [tick[16:19] for tick in shown["ticks"]] == [":05"] * 3
    assert argosy("schedules", "disable", "b")[1]["state"] == "off"
    assert argosy("schedules", "list")[1]["schedules"][0]["state"] == "off"
    assert argosy("schedules", "enable", "b")[1]["state"] == "on"

    code, refused = argosy("schedules", "set", "b", '{"kind": "window", "everyS": 7}')
    assert code == ExitCode.USAGE
    assert "86400" in refused["error"]["expected"]
    assert argosy("schedules", "set", "b", "{")[0] == ExitCode.USAGE
    assert argosy("schedules", "set", "nobody", '{"kind": "interval", "everyS": 7}')[0] == ExitCode.NOT_FOUND
    assert argosy("schedules", "show", "nobody")[0] == ExitCode.NOT_FOUND
