"""Open obligations of a bot: positions, unsettled actions, and running commitments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import exists, or_, select, text

from argosy.infrastructure.storage.catalog import commitments
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import records_of
from argosy.infrastructure.storage.models import (
    ActionRow,
    AuditRow,
    IntentRow,
    LedgerEntry,
    NodeStateRow,
    PositionRow,
    Run,
    Schedule,
)
from argosy.infrastructure.storage.models.intent import UNSETTLED

RUN_START = "run.start"
"""Action name of the audit row that is written before a manual run is requested."""


@dataclass(frozen=True, slots=True)
class OpenHolding:
    mode: str
    venue: str
    symbol: str
    quantity: Decimal

    def __str__(self) -> str:
        return f"{format(self.quantity.normalize(), 'f')} {self.symbol} at {self.venue} ({self.mode})"


@dataclass(frozen=True, slots=True)
class Pending:
    """Action without a known outcome."""

    mode: str
    venue: str
    symbol: str
    client_id: str
    status: str

    def __str__(self) -> str:
        return f"action {self.client_id} for {self.symbol} at {self.venue} is {self.status} ({self.mode})"


@dataclass(frozen=True, slots=True)
class Commitment:
    """Running budget or listing: it keeps costing or selling until it is ended."""

    mode: str
    venue: str
    symbol: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind} of {self.symbol} at {self.venue} stands ({self.mode})"


@dataclass(frozen=True, slots=True)
class Obligations:
    holdings: Sequence[OpenHolding]
    pending: Sequence[Pending]
    commitments: Sequence[Commitment]

    def __bool__(self) -> bool:
        return bool(self.holdings or self.pending or self.commitments)

    def __str__(self) -> str:
        found = [*self.pending, *self.holdings, *self.commitments]
        shown = "; ".join(str(each) for each in found[:8])
        return shown if len(found) <= 8 else f"{shown}; and {len(found) - 8} more"


@operation
def of_bot(bot_id: str) -> Steps[Obligations]:
    """Return the bot's obligations in every mode, ordered by venue and symbol.

    The caller has locked the bot's capital account, so none is added meanwhile.
    """
    held = select(PositionRow.mode, PositionRow.venue, PositionRow.symbol, PositionRow.quantity)
    held = held.where(PositionRow.bot_id == bot_id, PositionRow.quantity != 0)
    pending = select(IntentRow.mode, IntentRow.venue, IntentRow.symbol, IntentRow.client_id, IntentRow.status)
    pending = pending.where(IntentRow.bot_id == bot_id, text(UNSETTLED)).order_by(IntentRow.decided_at)
    # Open actions first: an action that settles between the reads is counted twice rather than not at all.
    waiting = records_of(Pending, (yield pending))
    holdings = records_of(OpenHolding, (yield held.order_by("mode", "venue", "symbol")))
    running = yield from commitments.rows(bot_id)
    standing = [Commitment(row.mode, row.venue, row.symbol, row.kind) for row in running]
    return Obligations(holdings, waiting, standing)


@operation
def past(bot_id: str) -> Steps[str | None]:
    """Describe the bot's past (runs, actions, ledger entries). None if it has none.

    A bot without a past can be removed without a trace.
    """
    started = (AuditRow.subject == f"bot:{bot_id}") & (AuditRow.action == RUN_START)
    ticked = (Schedule.bot_id == bot_id) & (
        (Schedule.dispatched > 0) | Schedule.last_dispatched_at.is_not(None)
    )
    runs = or_(
        exists().where(Run.bot_id == bot_id),
        exists().where(NodeStateRow.bot_id == bot_id),
        exists().where(started),
        exists().where(ticked),
    )
    actions = or_(exists().where(IntentRow.bot_id == bot_id), exists().where(ActionRow.bot_id == bot_id))
    entries = exists().where(LedgerEntry.bot_id == bot_id)
    row = (yield select(runs.label("runs"), actions.label("actions"), entries.label("entries"))).one()
    found = [name for name in ("runs", "actions", "entries") if getattr(row, name)]
    words = {"runs": "runs", "actions": "actions", "entries": "entries in the ledger"}
    return " and ".join(words[name] for name in found) or None
