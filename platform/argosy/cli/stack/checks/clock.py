"""Check of another machine's clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from argosy.cli.stack.checks.model import Check
from argosy.core.clock import Clock

SKEW_WARN_S = 1.0
SKEW_FAIL_S = 5.0
_READINGS = 3
_PRECISE_S = 0.1
"""Longest call, in seconds, whose reading needs no repetition."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Reading of another clock, taken between `asked` and `answered` of this clock."""

    asked: datetime
    theirs: datetime
    answered: datetime

    @property
    def skew_s(self) -> float:
        """Estimated seconds that the other clock is ahead.

        The estimate takes the middle of the call as the moment of the reading.
        """
        return (self.theirs - self.asked).total_seconds() - self.uncertainty_s

    @property
    def uncertainty_s(self) -> float:
        """Half the duration of the call, in seconds.

        It is 0 if this clock was set back during the call.
        """
        return max((self.answered - self.asked).total_seconds(), 0) / 2


def read_clock(ours: Clock, theirs: Callable[[], datetime]) -> Reading:
    """Return the most precise of several readings: one slow answer says little of a clock."""
    best: Reading | None = None
    for _ in range(_READINGS):
        asked = ours.now()
        moment = theirs()
        reading = Reading(asked, moment, ours.now())
        if best is None or reading.uncertainty_s < best.uncertainty_s:
            best = reading
        if best.uncertainty_s <= _PRECISE_S / 2:
            break
    assert best is not None  # at least one reading was made
    return best


def clock(name: str, reading: Reading) -> Check:
    """Check a reading: schedules, time limits and claims compare times of several machines.

    Only the part of a difference counts that the duration of the call cannot explain.
    """
    certain_s = abs(reading.skew_s) - reading.uncertainty_s
    found = f"{reading.skew_s * 1000:+.0f} ms ± {reading.uncertainty_s * 1000:.0f} ms from ours"
    if certain_s >= SKEW_FAIL_S:
        return Check(name, "fail", found, "set both clocks by NTP")
    if certain_s >= SKEW_WARN_S:
        return Check(name, "warn", found, "set both clocks by NTP")
    if reading.uncertainty_s >= SKEW_FAIL_S / 2:  # a failing clock could hide in so much uncertainty
        remedy = "the server answers slowly: find out what keeps it, then check its clock again"
        return Check(name, "warn", f"{found}: too slow an answer to judge its clock", remedy)
    return Check(name, "ok", found)
