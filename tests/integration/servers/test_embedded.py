"""The embedded servers survive what happens to them on a user's machine."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from argosy.errors import Conflict, Unavailable
from argosy.infrastructure.processes import wait_gone
from argosy.infrastructure.servers import EmbeddedServers
from argosy.infrastructure.servers.account import SystemAccount, can_pass
from argosy.infrastructure.servers.postgres import PostgresServer, postgres_binaries
from argosy.infrastructure.servers.valkey import ValkeyServer

pytestmark = pytest.mark.integration


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ah-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def scalar(url: str, statement: str) -> object:
    with connect(url) as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]


def test_data_survives_a_stop_and_a_start(home: Path) -> None:
    with EmbeddedServers(home) as first:
        redis.Redis.from_url(first.endpoints.redis_url).set("flag:platform", "HALT|7|drill")
        with connect(first.endpoints.database_url) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept VALUES (7)")
    assert not first.valkey.running
    assert not first.postgres.running
    with EmbeddedServers(home) as again:
        assert redis.Redis.from_url(again.endpoints.redis_url).get("flag:platform") == b"HALT|7|drill"
        assert scalar(again.endpoints.database_url, "SELECT n FROM kept") == 7


def test_settings_that_the_engine_relies_on(home: Path) -> None:
    with EmbeddedServers(home) as servers:
        config = redis.Redis.from_url(servers.endpoints.redis_url).config_get("*")
        assert config["maxmemory-policy"] == "noeviction"
        assert config["appendonly"] == "yes"
        assert config["appendfsync"] == "everysec"
        assert config["bind"] == "127.0.0.1"
        url = servers.endpoints.database_url
        assert scalar(url, "SHOW fsync") == "on"
        assert scalar(url, "SHOW listen_addresses") == ""
        assert scalar(url, "SHOW timezone") == "UTC"
        assert str(scalar(url, "SHOW server_version")).startswith("18.")
        assert scalar(url, "SHOW server_encoding") == "UTF8"
        assert scalar(url, "SELECT current_database()") == "argosy"


def test_start_is_idempotent_and_a_second_owner_is_refused(home: Path) -> None:
    with EmbeddedServers(home, durable=False) as servers:
        pids = servers.valkey.pid, servers.postgres.pid
        assert servers.start() == servers.endpoints
        assert (servers.valkey.pid, servers.postgres.pid) == pids
        with pytest.raises(Conflict, match=str(os.getpid())):
            EmbeddedServers(home, durable=False).start()
        assert redis.Redis.from_url(servers.endpoints.redis_url).ping()
    with EmbeddedServers(home, durable=False) as after:
        assert after.valkey.running


def test_kill_9_of_both_servers_loses_nothing(home: Path) -> None:
    servers = EmbeddedServers(home)
    servers.start()
    client = redis.Redis.from_url(servers.endpoints.redis_url)
    client.set("kept", "1")
    # WAITAOF answers when the write is on disk: nothing to guess about the one-second fsync.
    assert client.waitaof(1, 0, 5000) == [1, 0]
    with connect(servers.endpoints.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    for pid in (servers.valkey.pid, servers.postgres.pid):
        assert pid is not None
        process = psutil.Process(pid)
        process.kill()
        assert wait_gone([process], 30) == []
    servers.start()
    try:
        assert client.get("kept") == b"1"
        assert scalar(servers.endpoints.database_url, "SELECT n FROM kept") == 1
    finally:
        servers.stop()


def test_kill_9_of_the_owner_leaves_servers_that_the_next_start_replaces(home: Path) -> None:
    script = (
        "import sys, pathlib, signal\n"
        "from argosy.infrastructure.servers import EmbeddedServers\n"
        "servers = EmbeddedServers(pathlib.Path(sys.argv[1]))\n"
        "servers.start()\n"
        "print(servers.valkey.pid, servers.postgres.pid, flush=True)\n"
        "signal.pause()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", script, str(home)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert owner.stdout is not None
    orphans = [psutil.Process(int(pid)) for pid in owner.stdout.readline().split()]
    assert len(orphans) == 2
    owner.kill()
    owner.wait()
    owner.stdout.close()
    assert all(orphan.is_running() for orphan in orphans)
    with EmbeddedServers(home) as servers:
        assert redis.Redis.from_url(servers.endpoints.redis_url).ping()
        assert scalar(servers.endpoints.database_url, "SELECT 1") == 1
        assert wait_gone(orphans, 30) == []


def test_a_stale_lock_naming_a_living_stranger_is_no_obstacle(home: Path) -> None:
    with EmbeddedServers(home, durable=False) as servers:
        data, account = servers.postgres.data, servers.postgres.account
    lock = data / "postmaster.pid"
    uid = account.uid if account else os.getuid()
    stranger = subprocess.Popen(["sleep", "100"], user=uid, cwd="/")
    try:
        lock.write_text(f"{stranger.pid}\n{data}\n1700000000\n5432\n/nowhere\n\n  1  1\nready   \n")
        os.chown(lock, uid, -1)
        with EmbeddedServers(home, durable=False) as again:
            assert scalar(again.endpoints.database_url, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_half_made_data_folder_is_made_again(home: Path) -> None:
    data = EmbeddedServers(home, durable=False).postgres.data
    half = data.with_name(data.name + ".new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedServers(home, durable=False) as servers:
        assert scalar(servers.endpoints.database_url, "SELECT 1") == 1
    assert not half.exists()


def test_a_home_too_long_for_a_socket_works(home: Path) -> None:
    with EmbeddedServers(home / ("long" * 30), durable=False) as servers:
        assert scalar(servers.endpoints.database_url, "SELECT 1") == 1
        assert str(home) not in str(servers.postgres.sockets)
        folders = (servers.postgres.sockets, servers.valkey.socket_path.parent)
        assert all(folder.stat().st_mode & 0o077 == 0 for folder in folders)
        assert all(len(bytes(folder)) < 80 for folder in folders)
    for folder in folders:
        shutil.rmtree(folder)


def test_a_port_in_use_is_told_with_the_servers_own_words(home: Path) -> None:
    with EmbeddedServers(home, durable=False) as servers:
        rival = ValkeyServer(home / "rival", home / "rival.log", port=servers.valkey.port, unguarded=True)
        with pytest.raises(Unavailable) as caught:
            rival.start()
        assert caught.value.details["log"]
        assert "did not start" in caught.value.message
        assert not rival.running


def test_a_broken_data_folder_is_told_not_hidden(home: Path) -> None:
    with EmbeddedServers(home, durable=False) as servers:
        control = servers.postgres.data / "global" / "pg_control"
    control.unlink()
    broken = PostgresServer(servers.postgres.data, home / "broken.log", durable=False)
    with pytest.raises(Unavailable) as caught:
        broken.start()
    assert "pg_control" in caught.value.details["log"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_works_for_a_user_without_rights(home: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    if not can_pass(SystemAccount("nobody", nobody.pw_uid, nobody.pw_gid), postgres_binaries() / "postgres"):
        pytest.skip("the servers' programs lie in a folder that no other user can enter")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    script = (
        # The interpreter itself may lie where others cannot read: import first, then drop every right.
        "import os, sys, pathlib, encodings.idna\n"
        "from argosy.infrastructure.servers import EmbeddedServers\n"
        f"os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})\n"
        "with EmbeddedServers(pathlib.Path(sys.argv[1])) as servers:\n"
        "    assert servers.postgres.account is None\n"
        "    print(servers.endpoints.database_url)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(home)],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"], "HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("postgresql+psycopg://")


def test_stop_is_quick_with_open_sessions(home: Path) -> None:
    servers = EmbeddedServers(home, durable=False)
    servers.start()
    with connect(servers.endpoints.database_url) as session:
        session.execute("SELECT 1")
        process = psutil.Process(servers.postgres.pid or 0)
        servers.stop()
        assert wait_gone([process], 0) == []
    assert servers.postgres.stop_signal == signal.SIGINT
