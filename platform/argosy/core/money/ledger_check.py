"""Compare the booked entries of an order with the venue's record, and derive corrections."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from argosy.core.actions.action import Fill
from argosy.core.money import exact
from argosy.core.money.ledger import Booking, Entry, EntryKind, entries_of, reverse_entry
from argosy.core.money.money import ZERO
from argosy.core.money.rates import MISSING
from argosy.core.venues.venue import OrderRecord

_BACK, _ANEW = "back:", "anew:"


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of the entries of one order: signed units, money of trades and fees by currency."""

    quantity: Decimal = ZERO
    deals: Mapping[str, Decimal] = field(default_factory=dict)
    fees: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Readable form: `3 for -298 USDT, fee 0.3 USDT`."""
        fees = ", ".join(f"{exact.text(exact.negate(amount))} {name}" for name, amount in self.fees.items())
        deals = ", ".join(f"{exact.text(amount)} {name}" for name, amount in self.deals.items())
        return f"{exact.text(self.quantity)} for {deals or '0'}" + (f", fee {fees}" if fees else "")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparison of one order; without `problems` the ledger equals the venue's record.

    `problems` are "missing", "surplus", "price" or "fee". `wrong` are ledger rows without a matching execution.
    `unbooked` are executions without matching rows.
    """

    client_id: str
    booked: Sums
    recorded: Sums
    problems: tuple[str, ...] = ()
    wrong: Sequence[Entry] = ()
    unbooked: Sequence[Fill] = ()
    kept: frozenset[str] = frozenset()
    """Ids of the executions that are booked as in the venue's record."""


def sums_of(entries: Iterable[Entry]) -> Sums:
    quantity = ZERO
    deals: dict[str, Decimal] = defaultdict(lambda: ZERO)
    fees: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for entry in entries:
        quantity = exact.add(quantity, entry.quantity)
        flows = fees if entry.kind is EntryKind.FEE else deals
        flows[entry.currency] = exact.add(flows[entry.currency], entry.amount)
    return Sums(quantity, _not_zero(deals), _not_zero(fees))


def compare(entries: Sequence[Entry], record: OrderRecord, booking: Callable[[Fill], Booking]) -> Comparison:
    """Compare all `entries` of the order, corrections included, with the venue's record.

    `booking` returns the booking of an execution. Sums are compared first. A venue that gives only totals
    therefore matches, however the parts were booked.
    """
    expected = {index: _named(fill, index, booking) for index, fill in enumerate(record.fills)}
    booked, recorded = sums_of(entries), sums_of(entry for rows in expected.values() for entry in rows)
    problems = _problems(booked, recorded, record.slack)
    if not problems:
        return Comparison(record.client_id, booked, recorded, kept=frozenset(_groups(entries)))
    groups = _groups(entries)
    waiting: dict[object, list[str]] = defaultdict(list)
    for name, rows in groups.items():
        waiting[_signature(rows)].append(name)
    unbooked, kept = [], set()
    for index, rows in expected.items():
        same = waiting[_signature(rows)]
        if same:
            kept.add(same.pop(0))
        else:
            unbooked.append(record.fills[index])
    wrong = [entry for names in waiting.values() for name in names for entry in groups[name]]
    return Comparison(record.client_id, booked, recorded, problems, wrong, unbooked, frozenset(kept))


def corrections(
    found: Comparison, booking: Callable[[Fill], Booking], at: datetime, reason: str
) -> tuple[list[Entry], list[Fill]]:
    """Return entries that match the ledger to the venue, and the executions under new ids.

    Wrong rows are reversed one by one at their original rates. The venue's executions are booked anew. The ids
    depend on the wrong rows, so the same correction cannot be booked twice.
    """
    digest = _digest(found)
    rates = {entry.currency: (entry.rate, entry.rate_source) for entry in found.wrong}
    entries = [
        _as_adjustment(reverse_entry(entry, at, f"{_BACK}{digest}:{entry.fill_id}"), reason)
        for entry in found.wrong
    ]
    fills: list[Fill] = []
    for number, fill in enumerate(found.unbooked, 1):
        anew = fill.model_copy(
            update={"id": f"{_ANEW}{digest}:{fill.id or number}", "client_id": found.client_id, "at": at}
        )
        where = booking(anew)
        if anew.currency in rates:
            rate, source = rates[anew.currency]
            where = replace(where, rate=rate, rate_source=source)
        if (anew.fee_currency or "") in rates and where.fee_rate_source == MISSING:
            rate, source = rates[anew.fee_currency or ""]
            where = replace(where, fee_rate=rate, fee_rate_source=source)
        fills.append(anew)
        entries += [_as_adjustment(entry, reason) for entry in entries_of(anew, where)]
    return entries, fills


def _named(fill: Fill, index: int, booking: Callable[[Fill], Booking]) -> list[Entry]:
    named = fill if fill.id else fill.model_copy(update={"id": f"#{index}"})
    return entries_of(named, booking(named))


def _problems(booked: Sums, recorded: Sums, slack: Decimal) -> tuple[str, ...]:
    found = []
    if abs(booked.quantity) < abs(recorded.quantity):
        found.append("missing")
    elif booked.quantity != recorded.quantity:
        found.append("surplus")
    currencies = {*booked.deals, *recorded.deals}
    off = [exact.subtract(booked.deals.get(c, ZERO), recorded.deals.get(c, ZERO)) for c in currencies]
    if not found and any(abs(each) > slack for each in off):
        found.append("price")
    if dict(booked.fees) != dict(recorded.fees):
        found.append("fee")
    return tuple(found)


def _groups(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Return the entries of each execution by its id, without those that a correction reversed."""
    every = list(entries)
    gone = {entry.fill_id.split(":", 2)[2] for entry in every if entry.fill_id.startswith(_BACK)}
    live = [e for e in every if not e.fill_id.startswith(_BACK) and e.fill_id not in gone]
    deals = {entry.fill_id for entry in live if entry.kind is not EntryKind.FEE}
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in live:
        name = entry.fill_id
        if entry.kind is EntryKind.FEE and name not in deals:
            name = name.rpartition("+")[0] or name
        found[name].append(entry)
    return dict(found)


def _signature(entries: Iterable[Entry]) -> object:
    rows = Counter(
        (entry.kind is EntryKind.FEE, entry.symbol, entry.quantity, entry.currency, entry.amount)
        for entry in entries
    )
    return frozenset(rows.items())


def _as_adjustment(entry: Entry, reason: str) -> Entry:
    return entry if entry.kind is EntryKind.FEE else replace(entry, kind=EntryKind.ADJUSTMENT, memo=reason)


def _digest(found: Comparison) -> str:
    rows = sorted((e.fill_id, str(e.quantity), e.currency, str(e.amount)) for e in found.wrong)
    fills = sorted((f.id, str(f.quantity), str(f.price), str(f.fees)) for f in found.unbooked)
    return hashlib.sha256(repr((found.client_id, rows, fills)).encode()).hexdigest()[:12]


def _not_zero(flows: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {name: flows[name] for name in sorted(flows) if flows[name]}
