"""A whole stack with real servers and small processes, in a process of its own that can be killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis

from argosy.errors import ConfigError
from argosy.infrastructure.config import Settings
from argosy.infrastructure.processes import wait_gone
from argosy.infrastructure.servers import EmbeddedServers
from argosy.infrastructure.supervisor import RunningStack
from argosy.infrastructure.supervisor.lock import stack_lock

pytestmark = pytest.mark.integration

SCRIPT = """
import asyncio, json, signal, sys
from pathlib import Path
from argosy.errors import ArgosyError
from argosy.errors import ConfigError
from argosy.infrastructure.config import Settings
from argosy.infrastructure.supervisor import ProcessSpec, Stack

signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in a shell's background job
code = "import os, signal\\nif os.fork() == 0: pass\\nwhile True: signal.pause()"

def spec(name, text, **more):
    return ProcessSpec(name, [sys.executable, "-uSEc", text], **more)

prepare = sys.argv[2] if len(sys.argv) > 2 else "pass"
stack = Stack(
    Settings(home=Path(sys.argv[1]), **json.loads(sys.argv[3] if len(sys.argv) > 3 else "{}")),
    processes=lambda settings, endpoints: [spec("one", code), spec("two", code)],
    prepare=lambda settings, endpoints: spec("prepare", prepare, restart=False),
)
try:
    asyncio.run(stack.serve(lambda runtime: print(json.dumps(runtime.as_json()), flush=True)))
except ArgosyError as error:
    print(json.dumps(error.as_dict()))
    sys.exit(1)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ah-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def launch(home: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(home), *arguments], stdout=subprocess.PIPE, env=env
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def first_line(process: subprocess.Popen[bytes]) -> dict[str, object]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the stack said nothing"
    loaded: dict[str, object] = json.loads(line)
    return loaded


def until(condition: Callable[[], object], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def pids(settings: Settings) -> dict[str, int | None]:
    runtime = RunningStack.living(settings)
    return {} if runtime is None else {process.name: process.pid for process in runtime.processes}


def test_a_day_in_the_life(home: Path, launch: Callable[..., subprocess.Popen[bytes]]) -> None:
    settings = Settings(home=home)
    process = launch()
    told = first_line(process)
    assert told["state"] == "up"
    runtime = RunningStack.living(settings)
    assert runtime is not None
    assert [state.name for state in runtime.processes] == ["valkey", "postgres", "one", "two"]

    client = redis.Redis.from_url(runtime.redis_url)
    client.set("kept", "1")
    assert client.waitaof(1, 0, 5000) == [1, 0]
    before = pids(settings)
    for name in ("valkey", "postgres", "one"):
        os.kill(before[name] or 0, signal.SIGKILL)
    until(lambda: all(pids(settings).get(name) not in (None, before[name]) for name in ("valkey", "one")))
    until(lambda: pids(settings).get("postgres") not in (None, before["postgres"]))
    again = RunningStack.living(settings)
    assert again is not None
    assert {state.name: state.restarts for state in again.processes} == {
        "valkey": 1, "postgres": 1, "one": 1, "two": 0,
    }  # fmt: skip
    assert again.redis_url == runtime.redis_url

    def answers() -> bool:
        try:
            return client.get("kept") == b"1"
        except redis.ConnectionError:
            return False

    until(answers)

    def whole_family() -> list[psutil.Process]:
        """Every process of the stack; a server that has just begun again has not started all of its own."""
        found = psutil.Process(process.pid).children(recursive=True)
        return found if len(found) >= 6 else []

    until(whole_family)
    family = whole_family()
    assert family
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert wait_gone(family, 30) == []
    assert not RunningStack.path(settings).exists()

    first_line(launch())
    restarted = RunningStack.living(settings)
    assert restarted is not None
    assert redis.Redis.from_url(restarted.redis_url).get("kept") == b"1"


def test_what_a_killed_supervisor_left_is_ended_by_the_next(
    home: Path, launch: Callable[..., subprocess.Popen[bytes]]
) -> None:
    settings = Settings(home=home)
    process = launch()
    first_line(process)
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    assert RunningStack.living(settings) is None
    told = first_line(launch())
    assert told["state"] == "up"
    assert wait_gone(family, 30) == []


def test_a_runtime_file_that_could_not_be_written_is_written_later(
    home: Path, launch: Callable[..., subprocess.Popen[bytes]]
) -> None:
    settings = Settings(home=home)
    first_line(launch())
    path = RunningStack.path(settings)
    before = pids(settings)
    path.unlink()
    path.mkdir()  # nothing can replace a folder: as on a full disk, every write fails
    os.kill(before["one"] or 0, signal.SIGKILL)
    log = home / "logs" / "supervisor.log"
    until(lambda: log.exists() and "cannot be written" in log.read_text())
    path.rmdir()
    until(lambda: pids(settings).get("one") not in (None, before["one"]))
    assert log.read_text().count("cannot be written") == 1


def test_a_failed_preparation_leaves_nothing_running(
    home: Path, launch: Callable[..., subprocess.Popen[bytes]]
) -> None:
    process = launch("raise SystemExit('migration 7 failed')")
    told = first_line(process)
    assert process.wait(30) == 1
    assert told["message"] == "the database could not be prepared"
    assert "migration 7 failed" in str(told["details"])
    left = [p for p in psutil.process_iter(["cmdline"]) if str(home) in " ".join(p.info["cmdline"] or [])]
    assert wait_gone(left, 30) == []
    assert not RunningStack.path(Settings(home=home)).exists()


def test_a_second_stack_in_the_same_home_is_refused_and_harms_nothing(
    home: Path, launch: Callable[..., subprocess.Popen[bytes]]
) -> None:
    settings = Settings(home=home)
    first_line(launch())
    before = pids(settings)
    second = launch()
    assert first_line(second)["code"] == "conflict"
    assert second.wait(10) == 1
    assert pids(settings) == before
    assert all(psutil.pid_exists(pid) for pid in before.values() if pid)


def test_servers_of_the_users_own_are_used_and_nothing_is_embedded(
    home: Path,
    launch: Callable[..., subprocess.Popen[bytes]],
    servers: EmbeddedServers,
) -> None:
    own = {"redis_url": servers.endpoints.redis_url, "database_url": servers.endpoints.database_url}
    told = first_line(launch("pass", json.dumps(own)))
    assert told["redisUrl"] == own["redis_url"]
    assert list(pids(Settings(home=home))) == ["one", "two"]
    assert not (home / "data").exists()


def test_a_home_that_cannot_be_used_is_a_setting_to_correct(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ConfigError, match="ARGOSY_HOME"),
        stack_lock(Settings(home=tmp_path / "file" / "home")),
    ):
        pass


def test_only_one_may_start_at_a_time(home: Path) -> None:
    settings = Settings(home=home)
    with stack_lock(settings) as first, stack_lock(settings) as second:
        assert (first, second) == (True, False)
    with stack_lock(settings) as again:
        assert again
