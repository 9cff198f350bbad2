"""Detection of a database that was restored from a backup and lacks newer rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.scope import PLATFORM_SCOPE

BEHIND = "books.behind"
"""Cause of the HALT, and code of the error for records that cannot be written."""

REMEDY = "`argosy resume` compares every bot with its venues and ends this"


@dataclass(frozen=True, slots=True)
class RememberedRows:
    """Newest rows that were seen, kept outside the database.

    `change` is the number and time of the newest change of an intent. `audit` is the number and hash of the newest
    audit row. The number alone is no proof: a restored database reaches the same numbers again with other rows.
    """

    change: tuple[int, datetime] | None = None
    audit: tuple[int, str] | None = None


NOTHING = RememberedRows()


def missing(remembered: RememberedRows, change_at: datetime | None, audit_hash: str | None) -> str | None:
    """Describe the remembered row that the database lacks; None if it has all of them.

    `change_at` and `audit_hash` are the database's values under the remembered numbers.
    """
    if remembered.change is not None and change_at != remembered.change[1]:
        return f"change {remembered.change[0]} of an action, known to Redis, is not in it"
    if remembered.audit is not None and audit_hash != remembered.audit[1]:
        return f"row {remembered.audit[0]} of the audit, known to Redis, is not in it"
    return None


def unrecorded_flag(flags: Iterable[EmergencyFlag], epochs: Mapping[str, int]) -> str | None:
    """Describe the first flag in Redis whose change the database lacks; None if there is none.

    `epochs` are the database's epochs by scope. Redis raises an epoch by itself only for a HALT while the database is
    unavailable.
    """
    for flag in flags:
        if flag.state < EmergencyState.HALT and flag.epoch > epochs.get(flag.scope, 0):
            return f"epoch {flag.epoch} of {flag.scope}, known to Redis, is not in it"
    return None


def stop(why: str) -> EmergencyFlag:
    """Return the platform's HALT flag (reduce-only) that holds until an operator resumes."""
    text = f"the database is older than what was done: {why}; {REMEDY}"
    return EmergencyFlag(PLATFORM_SCOPE, EmergencyState.HALT, 0, text)
