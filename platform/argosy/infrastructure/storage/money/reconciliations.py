"""Comparisons of our record with the venues' records, and their consequences for a bot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import func, select, union, update
from sqlalchemy.dialects.postgresql import insert

from argosy.core.actions.action import Fill, Side
from argosy.core.actions.intent import UNSETTLED, Caller
from argosy.core.bot import Mode
from argosy.core.money import exact
from argosy.core.money.booking import booking_of
from argosy.core.money.ledger import Entry, EntryKind, entries_of
from argosy.core.money.money import ONE, ZERO
from argosy.core.money.rates import USD_PEGS
from argosy.core.safety.audit import Actor, AuditEntry
from argosy.core.venues.venue import Payout
from argosy.errors import Conflict, InvalidInput
from argosy.infrastructure.storage.engine.operation import Operation, Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, record_of, records_of
from argosy.infrastructure.storage.models import (
    BotRow,
    CapitalAccount,
    CashRow,
    IntentRow,
    LedgerEntry,
    PositionRow,
    Reconciliation,
    VenueBaseline,
)
from argosy.infrastructure.storage.money import fx_rates, ledger, positions
from argosy.infrastructure.storage.safety import audit

_SIDES: tuple[tuple[Side, str, Decimal], ...] = (("sell", "", ONE), ("buy", "+", exact.negate(ONE)))
"""Side, ending of the fill's id, and sign of the positions that a payout closes."""


@dataclass(frozen=True, slots=True)
class ReconciliationRecord:
    """Outcome of one comparison.

    `status`: clean, unsettled, drift or failed. `differences` hold venue, asset, ours and theirs as exact text.
    """

    at: datetime
    bot_id: str
    mode: str
    trigger: str
    status: str
    looked_up: int
    settled: int
    unsettled: int
    differences: Sequence[Mapping[str, Any]]

    @property
    def clean(self) -> bool:
        return self.status == "clean"


@dataclass(frozen=True, slots=True)
class LedgerAmounts:
    """Amounts at a venue by our ledger, by currency or symbol. `entry` is the last row counted."""

    amounts: Mapping[str, Decimal]
    entry: int


Extent = Literal["none", "part", "whole"]
"""Extent of a comparison: "none" (only settled), "part" (some venues), or "whole"."""

_COLUMNS = columns_of(Reconciliation, ReconciliationRecord)


def money(currency: str) -> str:
    """Return the name under which a currency is compared.

    Names are upper case; every currency pegged to the dollar becomes "USD".
    """
    name = currency.upper()
    return "USD" if name in USD_PEGS else name


def owner_of(bot_id: str, mode: str) -> str:
    """Return the owner of the account: the bot, or "" in live mode, where all bots share it."""
    return "" if mode == Mode.LIVE.value else bot_id


@operation
def held(bot_id: str, mode: str, venue: str) -> Steps[LedgerAmounts]:
    """Return cash and positions at the venue by the ledger.

    In live mode those of all bots: they share the account.
    """
    cash = select(CashRow.currency, func.sum(CashRow.amount).label("amount")).where(
        CashRow.mode == mode, CashRow.venue == venue
    )
    positions = select(PositionRow.symbol, func.sum(PositionRow.quantity).label("quantity")).where(
        PositionRow.mode == mode, PositionRow.venue == venue
    )
    newest = select(func.coalesce(func.max(LedgerEntry.id), 0)).where(
        LedgerEntry.mode == mode, LedgerEntry.venue == venue
    )
    if owner_of(bot_id, mode):
        cash = cash.where(CashRow.bot_id == bot_id)
        positions = positions.where(PositionRow.bot_id == bot_id)
        newest = newest.where(LedgerEntry.bot_id == bot_id)
    amounts: dict[str, Decimal] = {}
    for row in (yield cash.group_by(CashRow.currency)):
        amounts[money(row.currency)] = amounts.get(money(row.currency), ZERO) + row.amount
    for row in (yield positions.group_by(PositionRow.symbol)):
        amounts[row.symbol] = amounts.get(row.symbol, ZERO) + row.quantity
    return LedgerAmounts(amounts, (yield newest).scalar_one())


@operation
def baseline(bot_id: str, mode: str, venue: str) -> Steps[dict[str, Decimal] | None]:
    """Return the venue's amounts beyond the ledger at the first comparison; None before it."""
    rows = (
        yield select(VenueBaseline.asset, VenueBaseline.amount).filter_by(**_account(bot_id, mode, venue))
    ).all()
    return {row.asset: row.amount for row in rows if row.asset} if rows else None


@operation
def store_baseline(
    bot_id: str, mode: str, venue: str, beyond: Mapping[str, Decimal], at: datetime
) -> Steps[dict[str, Decimal]]:
    """Store `beyond` as the account's baseline and return the stored one; the first call wins."""
    key = _account(bot_id, mode, venue)
    marked = {"": ZERO, **beyond}
    yield (
        insert(VenueBaseline)
        .values([{**key, "asset": asset, "amount": amount, "at": at} for asset, amount in marked.items()])
        .on_conflict_do_nothing()
    )
    return (yield from baseline(bot_id, mode, venue).steps()) or {}


@operation
def accept_baseline(
    caller: Caller,
    venue: str,
    beyond: Mapping[str, Decimal],
    *,
    actor: Actor,
    at: datetime,
    reason: str,
    store: Operation[dict[str, Decimal]] | None = None,
) -> Steps[None]:
    """Store the baseline that an operator accepts, and write an audit row.

    `store` stores it together with the flows that it contains.

    Raises InvalidInput without a reason. Raises Conflict if the account has a baseline: `argosy ledger adjust` books
    later differences.
    """
    if not reason.strip():
        raise InvalidInput(
            "a baseline needs a reason", expected="why the venue holds these amounts", found="nothing"
        )
    if (yield from baseline(caller.bot_id, caller.mode, venue).steps()) is not None:
        raise Conflict(
            f"bot {caller.bot_id} was already compared with {venue}; its baseline stays",
            remedy="book the difference with `argosy ledger adjust`",
        )
    yield from (store or store_baseline(caller.bot_id, caller.mode, venue, beyond, at)).steps()
    after = {
        "mode": caller.mode,
        "venue": venue,
        "beyond": {name: str(amount) for name, amount in beyond.items()},
    }
    subject = f"bot:{caller.bot_id}"
    yield from audit.append(
        AuditEntry(actor=actor, action="ledger.baseline", subject=subject, reason=reason, after=after), at
    ).steps()


def _account(bot_id: str, mode: str, venue: str) -> dict[str, str]:
    return {"mode": mode, "bot_id": owner_of(bot_id, mode), "venue": venue}


@operation
def venues_used(bot_id: str, mode: str) -> Steps[list[str]]:
    """Return venues where the bot has cash flows or an unsettled action."""
    booked = select(CashRow.venue).where(CashRow.bot_id == bot_id, CashRow.mode == mode, CashRow.venue != "")
    going = select(IntentRow.venue).where(
        IntentRow.bot_id == bot_id, IntentRow.mode == mode, IntentRow.status.in_([s.value for s in UNSETTLED])
    )
    return sorted((yield union(booked, going)).scalars())


@operation
def holdings(bot_id: str, mode: str, venue: str) -> Steps[dict[str, Decimal]]:
    """Return the bot's units at the venue by symbol, summed over its strategies."""
    query = select(PositionRow.symbol, func.sum(PositionRow.quantity).label("quantity")).where(
        PositionRow.mode == mode, PositionRow.bot_id == bot_id, PositionRow.venue == venue
    )
    rows = yield query.where(PositionRow.quantity != 0).group_by(PositionRow.symbol)
    return {row.symbol: row.quantity for row in rows}


@operation
def pay_out(caller: Caller, venue: str, payout: Payout) -> Steps[int]:
    """Book the payout of a bot's net position, split over its strategies.

    Repeated calls book once. A strategy that sold units of another one is below zero and pays the other for them. A
    bot with a negative net position is left unchanged, because the venue pays nothing; the comparison then shows
    the difference.
    """
    held = yield (
        select(PositionRow.strategy_id, PositionRow.quantity, PositionRow.entry_id)
        .where(
            PositionRow.mode == caller.mode,
            PositionRow.bot_id == caller.bot_id,
            PositionRow.venue == venue,
            PositionRow.symbol == payout.symbol,
            PositionRow.quantity != 0,
        )
        .order_by(PositionRow.strategy_id)
        .with_for_update()
    )
    rows = held.all()
    if not rows or exact.total(row.quantity for row in rows) < ZERO:
        return 0
    base = yield from positions.base_currency(caller.bot_id)
    rates = yield from fx_rates.prices(caller.mode).steps()
    # The newest entry is part of the id: units bought later are paid as well.
    name = f"{payout.symbol}@{max(row.entry_id for row in rows)}"
    entries: list[Entry] = []
    for side, fill_id, sign in _SIDES:
        split = [(row.strategy_id, row.quantity * sign) for row in rows if row.quantity * sign > 0]
        if not split:
            continue
        fill = Fill(
            id=name + fill_id,
            client_id=f"payout:{caller.mode}:{caller.bot_id}",
            venue=venue,
            symbol=payout.symbol,
            side=side,
            quantity=exact.total(units for _, units in split),
            price=payout.price,
            fee=ZERO,
            currency=payout.currency,
            at=payout.at,
        )
        booking = booking_of(replace(caller, strategy_id=""), EntryKind.SETTLEMENT, fill, base, rates)
        entries += entries_of(fill, booking, split)
    return (yield from ledger.book(entries).steps())


@operation
def newest(bot_id: str) -> Steps[ReconciliationRecord | None]:
    query = select(*_COLUMNS).where(Reconciliation.bot_id == bot_id)
    row = (yield query.order_by(Reconciliation.at.desc(), Reconciliation.id.desc()).limit(1)).one_or_none()
    return None if row is None else record_of(ReconciliationRecord, row)


@operation
def recent(bot_id: str | None = None, *, limit: int = 50) -> Steps[list[ReconciliationRecord]]:
    """Return comparisons, newest first."""
    query = select(*_COLUMNS).order_by(Reconciliation.at.desc(), Reconciliation.id.desc()).limit(limit)
    if bot_id is not None:
        query = query.where(Reconciliation.bot_id == bot_id)
    return records_of(ReconciliationRecord, (yield query))


def blocked_by(
    unsettled: int, differences: Sequence[Mapping[str, Any]], others: Sequence[str] = ()
) -> str | None:
    """Return the reason why a bot may take no more risk, or None."""
    parts = [f"the outcome of {unsettled} action(s) is unknown"] if unsettled else []
    if differences:
        shown = (f"{d['venue']} {d['asset']}: {d['ours']} ≠ {d['theirs']}" for d in differences[:3])
        parts.append(f"Argosy's record differs from the venue's: {', '.join(shown)}")
    return "; ".join([*parts, *others]) or None


@operation
def save(
    record: ReconciliationRecord, *, extent: Extent, keep: bool, blocks: Sequence[str] = ()
) -> Steps[None]:
    """Store the outcome in the bot's account, and with `keep` as a row.

    `blocks` are further reasons why the bot may take no more risk. Only a whole comparison marks the bot as
    reconciled. A failed or unsettled one marks it as not clean.
    """
    bot = select(BotRow.id).where(BotRow.id == record.bot_id)  # a removed bot has no account to store it in
    yield insert(CapitalAccount).from_select(["bot_id"], bot).on_conflict_do_nothing()
    mine = CapitalAccount.bot_id == record.bot_id
    yield select(CapitalAccount.bot_id).where(mine).with_for_update()
    differences = record.differences
    if extent == "none":  # a concurrent comparison may have found differences
        known = yield from newest(record.bot_id).steps()
        differences = known.differences if known is not None and known.mode == record.mode else ()
    values: dict[str, Any] = {"blocked": blocked_by(record.unsettled, differences, blocks)}
    if extent == "whole":
        values |= {"reconciled_at": record.at, "reconciled_clean": record.clean}
    elif record.status == "failed" or record.unsettled:
        values["reconciled_clean"] = False
    yield update(CapitalAccount).where(mine).values(**values)
    if keep:
        yield insert(Reconciliation).values(
            at=record.at,
            bot_id=record.bot_id,
            mode=record.mode,
            trigger=record.trigger,
            status=record.status,
            looked_up=record.looked_up,
            settled=record.settled,
            unsettled=record.unsettled,
            differences=list(record.differences),
        )


@operation
def is_reconciled(bot_id: str, mode: str) -> Steps[bool]:
    """Return True if the bot was reconciled in this mode since start-up.

    A comparison of a paper account proves nothing about a real one.
    """
    query = select(CapitalAccount.reconciled_at, compared_mode(bot_id, mode).label("mode"))
    row = (yield query.where(CapitalAccount.bot_id == bot_id)).one_or_none()
    return row is not None and row.reconciled_at is not None and row.mode == mode


def compared_mode(bot_id: str, mode: str) -> Any:
    """Return the SQL for the mode of the bot's last comparison; `mode` if there is none."""
    newest_mode = (
        select(Reconciliation.mode)
        .where(Reconciliation.bot_id == bot_id)
        .order_by(Reconciliation.at.desc(), Reconciliation.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(newest_mode, mode)


@operation
def forget() -> Steps[None]:
    """Require a new reconciliation of every bot before it takes risk. Called at start-up."""
    yield update(CapitalAccount).values(reconciled_at=None, reconciled_clean=False)
