"""Share out turns between processes by a Redis key that expires."""

from __future__ import annotations

from typing import Any

_TOLERANCE_MS = 1000


def take_turn(client: Any, key: str, owner: str, turn_ms: int) -> bool:
    """Take the turn for `turn_ms` unless another process has it; return True on success.

    Expiry is a time on the server's wall clock. A remaining time above `turn_ms` shows that this clock was
    set back since the turn was taken. Such a turn ends here: otherwise no process could take the next one for
    that long.
    """
    if client.set(key, owner, nx=True, px=turn_ms):
        return True
    if client.pttl(key) > turn_ms + _TOLERANCE_MS:
        client.delete(key)
        return bool(client.set(key, owner, nx=True, px=turn_ms))
    return False
