"""Domain of each venue, stored by the processes that know it.

So every process judges an action by the same table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.dialects.postgresql import insert

from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import VenueDomain


@operation
def every() -> Steps[dict[str, str]]:
    """Return the domain of every venue."""
    rows = yield select(VenueDomain.venue, VenueDomain.domain)
    return {row.venue: row.domain for row in rows}


@operation
def keep(domains: Mapping[str, str]) -> Steps[None]:
    """Store new and changed domains."""
    known = yield from every().steps()
    fresh = [
        {"venue": venue, "domain": domain}
        for venue, domain in sorted(domains.items())
        if known.get(venue) != domain
    ]
    if fresh:
        statement = insert(VenueDomain).values(fresh)
        yield statement.on_conflict_do_update(
            index_elements=[VenueDomain.venue], set_={"domain": statement.excluded.domain}
        )


def venues_of(domain: str) -> Select[Any]:
    """Return a subquery of the venues that the domain brought."""
    return select(VenueDomain.venue).where(VenueDomain.domain == domain)


def in_domain(domain: str, own: Any, venue: Any) -> ColumnElement[bool]:
    """Return the condition for rows of the domain and rows at its venues."""
    return or_(own == domain, venue.in_(venues_of(domain)))
