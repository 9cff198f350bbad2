"""Run every test on both stores."""

from __future__ import annotations

import pytest
from support.stores import Handle, MemoryHandle, RedisHandle


@pytest.fixture(params=["memory", "redis"])
def handle(request: pytest.FixtureRequest) -> Handle:
    if request.param == "memory":
        return MemoryHandle()
    return RedisHandle(request.getfixturevalue("redis_url"))
