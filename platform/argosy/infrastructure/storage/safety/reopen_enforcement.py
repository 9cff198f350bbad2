"""Reopening of enforced stops.

An order settled as never arrived may appear after all, or a late fill may come.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ScalarSelect, exists, or_, select, update

from argosy.core.actions.action import ActionStatus
from argosy.core.safety.emergency import EmergencyState
from argosy.infrastructure.storage.engine import scopes
from argosy.infrastructure.storage.engine.operation import Steps
from argosy.infrastructure.storage.models import (
    EmergencyChange,
    EmergencyRow,
    IntentRow,
    LedgerEntry,
    PositionRow,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import InstrumentedAttribute

_SHUTDOWN = EmergencyState.SHUTDOWN.name
_STOPPED = [EmergencyState.HALT.name, _SHUTDOWN]
_AT_THE_VENUE = [
    ActionStatus.SUBMITTED.value,
    ActionStatus.OPEN.value,
    ActionStatus.PARTIALLY_FILLED.value,
    ActionStatus.UNKNOWN.value,
]


def reopen() -> Steps[None]:
    """Reopen the newest change of a scope if its enforcement no longer holds.

    HALT: the scope has a risk-adding order again. SHUTDOWN: any order. With flattening: a position booked since.
    """
    newest = select(EmergencyRow.epoch).where(EmergencyRow.state.in_(_STOPPED))
    if not (yield newest).first():
        return
    order = exists().where(
        IntentRow.status.in_(_AT_THE_VENUE),
        or_(~IntentRow.reducing, EmergencyChange.after == _SHUTDOWN),
        scopes.around(EmergencyChange.scope, IntentRow.domain, IntentRow.bot_id, IntentRow.strategy_id),
    )
    position = exists().where(
        EmergencyChange.flatten,
        EmergencyChange.after == _SHUTDOWN,
        PositionRow.quantity != 0,
        scopes.around(EmergencyChange.scope, PositionRow.domain, PositionRow.bot_id, PositionRow.strategy_id),
        _booked_at(PositionRow.entry_id) > EmergencyChange.enforced_at,
    )
    yield (
        update(EmergencyChange)
        .where(EmergencyChange.enforced_at.is_not(None), EmergencyChange.epoch.in_(newest))
        .where(or_(order, position))
        .values(enforced_at=None)
        .execution_options(synchronize_session=False)
    )


def _booked_at(entry_id: InstrumentedAttribute[int]) -> ScalarSelect[datetime]:
    return select(LedgerEntry.booked_at).where(LedgerEntry.id == entry_id).scalar_subquery()
