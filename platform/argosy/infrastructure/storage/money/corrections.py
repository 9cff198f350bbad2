"""Comparison of orders with their venues' records, and correction of wrong bookings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import select

from argosy.core.actions.action import ActionResult, ActionStatus, Fill
from argosy.core.actions.action_spec import kinds, spec_of
from argosy.core.actions.intent import Change, Intent
from argosy.core.money import exact
from argosy.core.money.booking import booking_of
from argosy.core.money.ledger import Booking, Entry
from argosy.core.money.ledger_check import Comparison, compare, corrections
from argosy.core.money.money import ZERO
from argosy.core.safety.audit import Actor, AuditEntry
from argosy.core.venues.venue import OrderRecord
from argosy.errors import Conflict, InvalidInput
from argosy.infrastructure.storage.actions import intent_rows, intents
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import IntentRow as Row
from argosy.infrastructure.storage.models import LedgerEntry
from argosy.infrastructure.storage.money import entries, fx_rates, ledger, positions
from argosy.infrastructure.storage.safety import audit


@dataclass(frozen=True, slots=True)
class Orders:
    """Filter for orders; an empty filter matches all. `since` bounds the time of the decision."""

    bot_id: str | None = None
    venue: str | None = None
    mode: str | None = None
    since: datetime | None = None


@operation
def sent_orders(
    wanted: Orders, after: tuple[datetime, str] | None = None, limit: int = 100
) -> Steps[list[Intent]]:
    """Return orders that were sent to their venue, oldest decision first.

    `after` (time and client id of a decision) fetches the next page.
    """
    query = select(Row.__table__).where(Row.kind.in_(_booked_by_fill()), Row.submitted_at.is_not(None))
    for column, value in ((Row.bot_id, wanted.bot_id), (Row.venue, wanted.venue), (Row.mode, wanted.mode)):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(Row.decided_at >= wanted.since)
    if after is not None:
        at, client_id = after
        query = query.where((Row.decided_at > at) | ((Row.decided_at == at) & (Row.client_id > client_id)))
    query = query.order_by(Row.decided_at, Row.client_id).limit(limit)
    return [intent_rows.intent(row) for row in (yield query)]


@operation
def ended_orders(bot_id: str, mode: str, after: datetime, until: datetime, limit: int) -> Steps[list[Intent]]:
    """Return sent orders that ended in (`after`, `until`], oldest end first."""
    query = select(Row.__table__).where(
        Row.kind.in_(_booked_by_fill()),
        Row.submitted_at.is_not(None),
        Row.bot_id == bot_id,
        Row.mode == mode,
        Row.settled_at > after,
        Row.settled_at <= until,
    )
    rows = yield query.order_by(Row.settled_at, Row.client_id).limit(limit)
    return [intent_rows.intent(row) for row in rows]


@operation
def compare_order(intent: Intent, record: OrderRecord) -> Steps[Comparison]:
    """Compare the order's current ledger entries with the venue's record."""
    booking = yield from _booking(intent)
    return compare((yield from _entries(intent.client_id)), record, booking)


@operation
def correct(
    client_id: str, record: OrderRecord, *, actor: Actor, at: datetime, reason: str
) -> Steps[tuple[Comparison, Change | None]]:
    """Correct the ledger to match the venue's record, and settle an order that has ended there.

    The correction is audited. The bot's capital account is locked meanwhile: a second operator finds no problem and
    books nothing.

    Raises:
        InvalidInput: the reason is empty.
        Conflict: the order still works at its venue.
    """
    if not reason.strip():
        raise InvalidInput("a correction needs a reason", expected="why it was booked wrong", found="nothing")
    query = select(Row.__table__).where(Row.client_id == client_id)
    yield from intents.locked_account((yield query).one().bot_id)
    intent = intent_rows.intent((yield query.with_for_update()).one())
    booking = yield from _booking(intent)
    found = compare((yield from _entries(client_id)), record, booking)
    if not found.problems:
        return found, None
    if not (record.ended or intent.status.final):
        raise Conflict(
            "the order is still open at its venue; its next query books missing executions",
            found=client_id,
            remedy="cancel it first, or correct it when it has ended",
        )
    rows, fills = corrections(found, booking, at, reason)
    yield from ledger.book(rows).steps()
    after = _corrected(intent, found, fills, at, reason)
    yield from intents.store(after)
    yield from audit.append(
        AuditEntry(
            actor=actor,
            action="ledger.correct",
            subject=f"bot:{intent.caller.bot_id}",
            reason=reason,
            before={"order": client_id, "booked": found.booked.text, "status": intent.status.value},
            after={
                "venue": found.recorded.text,
                "status": after.status.value,
                "entries": [_shown(entry) for entry in rows],
            },
        ),
        at,
    ).steps()
    if after.status is intent.status and after.filled == intent.filled:
        return found, None
    return found, (yield from intents.append_change(after, intent.status, at, "operator"))


def _corrected(intent: Intent, found: Comparison, anew: list[Fill], at: datetime, reason: str) -> Intent:
    """Return the intent with its corrected fills: the correct ones plus the newly booked ones."""
    known = [] if intent.result is None else intent.result.fills
    fills = [*(fill for fill in known if fill.id in found.kept), *anew]
    filled = exact.total(fill.quantity for fill in fills)
    paid = exact.total(exact.multiply(fill.quantity, fill.price) for fill in fills)
    whole = filled >= intent.action.quantity
    status = ActionStatus.FILLED if whole else ActionStatus.CANCELLED
    result = (intent.result or ActionResult(client_id=intent.client_id, status=status)).model_copy(
        update={
            "status": status,
            "filled": filled,
            "fills": fills,
            "fee": exact.total(fill.quote_fee for fill in fills),
            "average_price": paid / filled if filled else None,
        }
    )
    return replace(
        intent,
        status=status,
        filled=filled,
        reserved=ZERO,
        code=None,
        reason=f"corrected by the venue's record: {reason}",
        result=result,
        settled_at=intent.settled_at or at,
    )


def _booked_by_fill() -> list[str]:
    return kinds(lambda spec: spec.booked_by_fill)


def _booking(intent: Intent) -> Steps[Callable[[Fill], Booking]]:
    base = yield from positions.base_currency(intent.caller.bot_id)
    prices = yield from fx_rates.prices(intent.caller.mode).steps()
    entry_kind = spec_of(intent.action.kind).entry_kind
    return lambda fill: booking_of(intent.caller, entry_kind, fill, base, prices)


def _entries(client_id: str) -> Steps[list[Entry]]:
    query = select(LedgerEntry.__table__).where(LedgerEntry.client_id == client_id).order_by(LedgerEntry.id)
    return [entries.read_entry(row).entry for row in (yield query)]


def _shown(entry: Entry) -> dict[str, str]:
    kept = ("strategy_id", "venue", "symbol", "quantity", "currency", "amount", "fill_id")
    return {name: str(value) for name, value in asdict(entry).items() if name in kept} | {
        "kind": entry.kind.value
    }
