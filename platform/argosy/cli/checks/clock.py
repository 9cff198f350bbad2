"""The check of another machine's clock."""

from __future__ import annotations

from datetime import datetime

from argosy.cli.checks.model import Check

SKEW_WARN_S = 1.0
SKEW_FAIL_S = 5.0


def clock(name: str, theirs: datetime, ours: datetime) -> Check:
    """Schedules, time limits and claims compare times of several machines."""
    skew_s = (theirs - ours).total_seconds()
    found = f"{skew_s * 1000:+.0f} ms from ours"
    if abs(skew_s) >= SKEW_FAIL_S:
        return Check(name, "fail", found, "set both clocks by NTP")
    if abs(skew_s) >= SKEW_WARN_S:
        return Check(name, "warn", found, "set both clocks by NTP")
    return Check(name, "ok", found)
