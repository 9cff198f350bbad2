"""The blocks of the pages that need a running stack, run against one."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
from support import pages
from support.engine import wait_for
from support.pages import ROOT, Block

from argosy.cli import root as cli
from argosy.infrastructure.servers.sockets import free_port

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

READY = {
    "worker -n": re.compile(r"celery@\S+ ready|\w+@\S+ ready"),
    "beat": re.compile(r"beat: Starting"),
    "workers.recorder": re.compile(r"recorder: started"),
    "dashboard": re.compile(r"dashboard on http"),
    "flower": re.compile(r"Visit me at|Connected to redis"),
}


@dataclass(frozen=True)
class Home:
    """One running stack and the environment that finds it."""

    env: dict[str, str]
    up: dict[str, Any]

    def runtime(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            (Path(self.env["ARGOSY_HOME"]) / "run" / "runtime.json").read_text()
        )
        return found

    def wait_until_idle(self, bot_id: str) -> None:
        """Until no run of the bot goes on: a person who pauses a bot is slower than its run, a test is not."""
        with redis.Redis.from_url(self.runtime()["redisUrl"]) as client:
            wait_for(lambda: not client.exists(f"argosy:lock:bot:{bot_id}"), why=f"{bot_id} is idle")


@pytest.fixture(scope="module")
def stack() -> Iterator[Home]:
    """The stack of the README, with as few processes as its commands need."""
    home = Path(tempfile.mkdtemp(prefix="ad-"))
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ARGOSY_")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COLUMNS": "120",
        "ARGOSY_HOME": str(home),
        "ARGOSY_DASHBOARD__PORT": str(free_port()),
        "ARGOSY_SANDBOX__PORT": str(free_port()),
        "ARGOSY_FLOWER__ENABLED": "false",
        "ARGOSY_WORKER__QUICK": "1",
        "ARGOSY_WORKER__HEAVY": "0",
    }
    try:
        done = _shell("argosy up --detach --json", env)
        assert done.returncode == 0, done.stdout + done.stderr
        yield Home(env, json.loads(done.stdout))
    finally:
        _shell("argosy down", env)
        shutil.rmtree(home, ignore_errors=True)


def _shell(command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=200, check=False
    )


@pytest.mark.parametrize(
    "block", [pytest.param(b, id=str(b)) for b in pages.shell_blocks() if b.needs_stack and not b.lasting]
)
def test_commands(
    block: Block,
    stack: Home,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """In this process, by the entry point of `argosy`: a Python process for each takes longer than the command."""
    monkeypatch.chdir(documents_of(block.page, tmp_path) or ROOT)
    for name, value in stack.env.items():
        monkeypatch.setenv(name, value)
    for command in block.commands:
        program, *arguments = pages.argv(command)
        assert program == "argosy", f"{command}: say here how it is tested"
        if arguments[:2] == ["bots", "run"]:
            stack.wait_until_idle(arguments[2])
        if arguments == ["prepare"]:  # it takes the logs of its process for itself
            done = _shell(command, stack.env)
            code, shown = done.returncode, done.stdout + done.stderr
        else:
            code = cli.run(arguments)
            shown = "".join(capfd.readouterr())
        assert code == 0, f"{command}\n{shown}"
        assert shown.strip(), f"{command} printed nothing"


def documents_of(page: Path, folder: Path) -> Path | None:
    """The folder with the workflow documents that the page prints, as a reader would save them; None without any."""
    found = [json.loads(block.text) for block in pages.blocks("json") if block.page == page]
    documents = [each for each in found if isinstance(each, dict) and {"id", "kind", "nodes"} <= each.keys()]
    for document in documents:
        (folder / f"{document['id']}.json").write_text(json.dumps(document))
    return folder if documents else None


def test_the_map_names_every_key(stack: Home) -> None:
    """What a stack that has run a bot keeps in Redis is what the architecture's table says."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    section = text.split("## State in Redis\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    patterns = [
        re.sub(r"<\w+>", ".+", re.escape(key).replace(r"\<", "<").replace(r"\>", ">"))
        for row in rows
        for key in re.findall(r"`([^`]+)`", row)
    ]
    with redis.Redis.from_url(stack.runtime()["redisUrl"], decode_responses=True) as client:
        wait_for(lambda: client.exists("argosy:events"), why="a run has begun")
        keys = [key.removeprefix("argosy:") for key in client.scan_iter("argosy:*", count=1000)]
        queues = set(re.findall(r"`(argosy\.\w+)`", section))
        bound = set(client.scan_iter("argosy.*"))
    unknown = [key for key in keys if not any(re.fullmatch(pattern, key) for pattern in patterns)]
    assert keys
    assert unknown == []
    assert bound <= queues


@dataclass
class Started:
    """A process whose output is read as it comes."""

    command: str
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def ready(self) -> re.Pattern[str]:
        return next(sign for word, sign in READY.items() if f" {word}" in self.command)

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def follow(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)


def answers(env: dict[str, str]) -> str:
    """Reply of the running workers to Celery's own client."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "celery", "-A", "workers", "inspect", "ping"],
        cwd=env["ARGOSY_HOME"], env=env, capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip


def test_every_process_of_the_guide_joins_by_the_two_settings(stack: Home) -> None:
    """As on another machine: a home of its own, the servers by URL, and all of them together."""
    (block,) = (b for b in pages.shell_blocks() if b.page.name == "many-machines.md" and b.lasting)
    runtime = stack.runtime()
    env = {
        **stack.env,
        "ARGOSY_HOME": str(Path(stack.env["ARGOSY_HOME"]) / "other"),
        "ARGOSY_REDIS_URL": runtime["redisUrl"],
        "ARGOSY_DATABASE_URL": runtime["databaseUrl"],
        "ARGOSY_DASHBOARD__PORT": str(free_port()),
        "PYTHONUNBUFFERED": "1",
    }
    (Path(env["ARGOSY_HOME"])).mkdir()
    started: list[Started] = []
    with ExitStack() as ending:
        for command in block.commands:
            own, _ = pages.words(command)
            arguments = [re.sub(r"(?<=--port=)\d+", str(free_port()), word) for word in pages.argv(command)]
            process = subprocess.Popen(
                arguments, cwd=env["ARGOSY_HOME"], env={**env, **own}, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            ending.callback(process.wait, 60)
            ending.callback(process.kill)
            one = Started(command, process)
            threading.Thread(target=one.follow, daemon=True).start()
            started.append(one)
        for one in started:
            wait_for(
                lambda one=one: one.ready.search(one.output) or one.process.poll() is not None,
                timeout_s=120,
                why=f"{one.command}\n{one.output}",
            )
            assert one.process.poll() is None, f"{one.command}\n{one.output}"
        # "ready" comes before Celery's loop, and a worker that is stopped between the two ends with an error.
        names = re.findall(r"workers worker -n (\w+@)", " ".join(one.command for one in started))
        assert names
        wait_for(lambda: all(name in answers(env) for name in names), timeout_s=120, why="all workers answer")
        for one in started:
            one.process.terminate()
        for one in started:
            assert one.process.wait(60) in {0, -signal.SIGTERM}, f"{one.command}\n{one.output}"
