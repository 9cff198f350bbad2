"""Stream seq ("<ms>-<n>") as one sortable 63-bit integer, and back."""

from __future__ import annotations

from argosy.core.event import seq_key

_BITS = 20
_LIMIT = 1 << _BITS


def position_of(seq: str) -> int:
    """Return `ms * 2**20 + n`.

    Raises ValueError for an invalid seq, or for more than 2**20 events in one millisecond.
    """
    ms, n = seq_key(seq)
    if not (0 <= n < _LIMIT and 0 <= ms < 1 << (63 - _BITS)):
        raise ValueError(f"seq {seq!r} is out of range: expected <unix ms>-<n>, n below {_LIMIT}")
    return (ms << _BITS) | n


def seq_of(position: int) -> str:
    return f"{position >> _BITS}-{position & (_LIMIT - 1)}"
