"""Settlement of due ticks; the cost depends neither on the absence nor on the jitter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from argosy.core.schedule.schedule import Schedule, expiry_before, next_after
from argosy.core.schedule.tick_count import count_ticks

FURTHEST = timedelta(days=400)
"""Longest time back for which missed ticks are searched and counted."""

_ONE_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Settled:
    """Outcome for the due ticks.

    `fire` is the due time of the tick to send now, if any. `missed` ticks are lost. `next_due` follows. `exact`
    False means that `missed` is a lower bound: the absence or the number of ticks was too large to count.
    """

    fire: datetime | None
    expires_at: datetime | None
    missed: int
    next_due: datetime | None
    exact: bool = True


def settle(spec: Schedule, due: datetime, now: datetime, seed: str = "") -> Settled:
    """Fire the last tick from `due` to `now`, once, unless it has expired.

    Raises ValueError when `due` is still to come.
    """
    if due > now:
        raise ValueError(f"the tick of {due} is not due at {now}")
    following = next_after(spec, now, seed)
    begin = max(due, now - FURTHEST)
    last = _last_tick(spec, begin, now, seed)
    count = count_ticks(spec, begin, last, seed)
    expires = last + expiry_before(spec, last, following)
    # Leave time to deliver the tick, however short its period.
    in_time = now <= expires
    return Settled(
        fire=last if in_time else None,
        expires_at=max(expires, now + timedelta(seconds=1)) if in_time else None,
        missed=max(count.ticks - 1, 0) if in_time else max(count.ticks, 1),
        next_due=following,
        exact=count.exact and begin == due,
    )


def _last_tick(spec: Schedule, due: datetime, now: datetime, seed: str) -> datetime:
    """Return the latest tick in [due, now], by bisection; `due` if there is none."""
    low, high, step = due - _ONE_MS, now, timedelta(seconds=1)
    # The last tick is near `now`, however long the absence was: step back with growing steps.
    while now - step > low and _within(spec, now - step, now, seed) is None:
        high, step = now - step, step * 8
    found = _within(spec, max(low, now - step), now, seed)
    if found is None:
        return due
    while (later := _within(spec, found, now, seed)) is not None:
        # At least one more tick lies in (found, high]; halve until none does.
        middle = found + (high - found) // 2
        ahead = _within(spec, middle, now, seed)
        if ahead is None:
            found, high = later, max(middle, later)
        else:
            found = ahead
    return found


def _within(spec: Schedule, moment: datetime, now: datetime, seed: str) -> datetime | None:
    """Return the first tick in (moment, now]."""
    tick = next_after(spec, moment, seed, until=now)
    return None if tick is None or tick > now else tick
