"""Turns that processes take by a key that expires."""

from __future__ import annotations

from typing import Any

_TOLERANCE_MS = 1000


def take_turn(client: Any, key: str, owner: str, turn_ms: int) -> bool:
    """Takes the turn for `turn_ms` unless another process has it.

    Expiry is a time of the server's wall clock. A turn that lasts longer than it may was taken before that clock
    was set back: it ends here, else nobody would have the next one for as long as the clock was ahead.
    """
    if client.set(key, owner, nx=True, px=turn_ms):
        return True
    if client.pttl(key) > turn_ms + _TOLERANCE_MS:
        client.delete(key)
        return bool(client.set(key, owner, nx=True, px=turn_ms))
    return False
