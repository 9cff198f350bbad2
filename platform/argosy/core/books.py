"""Signs that the database is older than what was already done: it was restored from a backup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from argosy.core.emergency import PLATFORM_SCOPE, EmergencyFlag, EmergencyState

BEHIND = "books.behind"
"""The cause of the HALT, and the code of what cannot be recorded."""

REMEDY = "`argosy resume` compares every bot with its venues and ends this"


@dataclass(frozen=True, slots=True)
class Remembered:
    """The newest rows that were seen, kept outside the database.

    `change` is number and time of the newest change of an intent, `audit` number and hash of the audit's newest row.
    A number alone proves nothing: a restored database counts past it again, with other rows.
    """

    change: tuple[int, datetime] | None = None
    audit: tuple[int, str] | None = None


NOTHING = Remembered()


def missing(remembered: Remembered, change_at: datetime | None, audit_hash: str | None) -> str | None:
    """What the database lacks of `remembered`; the others are what it has under these numbers."""
    if remembered.change is not None and change_at != remembered.change[1]:
        return f"change {remembered.change[0]} of an action, known to Redis, is not in it"
    if remembered.audit is not None and audit_hash != remembered.audit[1]:
        return f"row {remembered.audit[0]} of the audit, known to Redis, is not in it"
    return None


def overtaken(flags: Iterable[EmergencyFlag], epochs: Mapping[str, int]) -> str | None:
    """The flag in Redis whose change the database never made; `epochs` are the database's, by scope.

    Redis gives itself an epoch only for a HALT while the database is away.
    """
    for flag in flags:
        if flag.state < EmergencyState.HALT and flag.epoch > epochs.get(flag.scope, 0):
            return f"epoch {flag.epoch} of {flag.scope}, known to Redis, is not in it"
    return None


def stop(why: str) -> EmergencyFlag:
    """What holds until somebody resumes: as in HALT, risk may only be reduced."""
    text = f"the database is older than what was done: {why}; {REMEDY}"
    return EmergencyFlag(PLATFORM_SCOPE, EmergencyState.HALT, 0, text)
