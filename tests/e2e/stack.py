"""The running stack, as the browser tests see it: its URL, its API, and its dashboard process."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

T = TypeVar("T")


def until(look: Callable[[], T | None], what: str, limit_s: float = 45) -> T:
    """The first result of `look` that is not None; fails when there is none within the limit."""
    ends = time.monotonic() + limit_s
    while time.monotonic() < ends:
        if (found := look()) is not None:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {limit_s:.0f} s in vain for {what}")


@dataclass(frozen=True, slots=True)
class RunningStack:
    url: str
    home: Path | None
    """None for a stack whose processes the tests cannot see."""

    def get(self, path: str) -> Any:
        reply = httpx.get(f"{self.url}/api/v1{path}", timeout=10)
        reply.raise_for_status()
        return reply.json()

    def bot(self) -> dict[str, Any]:
        """A bot with strategies, once there is one."""

        def look() -> dict[str, Any] | None:
            return next((bot for bot in self.get("/bots")["items"] if bot["strategies"]), None)

        return until(look, "a bot with strategies")

    def finished_run(self, bot_id: str) -> dict[str, Any]:
        """The newest run of the bot that has ended, once there is one."""

        def look() -> dict[str, Any] | None:
            runs = self.get(f"/runs?bot={bot_id}&limit=20")["items"]
            return next((run for run in runs if run["status"] != "running"), None)

        return until(look, "a run that has ended", limit_s=90)

    def process(self, name: str) -> psutil.Process:
        """The process of this name, by the supervisor's own record."""
        assert self.home is not None
        record = json.loads((self.home / "run" / "runtime.json").read_text())
        (entry,) = (each for each in record["processes"] if each["name"] == name)
        return psutil.Process(entry["pid"])

    def answers(self) -> bool | None:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=2).is_success or None
        except httpx.HTTPError:
            return None
