"""Socket folders fit the operating system's limit, and are private."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from argosy.errors import Unavailable
from argosy.infrastructure.servers.sockets import SOCKET_PATH_LIMIT, socket_dir


@pytest.fixture
def short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    base = tmp_path.parents[1] / "s"
    base.mkdir(exist_ok=True)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(base))
    return base


def test_a_short_folder_is_kept_and_private(tmp_path: Path) -> None:
    folder = socket_dir(tmp_path / "s", "x")
    assert folder == tmp_path / "s"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_long_folder_is_replaced_by_a_stable_short_one(tmp_path: Path, short: Path) -> None:
    long = tmp_path / ("d" * 120)
    folder = socket_dir(long, ".s.PGSQL.5432")
    assert folder.parent == short
    assert len(os.fsencode(folder / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT
    assert socket_dir(long, ".s.PGSQL.5432") == folder
    assert socket_dir(tmp_path / ("e" * 120), ".s.PGSQL.5432") != folder


def test_a_planted_link_is_refused(tmp_path: Path, short: Path) -> None:
    long = tmp_path / ("d" * 120)
    folder = socket_dir(long, "x")
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unavailable, match="symbolic link"):
        socket_dir(long, "x")
