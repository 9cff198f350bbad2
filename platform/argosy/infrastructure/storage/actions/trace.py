"""Recorded way of one action: its run, node, changes, ledger entries and flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from argosy.core.actions.action import ActionKind
from argosy.core.actions.intent import Intent
from argosy.core.scope import domain_scope
from argosy.errors import NotFound
from argosy.infrastructure.storage.actions import intent_rows
from argosy.infrastructure.storage.catalog import venue_domains
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, records_of
from argosy.infrastructure.storage.history import actions, executions
from argosy.infrastructure.storage.history import runs as run_history
from argosy.infrastructure.storage.models import EmergencyChange, IntentChange, LedgerEntry, Reconciliation
from argosy.infrastructure.storage.models import IntentRow as Row
from argosy.infrastructure.storage.money.entries import Booked, columns, read_entry
from argosy.infrastructure.storage.money.reconciliations import ReconciliationRecord
from argosy.infrastructure.storage.records import (
    ActionRecord,
    EmergencyChangeRecord,
    NodeExecutionRecord,
    RunRecord,
)

SHORTEST_PREFIX = 6
"""Characters of a client id that a search by prefix needs."""
_MOST_COMPARISONS = 50


@dataclass(frozen=True, slots=True)
class StatusChange:
    """Change of an intent. `announced`: its event was published."""

    id: int
    at: datetime
    before: str | None
    after: str
    filled: Decimal
    reason: str | None
    actor: str
    announced: bool


@dataclass(frozen=True, slots=True)
class Trace:
    """Records of one action.

    `emergencies`: states other than NORMAL at the decision, and changes from then to the final status.
    `reconciliations`: the last one before the decision, and later ones that settled something or were not clean.
    `recorded`: the action as the recorder has stored it from the event stream.
    """

    intent: Intent
    looked_up_at: datetime | None
    run: RunRecord | None
    node: NodeExecutionRecord | None
    changes: Sequence[StatusChange]
    entries: Sequence[Booked]
    cancellations: Sequence[Intent]
    emergencies: Sequence[EmergencyChangeRecord]
    reconciliations: Sequence[ReconciliationRecord]
    recorded: ActionRecord | None


@operation
def find_actions(name: str, *, limit: int) -> Steps[list[Intent]]:
    """Return the actions with this client id, this prefix of one, or this order id of a venue.

    A whole client id finds only its action. The newest come first.
    """
    query = select(Row.__table__)
    rows = (yield query.where(Row.client_id == name)).all()
    if not rows:
        fits = Row.venue_id == name
        if len(name) >= SHORTEST_PREFIX:
            fits = fits | Row.client_id.startswith(name, autoescape=True)
        rows = (yield query.where(fits).order_by(Row.decided_at.desc(), Row.client_id).limit(limit)).all()
    return [intent_rows.intent(row) for row in rows]


@operation
def of_action(client_id: str) -> Steps[Trace]:
    """Return the way of one action. Raises NotFound."""
    row = (yield select(Row.__table__).where(Row.client_id == client_id)).one_or_none()
    if row is None:
        raise NotFound("there is no such action", found=client_id)
    intent = intent_rows.intent(row)
    run, node = yield from _origin(intent)
    changed = select(*columns_of(IntentChange, StatusChange)).where(IntentChange.client_id == client_id)
    changes = records_of(StatusChange, (yield changed.order_by(IntentChange.id)))
    entries = yield select(*columns()).where(LedgerEntry.client_id == client_id).order_by(LedgerEntry.id)
    return Trace(
        intent=intent,
        looked_up_at=row.looked_up_at,
        run=run,
        node=node,
        changes=changes,
        entries=[read_entry(each) for each in entries],
        cancellations=(yield from _cancellations(intent)),
        emergencies=(yield from _emergencies(intent)),
        reconciliations=(yield from _reconciliations(intent)),
        recorded=(yield from actions.get(client_id).steps()),
    )


def _origin(intent: Intent) -> Steps[tuple[RunRecord | None, NodeExecutionRecord | None]]:
    """Return the run and node of the caller, as far as history has them already."""
    caller = intent.caller
    if caller.run_id is None:
        return None, None
    try:
        run = yield from run_history.get(caller.run_id).steps()
    except NotFound:  # newer than the last batch of the recorder
        run = None
    if caller.node_id is None:
        return run, None
    return run, (yield from executions.of_node(caller.run_id, caller.node_id, caller.strategy_id).steps())


def _cancellations(intent: Intent) -> Steps[list[Intent]]:
    query = select(Row.__table__).where(
        Row.decided_at >= intent.decided_at,
        Row.kind == ActionKind.CANCEL_ORDER.value,
        Row.action["parameters"]["clientId"].astext == intent.client_id,
    )
    return [intent_rows.intent(row) for row in (yield query.order_by(Row.decided_at))]


def _emergencies(intent: Intent) -> Steps[list[EmergencyChangeRecord]]:
    domains = yield from venue_domains.every().steps()
    beside = domain_scope(domains.get(intent.action.venue, intent.caller.domain))
    during = EmergencyChange.at >= intent.decided_at
    if intent.settled_at is not None:
        during = during & (EmergencyChange.at <= intent.settled_at)
    binding = EmergencyChange.epoch.in_(list(intent.epochs.values())) & (EmergencyChange.after != "NORMAL")
    query = select(*columns_of(EmergencyChange, EmergencyChangeRecord)).where(
        EmergencyChange.scope.in_([*intent.caller.scopes, beside]), binding | during
    )
    return records_of(EmergencyChangeRecord, (yield query.order_by(EmergencyChange.epoch)))


def _reconciliations(intent: Intent) -> Steps[list[ReconciliationRecord]]:
    own = select(*columns_of(Reconciliation, ReconciliationRecord)).where(
        Reconciliation.bot_id == intent.caller.bot_id, Reconciliation.mode == intent.caller.mode
    )
    earlier = own.where(Reconciliation.at <= intent.decided_at).order_by(Reconciliation.at.desc()).limit(1)
    found = records_of(ReconciliationRecord, (yield earlier))
    later = own.where(
        Reconciliation.at > intent.decided_at,
        (Reconciliation.status != "clean") | (Reconciliation.settled > 0),
    )
    if intent.settled_at is not None:
        later = later.where(Reconciliation.at <= intent.settled_at)
    rows = yield later.order_by(Reconciliation.at).limit(_MOST_COMPARISONS)
    return found + records_of(ReconciliationRecord, rows)
