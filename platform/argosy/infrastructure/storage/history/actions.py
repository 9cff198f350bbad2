"""Actions of bots and the opportunities that strategies found, as history has them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, record_of, records_of
from argosy.infrastructure.storage.engine.stream_position import position_of
from argosy.infrastructure.storage.models import ActionRow, OpportunityRow
from argosy.infrastructure.storage.records import ActionRecord, OpportunityRecord

_ACTION = columns_of(ActionRow, ActionRecord)
_OPPORTUNITY = columns_of(OpportunityRow, OpportunityRecord)


@operation
def get(client_id: str) -> Steps[ActionRecord | None]:
    row = (yield select(*_ACTION).where(ActionRow.client_id == client_id)).one_or_none()
    return None if row is None else record_of(ActionRecord, row)


@operation
def of_run(run_id: str) -> Steps[list[ActionRecord]]:
    """Return the actions of a run, ordered by time."""
    rows = (
        yield select(*_ACTION).where(ActionRow.run_id == run_id).order_by(ActionRow.at, ActionRow.client_id)
    )
    return records_of(ActionRecord, rows)


@operation
def newest(
    bot_id: str | None = None, strategy_id: str | None = None, *, limit: int = 100
) -> Steps[list[ActionRecord]]:
    """Return the most recently changed actions first.

    Without arguments: all actions. With `bot_id` and `strategy_id`: those of a bot or of a strategy instance.
    """
    query = _of(select(*_ACTION), ActionRow, bot_id, strategy_id)
    rows = yield query.order_by(ActionRow.position.desc()).limit(limit)
    return records_of(ActionRecord, rows)


@operation
def opportunities(
    bot_id: str, strategy_id: str | None = None, *, before: str | None = None, limit: int = 100
) -> Steps[list[OpportunityRecord]]:
    """Return a bot's opportunities, newest first. `before` (a seq) fetches the next page."""
    query = _of(select(*_OPPORTUNITY), OpportunityRow, bot_id, strategy_id)
    if before is not None:
        query = query.where(OpportunityRow.position < position_of(before))
    rows = yield query.order_by(OpportunityRow.position.desc()).limit(limit)
    return records_of(OpportunityRecord, rows)


def _of(
    query: Select[Any],
    model: type[ActionRow] | type[OpportunityRow],
    bot_id: str | None,
    strategy_id: str | None,
) -> Select[Any]:
    if bot_id is not None:
        query = query.where(model.bot_id == bot_id)
    if strategy_id is not None:
        query = query.where(model.strategy_id == strategy_id)
    return query
