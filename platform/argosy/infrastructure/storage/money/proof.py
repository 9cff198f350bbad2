"""Check of positions and cash against the ledger, and their rebuild."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, select, text

from argosy.core.money import exact
from argosy.core.money.ledger import EntryKind
from argosy.core.money.money import ZERO
from argosy.core.money.rates import MISSING
from argosy.core.safety.audit import Actor, AuditEntry
from argosy.errors import InvalidInput
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import CashRow, PositionRow
from argosy.infrastructure.storage.money import entries
from argosy.infrastructure.storage.money.derived import (
    Cash,
    Derived,
    Key,
    Positions,
    Table,
    add_to,
    key_of,
    write,
)
from argosy.infrastructure.storage.safety import audit

_BATCH = 500
# In the order in which bookings write them. Every booking writes cash before it draws an id.
_ALONE = text("LOCK TABLE positions, cash IN EXCLUSIVE MODE")

_UNBOOKED = text(
    """
    SELECT intent.client_id, fill ->> 'id' AS fill_id
    FROM intents intent, jsonb_array_elements(intent.result -> 'fills') fill
    WHERE NOT EXISTS (
        SELECT 1 FROM ledger_entries entry
        WHERE entry.client_id = fill ->> 'clientId' AND entry.fill_id = fill ->> 'id' AND entry.kind <> 'fee'
    )
    ORDER BY intent.client_id
    """
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Difference between a derived row and the ledger. A missing row shows as ""."""

    table: str
    key: str
    column: str
    derived: str
    stored: str


@dataclass(frozen=True, slots=True)
class Proof:
    """Result of a check.

    `sums` are amounts by mode and currency ("paper USD"). `missing_rates` counts entries without a known exchange
    rate.
    """

    entries: int
    positions: int
    cash: int
    sums: Mapping[str, Decimal]
    missing_rates: int
    differences: Sequence[Difference]


@dataclass(slots=True)
class _Fold:
    positions: Positions = field(default_factory=dict)
    cash: Cash = field(default_factory=dict)
    sums: dict[str, Decimal] = field(default_factory=dict)
    missing_rates: int = 0
    base_currency: str | None = None
    faults: list[Difference] = field(default_factory=list)
    strays: list[Difference] = field(default_factory=list)

    def take(self, row: Any) -> None:
        try:
            entry = entries.read_entry(row).entry
            add_to(self.positions, self.cash, entry, row.id)
        except (InvalidInput, ValueError, ArithmeticError) as error:
            said = str(error) if isinstance(error, InvalidInput | ValueError) else repr(error)
            self.faults.append(Difference("ledger_entries", str(row.id), "entry", said, ""))
            return
        base = self.base_currency = self.base_currency or entry.base_currency
        if entry.base_currency != base:
            self.strays.append(
                Difference("ledger_entries", str(row.id), "base_currency", base, entry.base_currency)
            )
        self.missing_rates += entry.rate_source == MISSING
        if entry.kind is EntryKind.ATTRIBUTED:
            return
        name = f"{entry.mode} {entry.currency}"
        self.sums[name] = exact.add(self.sums.get(name, ZERO), entry.amount)


@operation
def verify() -> Steps[Proof]:
    """Recompute positions and cash from all entries and compare every digit, in one snapshot.

    Fills that are known to actions but missing in the ledger are listed too. So a removed entry shows even if the
    derived rows were changed to match.
    """
    yield entries.SNAPSHOT
    proof = yield from _proof(_Fold())
    unbooked = yield from _unbooked()
    return replace(proof, differences=[*proof.differences, *unbooked])


@operation
def rebuild(actor: Actor, at: datetime, reason: str = "") -> Steps[Proof]:
    """Write positions and cash anew from the ledger, while bookings wait. Audited.

    Returns the differences found before. Raises InvalidInput, without a change, if an entry cannot be read.
    """
    yield _ALONE
    fold = _Fold()
    proof = yield from _proof(fold)
    if fold.faults:
        raise InvalidInput(
            "an entry of the ledger cannot be read", found=f"{fold.faults[0].key}: {fold.faults[0].derived}"
        )
    yield from _rewrite(PositionRow, fold.positions)
    yield from _rewrite(CashRow, fold.cash)
    yield from audit.append(
        AuditEntry(
            actor=actor,
            action="ledger.rebuild",
            subject="ledger",
            reason=reason,
            before={"differences": [asdict(each) for each in proof.differences[:_BATCH]]},
            after={"entries": proof.entries, "positions": proof.positions, "cash": proof.cash},
        ),
        at,
    ).steps()
    return proof


def _proof(fold: _Fold) -> Steps[Proof]:
    count = yield from entries.each(entries.Wanted(), fold.take)
    differences = [
        *fold.faults,
        *fold.strays,
        *(yield from _compared(PositionRow, fold.positions)),
        *(yield from _compared(CashRow, fold.cash)),
        *(yield from _sums(fold.sums)),
    ]
    return Proof(count, len(fold.positions), len(fold.cash), fold.sums, fold.missing_rates, differences)


def _compared(table: Table, derived: Mapping[Key, Derived[Any]]) -> Steps[list[Difference]]:
    stored = {
        tuple(getattr(row, name) for name in key_of(table)): row for row in (yield select(table.__table__))
    }
    name = table.__tablename__
    found = []
    for key in sorted({*stored, *derived}):
        words = "/".join(key)
        have, want = stored.get(key), derived.get(key)
        if have is None or want is None:
            found.append(
                Difference(
                    name, words, "row", "" if want is None else "there", "" if have is None else "there"
                )
            )
            continue
        wanted = asdict(want.state) | {"domain": want.domain, "entry_id": want.entry_id}
        found += [
            Difference(name, words, column, str(value), str(getattr(have, column)))
            for column, value in wanted.items()
            if getattr(have, column) != value
        ]
    return found


def _sums(derived: Mapping[str, Decimal]) -> Steps[list[Difference]]:
    query = select(CashRow.mode, CashRow.currency, func.sum(CashRow.amount).label("amount"))
    rows = yield query.group_by(CashRow.mode, CashRow.currency)
    stored = {f"{row.mode} {row.currency}": row.amount for row in rows}
    return [
        Difference("cash", name, "sum", str(derived.get(name, "")), str(stored.get(name, "")))
        for name in sorted({*derived, *stored})
        if derived.get(name) != stored.get(name)
    ]


def _unbooked() -> Steps[list[Difference]]:
    return [
        Difference("intents", f"{row.client_id}/{row.fill_id}", "fill", "", "there")
        for row in (yield _UNBOOKED)
    ]


def _rewrite(table: Table, derived: Mapping[Key, Derived[Any]]) -> Steps[None]:
    yield delete(table)
    rows = sorted(derived.items())
    for start in range(0, len(rows), _BATCH):
        yield write(table, dict(rows[start : start + _BATCH]))
