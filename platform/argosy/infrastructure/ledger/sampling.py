"""Sums of every scope, and points of the equity curves, taken every few seconds."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from argosy.core.clock import MOST_AHEAD_S
from argosy.core.portfolio import Summary, summaries
from argosy.infrastructure.storage import equity, positions
from argosy.infrastructure.storage.database import Database


def sample_equity(database: Database, now: datetime, *, zone: tzinfo, mark_max_age_s: float) -> int:
    """One point of every scope (platform, domains, bots, strategies, venues) in every mode; moves their levels.

    `zone` is where the day ends. Marks older than `mark_max_age_s` count in equity, and raise no high-water mark.
    Returns how many points were written.
    """
    return sum(
        database.run(equity.sample(mode, now, zone, sums(database, mode, now, mark_max_age_s=mark_max_age_s)))
        for mode in database.run(positions.modes())
    )


def sums(database: Database, mode: str, now: datetime, *, mark_max_age_s: float) -> dict[str, Summary]:
    """By scope, as they are now."""
    found = database.run(positions.accounts(mode))
    since, until = now - timedelta(seconds=mark_max_age_s), now + timedelta(seconds=MOST_AHEAD_S)
    return summaries(found.held, found.flows, found.marks, found.shares, fresh_since=since, fresh_until=until)
