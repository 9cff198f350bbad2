"""The command line inside the test's own process: the same code without a new process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from argosy.cli.root import run


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Argosy = Callable[..., Outcome]


def in_process(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    home: Path,
    redis_url: str,
    database_url: str,
    **environment: str,
) -> Argosy:
    """Return a function that runs a command, as in `argosy("bots", "pause", "b")`.

    The command uses the given servers. `environment` adds or replaces variables.
    """
    for name, value in {
        "COLUMNS": "200",
        "ARGOSY_HOME": str(home),
        "ARGOSY_REDIS_URL": redis_url,
        "ARGOSY_DATABASE_URL": database_url,
        **environment,
    }.items():
        monkeypatch.setenv(name, value)

    def argosy(*arguments: str) -> Outcome:
        capsys.readouterr()
        code = run(list(arguments))
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return argosy
