"""`make setup` where the first way of installing fails: what it tries, in which order, and what it says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PYTHON = """#!/bin/sh
echo "$UV_SYSTEM_CERTS|$*" >> "$LOG"
case "$*" in
  "-c "*) exec {python} "$@" ;;
  "-m uv --version") exit 0 ;;
  "-m uv "*) [ -n "$UV_SYSTEM_CERTS" ] && [ "$TRUSTED" = yes ] || {{ echo "invalid peer certificate" >&2; exit 2; }} ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path, repo_root: Path) -> Path:
    """The Makefile beside an environment whose `python` answers as behind a proxy that opens TLS."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(repo_root / name, tmp_path / name)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON.format(python=sys.executable))
    python.chmod(0o755)
    return tmp_path


def setup(project: Path, *, trusted: bool) -> tuple[list[str], str]:
    env = {**os.environ, "LOG": str(project / "log"), "TRUSTED": "yes" if trusted else "no"}
    env.pop("UV_SYSTEM_CERTS", None)
    done = subprocess.run(
        ["make", "setup"], cwd=project, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    called = [line for line in (project / "log").read_text().splitlines() if "requirements.lock" in line]
    return called, done.stderr


def test_certificates_of_the_system_come_before_pip(project: Path) -> None:
    (first, second), said = setup(project, trusted=True)
    assert first.startswith("|-m uv pip install")
    assert second.startswith("1|-m uv pip install")
    assert "invalid peer certificate" in said
    assert "certificates that this system trusts" in said
    assert "--quiet" not in first + second


def test_pip_is_the_last_way(project: Path) -> None:
    called, said = setup(project, trusted=False)
    assert [line.split(" ")[1] for line in called] == ["uv", "uv", "pip"]
    assert "trying pip, which takes minutes" in said
