"""Booking: each entry is added once; positions and cash change in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Executable, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from argosy.core.money import exact
from argosy.core.money.ledger import CashState, Entry, EntryKind, PositionState
from argosy.core.money.money import ONE, ZERO
from argosy.errors import Conflict
from argosy.infrastructure.storage.engine.locks import LEDGER_LOCK
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import CashRow, LedgerEntry, PositionRow
from argosy.infrastructure.storage.money.derived import (
    Derived,
    Key,
    Table,
    add_to,
    cash_key,
    key_of,
    position_key,
    write,
)

_BATCH = 500

_LOCK = text(
    "SELECT count(pg_advisory_xact_lock(hashtextextended(name, :ledger))) FROM unnest(CAST(:names AS text[])) name"
)


def lock(names: Sequence[str]) -> Executable:
    """Return the statement that locks these names until the transaction ends."""
    return _LOCK.bindparams(ledger=LEDGER_LOCK, names=list(names))


@operation
def book(entries: Sequence[Entry]) -> Steps[int]:
    """Book the new entries in the given order and return their number.

    An entry of a fill (client id, fill id, kind, symbol) that is already booked is skipped. This holds even if the
    earlier booking split the fill differently over strategies. Entries without a client id are always new.
    """
    if not entries:
        return 0
    names = sorted({entry.client_id for entry in entries if entry.client_id})
    if names:
        # All processes lock in one order. If two learn of a fill at once, the first one books it, however
        # each would split it.
        yield lock(names)
    new = yield from _new(entries, names)
    if new:
        yield from _append(new)
    return len(new)


@operation
def ensure_capital(
    bot_id: str, domain: str, mode: str, capital: Decimal, base_currency: str, at: datetime
) -> Steps[Decimal]:
    """Book the difference between the deposits so far and `capital`, and return it.

    Raises Conflict if the base currency differs from the ledger's: sums over bots need a single one.
    """
    difference = yield from _missing_capital(bot_id, mode, capital, base_currency)
    if difference:
        # If two bots deposit at once, the first one sets the ledger's currency.
        yield lock([f"capital {mode} {bot_id}", "base currency"])
        difference = yield from _missing_capital(bot_id, mode, capital, base_currency)
    if difference:
        yield from _append(
            [
                Entry(
                    at=at,
                    mode=mode,
                    domain=domain,
                    bot_id=bot_id,
                    strategy_id="",
                    venue="",
                    kind=EntryKind.CAPITAL,
                    currency=base_currency,
                    amount=difference,
                    rate=ONE,
                    rate_source="same",
                    base_currency=base_currency,
                    base_amount=difference,
                )
            ]
        )
    return difference


def _missing_capital(bot_id: str, mode: str, capital: Decimal, base_currency: str) -> Steps[Decimal]:
    first = select(LedgerEntry.base_currency).order_by(LedgerEntry.id).limit(1).scalar_subquery()
    paid_in = func.coalesce(func.sum(CashRow.capital), ZERO)
    query = select(first.label("currency"), paid_in.label("paid_in"))
    row = (yield query.where(CashRow.bot_id == bot_id, CashRow.mode == mode)).one()
    if row.currency not in (None, base_currency):
        raise Conflict(
            "the ledger is kept in one base currency",
            expected=row.currency,
            found=f"{base_currency} of bot {bot_id}",
            remedy="give the bot the same base currency; its venues may use others",
        )
    return exact.subtract(capital, row.paid_in)


def _new(entries: Sequence[Entry], names: Sequence[str]) -> Steps[list[Entry]]:
    booked: set[tuple[str, str, str, str]] = set()
    if names:
        query = select(
            LedgerEntry.client_id, LedgerEntry.fill_id, LedgerEntry.kind, LedgerEntry.symbol
        ).where(LedgerEntry.client_id.in_(names))
        booked = {tuple(row) for row in (yield query)}
    new, seen = [], set()
    for entry in entries:
        if entry.client_id:
            name = (entry.client_id, entry.fill_id, entry.kind.value, entry.symbol)
            if name in booked or (*name, entry.strategy_id) in seen:
                continue
            seen.add((*name, entry.strategy_id))
        new.append(entry)
    return new


def _append(entries: Sequence[Entry]) -> Steps[None]:
    """Append the entries, and update positions and cash.

    Rows are locked before ids are drawn: for one position, the order of ids is the order of booking.
    """
    with_symbol = [entry for entry in entries if entry.symbol]
    positions = yield from _locked(PositionRow, {position_key(e): e.domain for e in with_symbol})
    cash = yield from _locked(CashRow, {cash_key(e): e.domain for e in entries})
    for start in range(0, len(entries), _BATCH):
        batch = entries[start : start + _BATCH]
        rows = [asdict(entry) | {"kind": entry.kind.value} for entry in batch]
        ids = (yield insert(LedgerEntry).values(rows).returning(LedgerEntry.id)).scalars()
        for entry, id in zip(batch, sorted(ids), strict=True):
            add_to(positions, cash, entry, id)
    if positions:
        yield write(PositionRow, positions)
    yield write(CashRow, cash)


def _locked(model: Table, domains: Mapping[Key, str]) -> Steps[dict[Key, Derived[Any]]]:
    """Lock and return the rows; missing rows are created.

    All processes lock rows in the same order.
    """
    if not domains:
        return {}
    state = PositionState if model is PositionRow else CashState
    names = [field.name for field in fields(state)]
    statement = upsert(model).values(
        [
            dict(zip(key_of(model), key, strict=True))
            | dict.fromkeys(names, ZERO)
            | {"domain": domain, "entry_id": 0}
            for key, domain in sorted(domains.items())
        ]
    )
    rows = yield statement.on_conflict_do_update(
        index_elements=key_of(model), set_={"entry_id": model.entry_id}
    ).returning(*model.__table__.columns)
    return {
        tuple(getattr(row, name) for name in key_of(model)): Derived(
            state(**{name: getattr(row, name) for name in names}), row.domain, row.entry_id
        )
        for row in rows
    }
