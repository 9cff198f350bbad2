"""Unit tests open no network socket; one that tries fails with this explanation."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True, scope="module")
def no_network() -> Iterator[None]:
    """Refuses TCP and UDP. Socket pairs and Unix sockets stay: event loops need them."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex", "bind"):
        patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    yield
    patch.undo()


def _guarded(original: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple):
            raise AssertionError(  # noqa: TRY004 - a failed test, not a wrong type
                f"a unit test wants the network ({address}); such a test belongs in tests/integration"
            )
        return original(self, address)

    return guarded
