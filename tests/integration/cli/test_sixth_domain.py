"""A domain from outside on the whole stack: settings, sandbox, bot, flows, figures and commands, like a built-in one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from support.electricity import install

from argosy.bootstrap.dispatch import RedisDispatcher
from argosy.core.clock import SystemClock
from argosy.infrastructure.servers.sockets import free_port

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[3]


class Installation:
    """Argosy with the package installed; `argosy` runs one command and returns its JSON answer."""

    def __init__(self, home: Path) -> None:
        self.home = home
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ARGOSY_")}
        path = [install(home / "plugin"), ROOT / "tests", ROOT / "platform", ROOT]
        self.env = {
            **kept,
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "ARGOSY_HOME": str(home / "argosy"),
            "ARGOSY_DASHBOARD__PORT": str(free_port()),
            "ARGOSY_SANDBOX__PORT": str(free_port()),
            "ARGOSY_FLOWER__ENABLED": "false",
            "ARGOSY_WORKER__QUICK": "1",
            "ARGOSY_WORKER__HEAVY": "0",
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "argosy.cli", *arguments],
            env=self.env, cwd=self.home, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def compare_soon(self) -> None:
        """Request the comparison with the venue that beat requests once a minute."""
        runtime = json.loads((self.home / "argosy" / "run" / "runtime.json").read_text())
        dispatcher = RedisDispatcher(runtime["redisUrl"], SystemClock())
        dispatcher.send("argosy.reconcile", ["power_bot"], queue="argosy.venue", expires_s=10)

    def until(
        self, look: Callable[[], Any], why: str, *, timeout_s: float = 240, every_s: float = 0.3
    ) -> Any:
        """Return the first true answer of `look`; the error shows runs, actions and states."""
        ends = time.monotonic() + timeout_s
        while not (found := look()):
            if time.monotonic() > ends:
                shown = [
                    self.run(*command).stdout
                    for command in (
                        ("runs", "list", "--bot", "power_bot"),
                        ("actions", "list"),
                        ("emergency", "status"),
                        ("ledger", "show"),
                    )
                ]
                raise AssertionError("\n".join([f"waited in vain: {why}", *shown]))
            time.sleep(every_s)
        return found

    def argosy(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def installed() -> Iterator[Installation]:
    home = Path(tempfile.mkdtemp(prefix="a6-"))
    made = Installation(home)
    yield made
    made.run("down")
    shutil.rmtree(home, ignore_errors=True)


def test_a_domain_from_outside_works_like_a_built_in_one(installed: Installation) -> None:
    up = installed.argosy("up", "--detach")
    assert up.get("state") == "up", up

    # Settings in `config show`, commands below its name, no complaint of the doctor.
    shown = installed.run("config", "show").stdout
    assert "electricity.api_key" in shown
    assert installed.run("electricity", "hours").stdout == "power\n"
    failed = [check for check in installed.argosy("doctor")["checks"] if check["status"] == "fail"]
    assert failed == []

    # Its venue answers on the sandbox beside the others.
    hours = json.loads(urlopen(f"{up['urls']['sandbox']}/power/hours").read())
    assert len(hours) == 4

    # Its bot runs and buys.
    def bot() -> dict[str, Any]:
        url = f"{up['urls']['dashboard']}/api/v1/bots/power_bot"
        found: dict[str, Any] = json.loads(urlopen(url).read())
        return found

    installed.until(lambda: Decimal(str(bot()["metrics"].get("mwh", 0))) > 0, "the bot buys an hour")
    installed.until(lambda: (bot()["lastRun"] or {}).get("status") == "success", "a run succeeds")

    # The meter's charges are booked, and the books agree with the venue.
    def charges() -> list[dict[str, Any]]:
        url = f"{up['urls']['dashboard']}/api/v1/ledger/entries?bot=power_bot&limit=100"
        return [row for row in json.loads(urlopen(url).read())["items"] if row["kind"] == "cost"]

    def charged() -> bool:
        installed.compare_soon()
        return len(charges()) >= 2

    installed.until(charged, "two charges of the meter are booked", every_s=2)
    assert all(Decimal(row["amount"]) < 0 for row in charges())
    account = installed.until(
        lambda: [
            row for row in installed.argosy("ledger", "show")["scopes"] if row["scope"] == "bot:power_bot"
        ],
        "the bot's account",
    )
    assert account

    # Its title, icon and figures are the page's.
    domains = json.loads(urlopen(f"{up['urls']['dashboard']}/api/v1/domains").read())["items"]
    (found,) = [each for each in domains if each["name"] == "electricity"]
    assert (found["title"], found["icon"]) == ("Electricity", "zap")
    assert found["figures"] == [{"metric": "mwh", "title": "Bought", "unit": "MWh"}]
    states = {each["scope"]: each["state"] for each in installed.argosy("emergency", "status")["states"]}
    assert states.get("bot:power_bot", "NORMAL") == states.get("domain:electricity", "NORMAL") == "NORMAL"

    # A SHUTDOWN sells its hours by its own unwinder.
    stop = ("shutdown", "--scope", "bot:power_bot", "--reason", "drill")
    installed.argosy(*stop, "--confirm", installed.argosy(*stop, "--flatten")["code"])

    def report() -> str:
        changes = installed.argosy("emergency", "history", "--limit", "5")["changes"]
        return next((each["report"] or "" for each in changes if each["after"] == "SHUTDOWN"), "")

    installed.until(lambda: "(sandbox): flat" in report(), "the hours are sold")
