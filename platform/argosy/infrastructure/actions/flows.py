"""Read the flows of a venue and book them before the ledger is compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from argosy.core.actions.intent import Caller
from argosy.core.money.exact import text
from argosy.core.money.flow import Flow
from argosy.core.money.money import ZERO
from argosy.core.venues.venue import Capability, FlowHistory, FlowReport, Venue
from argosy.errors import InconsistentReply, VenueError
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import flows
from argosy.infrastructure.storage.money.flows import FlowReading

_DAYS = 45
"""Days for which a venue may revise a flow, unless it names others (`flow_days`)."""


def take_flows(database: Database, caller: Caller, venue: Venue, now: datetime) -> int:
    """Book new flows and revisions of the account, and return their number.

    Call this before every comparison: an unbooked charge would show up as a difference. An account without a baseline
    books nothing: its flows so far are part of the baseline.

    Raises VenueError if a flow's currency has no known rate. The other flows are booked.
    """
    if not isinstance(venue, FlowHistory):
        return 0
    reading = database.run(flows.begin(caller, venue.name))
    if reading.since is None:
        if Capability.BALANCES not in venue.capabilities:  # no comparison will store a baseline
            database.run(flows.store_baseline(caller, reading, _read(venue, now, now), {}, now))
        return 0
    booking = database.run(flows.book(caller, reading, _read(venue, reading.since, now)))
    if booking.unrated:
        base = reading.account.base_currency
        raise VenueError(
            f"flows of {venue.name} are not booked: the price of {', '.join(booking.unrated)} in {base} is unknown",
            remedy=f"run a venue that quotes {booking.unrated[0]}/{base}; they are booked as soon as it has a price",
        )
    return booking.booked


def before_baseline(
    database: Database, caller: Caller, venue: Venue, now: datetime
) -> tuple[FlowReading, Sequence[Flow]] | None:
    """Return the flows in the baseline of a new account; None if the venue has no flows."""
    if not isinstance(venue, FlowHistory):
        return None
    reading = database.run(flows.begin(caller, venue.name))
    return reading, _read(venue, now, now)


def report_differences(
    database: Database, caller: Caller, venue: Venue, now: datetime
) -> list[dict[str, Any]]:
    """Return the days on which the booked flows differ from the venue's own report, sorted.

    Only days are compared that have ended in the account's time zone and lie whole within the time read.
    """
    if not isinstance(venue, FlowReport) or not isinstance(venue, FlowHistory):
        return []
    zone = ZoneInfo(venue.flow_zone)
    today = now.astimezone(zone).date()
    since = (today - timedelta(days=_days(venue) - 1)).isoformat()
    reading = database.run(flows.begin(caller, venue.name))
    theirs: dict[tuple[str, str, str], Decimal] = {}
    for each in venue.flow_totals(since):
        if since <= each.day < today.isoformat():
            key = (each.day, each.kind.value, each.currency)
            theirs[key] = theirs.get(key, ZERO) + each.amount
    ours = {
        (each.day, each.kind.value, each.currency): each.amount
        for each in database.run(flows.totals(reading.account, since, today.isoformat(), zone.key))
    }
    return [
        {
            "venue": venue.name,
            "asset": f"{kind} in {currency} on {day}",
            "ours": text(ours.get((day, kind, currency), ZERO)),
            "theirs": text(theirs.get((day, kind, currency), ZERO)),
        }
        for day, kind, currency in sorted({*ours, *theirs})
        if ours.get((day, kind, currency), ZERO) != theirs.get((day, kind, currency), ZERO)
    ]


def _read(venue: FlowHistory, since: datetime, now: datetime) -> list[Flow]:
    """Read the flows over the time in which they are revised, and back to the last news.

    Raises InconsistentReply if one id has two contents.
    """
    found: dict[str, Flow] = {}
    for flow in venue.flows(min(since, now) - timedelta(days=_days(venue))):
        if found.setdefault(flow.id, flow) != flow:
            raise InconsistentReply("a venue lists one flow with two contents", found=flow.id)
    return list(found.values())


def _days(venue: FlowHistory) -> int:
    return int(getattr(venue, "flow_days", _DAYS))
