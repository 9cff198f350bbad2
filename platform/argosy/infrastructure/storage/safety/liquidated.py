"""Progress of enforcing an emergency change, by the actions made for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import ScalarSelect, func, select

from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import EmergencyChange, Intent


@dataclass(frozen=True, slots=True)
class Position:
    mode: str
    bot: str
    strategy: str
    venue: str
    symbol: str


@operation
def of(epoch: int) -> Steps[dict[Position, Decimal]]:
    """Return the quantity of each position that flattening for this change has closed so far."""
    rows = yield (
        select(
            Intent.mode,
            Intent.bot_id,
            Intent.strategy_id,
            Intent.venue,
            Intent.symbol,
            func.sum(Intent.filled).label("filled"),
        )
        .where(Intent.decided_at >= _begun(epoch), Intent.node_id == f"flatten.{epoch}")
        .group_by(Intent.mode, Intent.bot_id, Intent.strategy_id, Intent.venue, Intent.symbol)
    )
    return {Position(r.mode, r.bot_id, r.strategy_id, r.venue, r.symbol): r.filled for r in rows}


@operation
def cancellations(epoch: int) -> Steps[Mapping[str, int]]:
    """Count the orders to be cancelled for this change, by their present status."""
    order = Intent.__table__.alias().c
    asked = select(Intent.action["parameters"]["clientId"].astext).where(
        Intent.decided_at >= _begun(epoch), Intent.node_id == f"emergency.{epoch}"
    )
    query = select(order.status, func.count().label("orders")).where(order.client_id.in_(asked))
    return {row.status: int(row.orders) for row in (yield query.group_by(order.status))}


def _begun(epoch: int) -> ScalarSelect[datetime]:
    """Return the earliest decision time of actions for this change.

    This is one hour before the change: clocks of other machines may be slow.
    """
    earliest = EmergencyChange.at - timedelta(hours=1)
    return select(earliest).where(EmergencyChange.epoch == epoch).scalar_subquery()
