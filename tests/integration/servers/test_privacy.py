"""What other users of the machine reach of the embedded servers and of the home: nothing."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import psycopg
import pytest
import redis

from argosy.infrastructure.private import append_privately, close_home, private_folder
from argosy.infrastructure.servers import EmbeddedServers, postgres, rootless
from argosy.infrastructure.servers.account import SystemAccount
from argosy.infrastructure.servers.postgres import PostgresServer, postgres_binaries

pytestmark = pytest.mark.integration
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

CONNECT = """
import socket, sys
for path in sys.argv[1:]:
    try:
        socket.socket(socket.AF_UNIX).connect(path)
    except PermissionError:
        print("refused")
    else:
        print("connected")
"""


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ah-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def old_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def answer(url: str) -> object:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT 1").fetchone()
        return None if row is None else row[0]


def listening(pid: int) -> list[psutil._common.sconn]:
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return [found for process in family for found in process.net_connections("inet")]


def test_servers_listen_on_private_sockets_only(home: Path) -> None:
    with EmbeddedServers(home) as servers:
        assert redis.Redis.from_url(servers.endpoints.redis_url).ping()
        assert answer(servers.endpoints.database_url) == 1
        assert listening(servers.valkey.pid or 0) == []
        assert listening(servers.postgres.pid or 0) == []
        for path in (servers.valkey.socket_path, servers.postgres.sockets):
            assert path.parent.stat().st_mode & 0o077 == 0


@as_root
def test_another_user_connects_to_neither(home: Path) -> None:
    home.chmod(0o755)  # the way to the sockets themselves is closed, not only the home
    nobody = pwd.getpwnam("nobody")
    with EmbeddedServers(home) as servers:
        sockets = [str(servers.valkey.socket_path), str(servers.postgres.sockets / ".s.PGSQL.5432")]
        account = servers.postgres.account
        if account is not None and account.uid == nobody.pw_uid:
            sockets.pop()  # the account that PostgreSQL itself runs as here
        done = subprocess.run(
            ["/usr/bin/env", "python3", "-c", CONNECT, *sockets], user=nobody.pw_uid, group=nobody.pw_gid,
            extra_groups=[], cwd="/", env={"PATH": "/usr/bin:/bin:/usr/local/bin"}, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0 and "No such file" in done.stderr:
            pytest.skip("no interpreter that another user may run")
        assert done.stdout.split() == ["refused"] * len(sockets), done.stderr


def test_a_port_for_valkey_needs_a_password_that_no_command_line_shows(home: Path) -> None:
    with EmbeddedServers(home, redis_port=_free_port()) as servers:
        port, pid = servers.valkey.port, servers.valkey.pid or 0
        assert redis.Redis.from_url(servers.endpoints.redis_url).ping()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=port).set("owned", "1")
        secret = (home / "data" / "valkey" / "valkey.conf").read_text().split()[1]
        assert redis.Redis(port=port, password=secret).ping()
        assert secret not in " ".join(psutil.Process(pid).cmdline())
        assert (home / "data" / "valkey" / "valkey.conf").stat().st_mode & 0o777 == 0o600
    assert EmbeddedServers(home, redis_port=port).endpoints.redis_url.count(secret) == 1


def _free_port() -> int:
    from argosy.infrastructure.servers.sockets import free_port

    return free_port()


@as_root
def test_root_opens_no_folder_above_its_home(home: Path) -> None:
    home.chmod(0o700)
    with EmbeddedServers(home / "inner") as servers:
        data = servers.postgres.data
        assert answer(servers.endpoints.database_url) == 1
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "inner").stat().st_mode & 0o777 == 0o700
    assert not data.is_relative_to(home)
    assert (data.parents[1] / "home").read_text().strip() == str(home / "inner")
    assert data.parents[1].stat().st_mode & 0o007 == 0


@as_root
def test_data_of_an_earlier_version_are_moved_whole(home: Path) -> None:
    home.chmod(0o711)  # as earlier versions left it
    former = home / "data" / "postgres" / "18"
    for folder in (home / "data", home / "data" / "postgres"):
        folder.mkdir()
        folder.chmod(0o711)
    old = PostgresServer(former, home / "old.log")
    old.start()
    with psycopg.connect(old.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    old.stop()
    home.chmod(0o700)
    with EmbeddedServers(home) as servers:
        with psycopg.connect(servers.endpoints.database_url.replace("+psycopg", "")) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (7,)
        assert not former.exists()
    assert home.stat().st_mode & 0o777 == 0o700
    with EmbeddedServers(home) as servers:
        assert answer(servers.endpoints.database_url) == 1


@as_root
def test_a_move_to_another_disk_is_a_whole_copy(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    old, new = home / "old", home / "there" / "18"
    (old / "base").mkdir(parents=True)
    (old / "base" / "1").write_text("rows")
    new.parent.mkdir()
    nobody = pwd.getpwnam("nobody")
    rename = Path.rename

    def other_disk(self: Path, target: Path) -> Path:
        if self == old:
            raise OSError(errno.EXDEV, "another disk")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", other_disk)
    rootless.move_data(old, new, SystemAccount("nobody", nobody.pw_uid, nobody.pw_gid))
    assert (new / "base" / "1").read_text() == "rows"
    assert {path.stat().st_uid for path in (new, new / "base", new / "base" / "1")} == {nobody.pw_uid}
    assert not old.exists()


@as_root
def test_programs_in_a_closed_folder_are_copied_and_the_folder_stays_closed(home: Path) -> None:
    installed = home / "closed" / "pginstall"
    shutil.copytree(postgres_binaries().parent, installed, symlinks=True)
    (home / "closed").chmod(0o700)
    home.chmod(0o755)
    nobody = pwd.getpwnam("nobody")
    account = SystemAccount("nobody", nobody.pw_uid, nobody.pw_gid)
    usable = rootless.binaries_for(account, installed / "bin", base=home / "shared")
    assert usable.is_relative_to(home / "shared")
    assert rootless.binaries_for(account, installed / "bin", base=home / "shared") == usable
    done = subprocess.run(
        [usable / "postgres", "--version"], user=account.uid, group=account.gid, extra_groups=[],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "PostgreSQL" in done.stdout
    assert (home / "closed").stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("old_umask")
def test_a_home_is_closed_from_the_beginning(home: Path) -> None:
    made = home / "a" / "b"
    close_home(made)
    (made / "logs").mkdir()
    (made / "logs" / "x.log").write_text("")
    for path in (home / "a", made, made / "logs", made / "logs" / "x.log"):
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("old_umask")
def test_a_home_of_an_earlier_version_is_closed_at_the_next_start(home: Path) -> None:
    (home / "logs").mkdir()
    (home / "sandbox").mkdir()
    (home / "notes").mkdir()
    for path in (home / "logs" / "beat.log", home / "sandbox" / "venue-7.sqlite", home / "notes" / "mine"):
        path.write_text("")
    home.chmod(0o755)
    close_home(home)
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "logs" / "beat.log").stat().st_mode & 0o777 == 0o600
    assert (home / "sandbox" / "venue-7.sqlite").stat().st_mode & 0o777 == 0o600
    assert (home / "notes" / "mine").stat().st_mode & 0o777 == 0o644  # not ours


@pytest.mark.usefixtures("old_umask")
def test_a_folder_that_all_users_share_is_not_closed(home: Path) -> None:
    home.chmod(0o1777)
    close_home(home)
    assert home.stat().st_mode & 0o7777 == 0o1777


@pytest.mark.usefixtures("old_umask")
def test_logs_are_private_whoever_makes_them(home: Path) -> None:
    with append_privately(private_folder(home / "logs") / "cli-errors.log") as file:
        file.write(b"x")
    assert (home / "logs").stat().st_mode & 0o777 == 0o700
    assert (home / "logs" / "cli-errors.log").stat().st_mode & 0o777 == 0o600


@as_root
def test_two_processes_that_copy_the_programs_at_once_share_one_copy(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = home / "closed" / "package"
    (package / "pginstall" / "bin").mkdir(parents=True)
    (package / "pginstall" / "bin" / "postgres").write_text("")
    (home / "closed").chmod(0o700)
    nobody = pwd.getpwnam("nobody")
    account, base = SystemAccount("nobody", nobody.pw_uid, nobody.pw_gid), home / "shared"

    def slowly(source: Path, target: Path, **options: Any) -> None:
        shutil.copytree(source, target, **options)
        other = target.parents[1].with_suffix("")  # the same copy, made by another process in between
        shutil.copytree(source, other / package.name / "pginstall")

    monkeypatch.setattr(rootless, "shutil", SimpleNamespace(copytree=slowly, rmtree=shutil.rmtree))
    usable = rootless.binaries_for(account, package / "pginstall" / "bin", base=base)
    assert (usable / "postgres").is_file()
    assert len(list((base / "programs").iterdir())) == 1


@as_root
def test_a_server_whose_programs_are_closed_starts_by_the_command_line_named_first(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = postgres_binaries().parents[1]
    closed = home / "closed"
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, closed / folder.name, symlinks=True)
    closed.chmod(0o700)
    monkeypatch.setattr(
        postgres, "postgres_binaries", lambda: closed / package.name / postgres_binaries().parent.name / "bin"
    )
    server = PostgresServer(home / "data" / "18", home / "server.log", durable=False, home=home)
    argv = list(server.argv)  # the supervisor takes it before the data folder is made
    try:
        server.start()
        assert list(server.argv) == argv
        assert psutil.Process(server.pid).exe() == argv[0]
        assert answer(server.url) == 1
    finally:
        server.stop()
        shutil.rmtree(server.binaries.parents[2])
