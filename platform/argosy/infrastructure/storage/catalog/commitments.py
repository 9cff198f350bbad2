"""Running commitments: lasting costs and offers without an end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from argosy.core.actions.action import ActionStatus
from argosy.core.actions.action_spec import kinds
from argosy.core.actions.intent import Intent
from argosy.infrastructure.storage.actions import intent_rows
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import IntentRow

_DONE = (ActionStatus.FILLED.value, ActionStatus.PARTIALLY_FILLED.value)


@operation
def running(bot_id: str | None = None) -> Steps[list[Intent]]:
    """Return the newest action of each asset whose newest value action began a commitment.

    The assets are those of one bot, or of all. They are ordered by bot, mode, venue and symbol.
    """
    return [intent_rows.intent(row) for row in (yield from rows(bot_id))]


def rows(bot_id: str | None = None) -> Steps[list[Any]]:
    """Return the rows of these actions."""
    begins = kinds(lambda spec: spec.commitment == "begins")
    ends = kinds(lambda spec: spec.commitment == "ends")
    key = (IntentRow.bot_id, IntentRow.mode, IntentRow.venue, IntentRow.symbol)
    query = select(IntentRow.__table__).ext(distinct_on(*key))
    query = query.where(IntentRow.kind.in_([*begins, *ends]), IntentRow.status.in_(_DONE))
    if bot_id is not None:
        query = query.where(IntentRow.bot_id == bot_id)
    found = yield query.order_by(*key, IntentRow.decided_at.desc())
    return [row for row in found if row.kind in begins and Decimal(row.action.get("quantity") or 0)]
