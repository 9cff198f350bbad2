"""Progress of enforcing an emergency change, by the actions made for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import ScalarSelect, func, select

from argosy.core.actions.action import ActionStatus
from argosy.core.actions.action_spec import kinds
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import EmergencyChange, IntentRow


@dataclass(frozen=True, slots=True)
class FlattenedPosition:
    mode: str
    bot: str
    strategy: str
    venue: str
    symbol: str


@operation
def of(epoch: int) -> Steps[dict[FlattenedPosition, Decimal]]:
    """Return the quantity of each position that flattening for this change has closed so far."""
    rows = yield (
        select(
            IntentRow.mode,
            IntentRow.bot_id,
            IntentRow.strategy_id,
            IntentRow.venue,
            IntentRow.symbol,
            func.sum(IntentRow.filled).label("filled"),
        )
        .where(
            IntentRow.decided_at >= _begun(epoch),
            IntentRow.node_id == f"flatten.{epoch}",
            IntentRow.kind.not_in(kinds(lambda spec: bool(spec.commitment))),
        )
        .group_by(IntentRow.mode, IntentRow.bot_id, IntentRow.strategy_id, IntentRow.venue, IntentRow.symbol)
    )
    return {FlattenedPosition(r.mode, r.bot_id, r.strategy_id, r.venue, r.symbol): r.filled for r in rows}


@operation
def ended(epoch: int) -> Steps[dict[FlattenedPosition, str]]:
    """Return the kind of the newest action that ended a commitment for this change, by asset."""
    key = (IntentRow.mode, IntentRow.bot_id, IntentRow.strategy_id, IntentRow.venue, IntentRow.symbol)
    query = select(*key, IntentRow.kind).where(
        IntentRow.decided_at >= _begun(epoch),
        IntentRow.node_id == f"flatten.{epoch}",
        IntentRow.kind.in_(kinds(lambda spec: bool(spec.commitment))),
        IntentRow.status == ActionStatus.FILLED.value,
    )
    rows = yield query.order_by(IntentRow.decided_at)
    return {FlattenedPosition(r.mode, r.bot_id, r.strategy_id, r.venue, r.symbol): r.kind for r in rows}


@operation
def cancellations(epoch: int) -> Steps[Mapping[str, int]]:
    """Count the orders to be cancelled for this change, by their present status."""
    order = IntentRow.__table__.alias().c
    asked = select(IntentRow.action["parameters"]["clientId"].astext).where(
        IntentRow.decided_at >= _begun(epoch), IntentRow.node_id == f"emergency.{epoch}"
    )
    query = select(order.status, func.count().label("orders")).where(order.client_id.in_(asked))
    return {row.status: int(row.orders) for row in (yield query.group_by(order.status))}


def _begun(epoch: int) -> ScalarSelect[datetime]:
    """Return the earliest decision time of actions for this change.

    This is one hour before the change: clocks of other machines may be slow.
    """
    earliest = EmergencyChange.at - timedelta(hours=1)
    return select(earliest).where(EmergencyChange.epoch == epoch).scalar_subquery()
