"""The sandbox on a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest

from argosy.core.clock import SystemClock, from_ms
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    """The sandbox at the machine's own time."""
    with SandboxThread(simulated(seed=7)) as served:
        yield served


class ShiftedClock(SystemClock):
    """Runs like the machine's, but starts 100 s into a window: no test meets a window's end by chance."""

    def __init__(self) -> None:
        now_ms = super().now_ms()
        self._shift_ms = 100_000 - now_ms % 300_000

    def now_ms(self) -> int:
        return super().now_ms() + self._shift_ms

    def now(self) -> datetime:
        return from_ms(self.now_ms())


@pytest.fixture
def running() -> Iterator[SandboxThread]:
    """The sandbox 100 s into a 5-minute window."""
    with SandboxThread(simulated(seed=7, clock=ShiftedClock())) as served:
        yield served


@pytest.fixture
def http(running: SandboxThread) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, timeout=30) as client:
        yield client
