"""The sandbox on a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(simulated(seed=7)) as served:
        yield served


@pytest.fixture
def http(sandbox: SandboxThread) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, timeout=30) as client:
        yield client
