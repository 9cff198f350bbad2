"""What to do about a tick that is due: the arithmetic of being late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from argosy.core.schedule import Schedule, expiry_of, next_after

_MOST = 10_000
"""Ticks looked through after a long absence; what lies further back counts as one miss more."""


@dataclass(frozen=True, slots=True)
class Settled:
    """`fire` is the due time of the tick to send now, if any; `missed` ticks are lost; then comes `next_due`."""

    fire: datetime | None
    expires_at: datetime | None
    missed: int
    next_due: datetime | None


def settle(spec: Schedule, due: datetime, now: datetime, seed: str = "") -> Settled:
    """Of the ticks from `due` up to `now` the last one fires, once, if it is not older than its expiry.

    Raises ValueError when `due` is still to come.
    """
    if due > now:
        raise ValueError(f"the tick of {due} is not due at {now}")
    last, count = due, 1
    following = next_after(spec, due, seed)
    while following is not None and following <= now and count < _MOST:
        last, count = following, count + 1
        following = next_after(spec, following, seed)
    if following is not None and following <= now:
        following = next_after(spec, now, seed)
        count += 1
    expires = last + expiry_of(spec, last, seed)
    # A tick must get the time to be delivered, however short its period.
    in_time = now <= expires
    return Settled(
        fire=last if in_time else None,
        expires_at=max(expires, now + timedelta(seconds=1)) if in_time else None,
        missed=count - 1 if in_time else count,
        next_due=following,
    )
