"""`argosy up` from a folder that holds files with our modules' names, and a settings file with relative paths."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from argosy.infrastructure.servers.sockets import free_port

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

TRAP = "import os, sys; open(os.environ['TRAP'], 'a').write(__name__ + chr(10)); sys.exit('the wrong file was run')"
SETTINGS = """
home = "its home"
[dashboard]
port = {port}
allowed_hosts = ["desk.example.org"]
[flower]
enabled = false
[sandbox]
enabled = false
[worker]
quick = 1
heavy = 0
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="af-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def argosy(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ARGOSY_")}
    modules = os.pathsep.join(["extras", *filter(None, [kept.get("PYTHONPATH")])])
    return subprocess.run(
        [str(Path(sys.executable).with_name("argosy")), *arguments, "--json"],
        cwd=folder, env={**kept, "TRAP": str(folder / "trap"), "PYTHONPATH": modules},
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip


def told(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def test_files_of_the_current_folder_are_not_run_and_its_settings_are_in_force(folder: Path) -> None:
    for name in ("workers.py", "dashboard.py", "beat_schedule.py", "celery.py", "argosy.py", "redis.py"):
        (folder / name).write_text(TRAP)
    (folder / "extras").mkdir()
    (folder / "argosy.toml").write_text(SETTINGS.format(port=free_port()))
    try:
        up = told(argosy(folder, "up", "--detach"))
        assert up["data"] == str(folder / "its home" / "data")
        status = told(argosy(folder, "status"))
        assert {process["state"] for process in status["processes"]} == {"running"}
        address = urlsplit(up["urls"]["dashboard"])
        connection = HTTPConnection(str(address.hostname), address.port, timeout=30)
        connection.request("GET", "/healthz", headers={"Host": "desk.example.org"})
        assert connection.getresponse().status == 200
        connection.close()
        for process in status["processes"]:
            environment = Path(f"/proc/{process['pid']}/environ")
            if environment.exists() and process["name"] not in ("valkey", "postgres"):
                found = dict(
                    pair.partition("=")[::2] for pair in environment.read_text().split("\0") if "=" in pair
                )
                assert found["ARGOSY_CONFIG"] == str(folder / "argosy.toml")
                assert found["PYTHONPATH"].split(os.pathsep)[0] == str(folder / "extras")
                assert Path(f"/proc/{process['pid']}/cwd").resolve() == folder / "its home"
    finally:
        argosy(folder, "down")
    assert not (folder / "trap").exists(), (folder / "trap").read_text()
