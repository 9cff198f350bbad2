"""Recent activity: records of several tables in one list, newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, cast, func, literal, null, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, record_of, records_of
from argosy.infrastructure.storage.engine.stream_position import position_of
from argosy.infrastructure.storage.models import ActionRow, LoggedEvent, ParamChange
from argosy.infrastructure.storage.records import ActivityRecord, ParamChangeRecord, SkipRecord

_LOGGED = columns_of(LoggedEvent, ActivityRecord)
_PARAM = columns_of(ParamChange, ParamChangeRecord)


SKIPPED = "run_skipped"


@operation
def newest(
    *, bot_id: str | None = None, before: str | None = None, limit: int = 50, skipped: bool = True
) -> Steps[list[ActivityRecord]]:
    """Return logged events, actions and parameter changes in one list, newest first.

    `before` (a seq) fetches the next page. `skipped=False` leaves out skipped runs: a schedule that is too frequent
    adds one per tick. `skips` counts those.
    """
    found: list[tuple[int, ActivityRecord]] = []
    logged_events = _logged() if skipped else _logged().where(LoggedEvent.type != SKIPPED)
    for query, model in ((logged_events, LoggedEvent), (_actions(), ActionRow), (_params(), ParamChange)):
        if bot_id is not None:
            query = query.where(model.bot_id == bot_id)  # noqa: PLW2901
        if before is not None:
            query = query.where(model.position < position_of(before))  # noqa: PLW2901
        rows = yield query.order_by(model.position.desc()).limit(limit)
        found += [(row.position, record_of(ActivityRecord, row)) for row in rows]
    found.sort(key=lambda pair: pair[0], reverse=True)
    return [record for _, record in found[:limit]]


@operation
def skips(since: datetime, *, bot_id: str | None = None) -> Steps[list[SkipRecord]]:
    """Count the runs skipped since a time, by bot and reason."""
    reason = func.coalesce(LoggedEvent.data["reason"].astext, "").label("reason")
    oldest = position_of(f"{int(since.timestamp() * 1000)}-0")
    query = select(
        LoggedEvent.bot_id,
        reason,
        func.count().label("count"),
        func.min(LoggedEvent.at).label("first"),
        func.max(LoggedEvent.at).label("last"),
        func.max(LoggedEvent.position).label("position"),
    ).where(LoggedEvent.type == SKIPPED, LoggedEvent.position >= oldest, LoggedEvent.bot_id.is_not(None))
    if bot_id is not None:
        query = query.where(LoggedEvent.bot_id == bot_id)
    rows = yield query.group_by(LoggedEvent.bot_id, reason)
    return records_of(SkipRecord, rows)


@operation
def logged_events(type: str, *, limit: int = 50) -> Steps[list[ActivityRecord]]:
    """Return logged events of one type, newest first."""
    query = _logged().where(LoggedEvent.type == type)
    rows = yield query.order_by(LoggedEvent.position.desc()).limit(limit)
    return records_of(ActivityRecord, rows)


@operation
def param_changes(
    bot_id: str, strategy_id: str | None = None, *, limit: int = 100
) -> Steps[list[ParamChangeRecord]]:
    """Return a bot's parameter changes, newest first."""
    query = select(*_PARAM).where(ParamChange.bot_id == bot_id)
    if strategy_id is not None:
        query = query.where(ParamChange.strategy_id == strategy_id)
    rows = yield query.order_by(ParamChange.position.desc()).limit(limit)
    return records_of(ParamChangeRecord, rows)


def _logged() -> Select[Any]:
    return select(*_LOGGED)


def _actions() -> Select[Any]:
    data = func.jsonb_strip_nulls(
        func.jsonb_build_object(
            "clientId",
            ActionRow.client_id,
            "venue",
            ActionRow.venue,
            "kind",
            ActionRow.kind,
            "symbol",
            ActionRow.symbol,
            "label",
            func.nullif(ActionRow.label, ""),
            "side",
            ActionRow.side,
            "quantity",
            cast(ActionRow.quantity, Text),
            "price",
            cast(ActionRow.price, Text),
            "status",
            ActionRow.status,
            "filled",
            cast(ActionRow.filled, Text),
            "averagePrice",
            cast(ActionRow.average_price, Text),
            "fee",
            cast(ActionRow.fee, Text),
            "reason",
            ActionRow.reason,
            "paper",
            ActionRow.paper,
        )
    )
    return _shaped(ActionRow, ActionRow.updated_at, "action", data)


def _params() -> Select[Any]:
    data = func.jsonb_build_object(
        "param",
        ParamChange.param,
        "old",
        ParamChange.old,
        "new",
        ParamChange.new,
        "saved",
        ParamChange.saved,
        "actor",
        ParamChange.actor,
    )
    return _shaped(ParamChange, ParamChange.at, "param_change", data, run_id=null())


def _shaped(
    model: type[ActionRow] | type[ParamChange], at: Any, type: str, data: Any, run_id: Any = None
) -> Select[Any]:
    run = ActionRow.run_id if run_id is None else run_id
    return select(
        model.position,
        at.label("at"),
        literal(type).label("type"),
        model.bot_id,
        model.strategy_id,
        run.label("run_id"),
        model.node_id,
        type_coerce(data, JSONB).label("data"),
    )
