"""Sample the sums of every scope every few seconds into equity curves."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from argosy.core.clock import MOST_AHEAD_S
from argosy.core.money.portfolio import Summary, summaries
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import equity, positions


def sample_equity(database: Database, now: datetime, *, zone: tzinfo, mark_max_age_s: float) -> int:
    """Save one equity point of every scope in every mode, and update the scopes' levels.

    Scopes are platform, domains, bots, strategies and venues. The day ends in `zone`. Marks older than
    `mark_max_age_s` count in equity, but raise no high-water mark. Returns the number of points.
    """
    return sum(
        database.run(equity.sample(mode, now, zone, sums(database, mode, now, mark_max_age_s=mark_max_age_s)))
        for mode in database.run(positions.modes())
    )


def sums(database: Database, mode: str, now: datetime, *, mark_max_age_s: float) -> dict[str, Summary]:
    """Return the present sums by scope."""
    found = database.run(positions.accounts(mode))
    since, until = now - timedelta(seconds=mark_max_age_s), now + timedelta(seconds=MOST_AHEAD_S)
    return summaries(found.held, found.flows, found.marks, found.shares, fresh_since=since, fresh_until=until)
