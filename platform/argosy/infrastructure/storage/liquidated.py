"""What carrying out a change of the emergency states has come to, by the actions that were made for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import aliased

from argosy.infrastructure.storage.models import EmergencyChange, Intent
from argosy.infrastructure.storage.operation import Steps, operation


@dataclass(frozen=True, slots=True)
class Position:
    mode: str
    bot: str
    strategy: str
    venue: str
    symbol: str


@operation
def of(epoch: int) -> Steps[dict[Position, Decimal]]:
    """How much of each position the liquidator has sold (bought back) for this change."""
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
    """What became of the orders that were to be cancelled for this change: how many have which status."""
    order = aliased(Intent)
    asked = select(Intent.action["parameters"]["clientId"].astext).where(
        Intent.decided_at >= _begun(epoch), Intent.node_id == f"emergency.{epoch}"
    )
    query = select(order.status, func.count().label("orders")).where(order.client_id.in_(asked))
    return {row.status: int(row.orders) for row in (yield query.group_by(order.status))}


def _begun(epoch: int) -> ScalarSelect[datetime]:
    """Nothing was done for it before; clocks of other machines may be a little behind."""
    earliest = EmergencyChange.at - timedelta(hours=1)
    return select(earliest).where(EmergencyChange.epoch == epoch).scalar_subquery()
