"""Flows of venues: each revision once, with its entries, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, cast, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from argosy.core.actions.intent import Caller
from argosy.core.money.flow import (
    DailyTotal,
    Flow,
    FlowAccount,
    FlowKind,
    FlowOwner,
    FlowRevision,
    entries_of_revision,
    revise_flow,
)
from argosy.core.money.ledger import Entry
from argosy.core.money.money import ONE
from argosy.core.money.rates import Rate, rate
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import FlowRow, VenueBaseline
from argosy.infrastructure.storage.money import flow_owner, fx_rates, ledger, positions, reconciliations

_TABLE = FlowRow.__table__


@dataclass(frozen=True, slots=True)
class FlowReading:
    """State of an account's flows before the venue is read.

    `newest` is the id of the newest stored revision: revisions stored later come from a newer reading. `since` is the
    time of the newest reading with news, None before the account's baseline.
    """

    account: FlowAccount
    newest: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class FlowBooking:
    """Result of a booking: the number of new revisions, and currencies without a known rate."""

    booked: int
    unrated: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class StoredFlow:
    """Stored revision of a flow. `booked` False: it came before the account's baseline."""

    id: int
    mode: str
    venue: str
    seen_at: datetime
    revision: FlowRevision
    booked: bool


@operation
def begin(caller: Caller, venue: str) -> Steps[FlowReading]:
    """Return the state of the account before its venue is read."""
    owner = reconciliations.owner_of(caller.bot_id, caller.mode)
    base = yield from positions.base_currency(caller.bot_id)
    account = FlowAccount(caller.mode, owner, venue, base)
    newest = func.coalesce(func.max(FlowRow.id), 0).label("newest")
    row = (yield select(newest, func.max(FlowRow.seen_at).label("seen")).where(*_of(account))).one()
    baseline = select(func.max(VenueBaseline.at)).where(
        VenueBaseline.mode == caller.mode, VenueBaseline.bot_id == owner, VenueBaseline.venue == venue
    )
    begun = (yield baseline).scalar_one()
    return FlowReading(account, row.newest, None if begun is None else max(begun, row.seen or begun))


@operation
def book(caller: Caller, reading: FlowReading, found: Sequence[Flow]) -> Steps[FlowBooking]:
    """Store and book the new flows and revisions of `found`.

    Repeated calls book once, and of two concurrent calls the second sees the first. A revision that was stored after
    `reading` began comes from a newer reading and stays. A flow in a currency without a known rate is left out.
    """
    if not found:
        return FlowBooking(0)
    yield ledger.lock([reading.account.client_id])
    return (yield from _book(caller, reading, found))


@operation
def store_baseline(
    caller: Caller, reading: FlowReading, found: Sequence[Flow], beyond: Mapping[str, Decimal], at: datetime
) -> Steps[dict[str, Decimal]]:
    """Store the account's baseline with the flows in it, and return the stored one.

    Those flows are never booked; only their later revisions are. The first call wins.
    """
    account = reading.account
    yield ledger.lock([account.client_id])
    key = (caller.bot_id, caller.mode, account.venue)
    kept = yield from reconciliations.baseline(*key).steps()
    if kept is not None:
        return kept
    for flow in _ordered(found):
        owner = yield from flow_owner.of_flow(caller, account, flow.symbol)
        yield from _store(account, FlowRevision(0, flow, owner, Rate(ONE, "baseline")), booked=False)
    return (yield from reconciliations.store_baseline(*key, beyond, at).steps())


@operation
def totals(account: FlowAccount, since: str, until: str, zone: str) -> Steps[list[DailyTotal]]:
    """Return the sums of the newest revisions by day, kind and currency.

    Days are dates in `zone`, from `since` to before `until`.
    """
    newest = _newest(account).subquery().c
    day = cast(func.timezone(zone, newest.at), Date)
    query = select(day.label("day"), newest.kind, newest.currency, func.sum(newest.amount).label("amount"))
    query = query.where(day >= cast(since, Date), day < cast(until, Date))
    rows = yield query.group_by(day, newest.kind, newest.currency)
    return [
        DailyTotal(day=row.day.isoformat(), kind=row.kind, currency=row.currency, amount=row.amount)
        for row in rows
    ]


@operation
def revisions(
    bot_id: str | None = None, mode: str | None = None, *, limit: int = 100
) -> Steps[list[StoredFlow]]:
    """Return stored revisions, newest first."""
    query = select(_TABLE).order_by(FlowRow.id.desc()).limit(limit)
    if bot_id is not None:
        query = query.where(FlowRow.bot_id == bot_id)
    if mode is not None:
        query = query.where(FlowRow.mode == mode)
    return [_stored(row) for row in (yield query)]


@operation
def recent_accounts(within: timedelta) -> Steps[list[Caller]]:
    """Return the bots and modes with news about flows in this time, by the database's clock.

    A venue may revise flows of a bot that is archived, or that has left the mode.
    """
    query = select(FlowRow.mode, FlowRow.domain, FlowRow.bot_id).where(FlowRow.seen_at >= func.now() - within)
    rows = yield query.distinct().order_by(FlowRow.bot_id, FlowRow.mode)
    return [Caller(mode=row.mode, domain=row.domain, bot_id=row.bot_id, role="operator") for row in rows]


def _book(caller: Caller, reading: FlowReading, found: Sequence[Flow]) -> Steps[FlowBooking]:
    account = reading.account
    known = yield from _known(account, [flow.id for flow in found])
    prices = None
    entries: list[Entry] = []
    unrated: list[str] = []
    count = 0
    for flow in _ordered(found):
        before = known.get(flow.id)
        if before is not None and (before.id > reading.newest or before.revision.flow == flow):
            continue
        if prices is None:
            prices = yield from fx_rates.prices(account.mode).steps()
        rated = rate(flow.currency, account.base_currency, prices)
        old = None if before is None else before.revision
        if before is not None and old is not None and not before.booked:  # it has no rate of its own yet
            own = rate(old.flow.currency, account.base_currency, prices)
            old, rated = replace(old, rate=own or old.rate), rated if own is not None else None
        elif old is not None and old.flow.currency == flow.currency:
            rated = old.rate
        if rated is None:
            unrated.append(flow.currency)
            continue
        if old is None:
            owner = yield from flow_owner.of_flow(caller, account, flow.symbol)
            revision = FlowRevision(0, flow, owner, rated)
        else:
            revision = revise_flow(old, flow, rated)
        entries += entries_of_revision(account, revision, old)
        yield from _store(account, revision, booked=True)
        count += 1
    yield from ledger.book(entries).steps()
    return FlowBooking(count, sorted(set(unrated)))


def _known(account: FlowAccount, ids: Iterable[str]) -> Steps[dict[str, StoredFlow]]:
    rows = yield _newest(account).where(FlowRow.flow_id.in_(sorted(set(ids))))
    return {row.flow_id: _stored(row) for row in rows}


def _newest(account: FlowAccount) -> Any:
    query = select(_TABLE).ext(distinct_on(FlowRow.flow_id)).where(*_of(account))
    return query.order_by(FlowRow.flow_id, FlowRow.revision.desc())


def _store(account: FlowAccount, revision: FlowRevision, *, booked: bool) -> Steps[None]:
    flow, owner = revision.flow, revision.owner
    yield insert(FlowRow).values(
        **_key(account),
        flow_id=flow.id,
        revision=revision.number,
        at=flow.at,
        kind=flow.kind.value,
        symbol=flow.symbol,
        amount=flow.amount,
        quantity=flow.quantity,
        currency=flow.currency,
        domain=owner.domain,
        bot_id=owner.bot_id,
        strategy_id=owner.strategy_id,
        rate=revision.rate.value,
        rate_source=revision.rate.source,
        booked=booked,
    )


def _stored(row: Any) -> StoredFlow:
    flow = Flow(
        id=row.flow_id,
        at=row.at,
        kind=FlowKind(row.kind),
        amount=row.amount,
        currency=row.currency,
        symbol=row.symbol,
        quantity=row.quantity,
    )
    owner = FlowOwner(row.domain, row.bot_id, row.strategy_id)
    revision = FlowRevision(row.revision, flow, owner, Rate(row.rate, row.rate_source))
    return StoredFlow(row.id, row.mode, row.venue, row.seen_at, revision, row.booked)


def _key(account: FlowAccount) -> dict[str, str]:
    return {"mode": account.mode, "account": account.owner, "venue": account.venue}


def _of(account: FlowAccount) -> tuple[Any, ...]:
    return (
        FlowRow.mode == account.mode,
        FlowRow.account == account.owner,
        FlowRow.venue == account.venue,
    )


def _ordered(found: Sequence[Flow]) -> list[Flow]:
    return sorted(found, key=lambda flow: (flow.at, flow.id))
