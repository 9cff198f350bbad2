"""Schedules of bots, and beat's record of their ticks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, func, null, select, update
from sqlalchemy.dialects.postgresql import insert

from argosy.core.safety.emergency import EmergencyState
from argosy.core.schedule.schedule import Schedule as Spec
from argosy.core.scope import ScopePath
from argosy.errors import NotFound
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, record_of, records_of
from argosy.infrastructure.storage.models import BotRow, EmergencyRow, Schedule
from argosy.infrastructure.storage.records import ScheduleRecord

CHANNEL = "argosy_schedules"
"""Channel that triggers notify when a schedule's spec or switch, or a bot's state, changes."""

_OWN = columns_of(Schedule, ScheduleRecord)
_RUNNING: ColumnElement[bool] = (BotRow.state == "running").label("bot_running")


def _select() -> Select[Any]:
    return select(*_OWN, _RUNNING).join(BotRow, BotRow.id == Schedule.bot_id)


def _one(id: str) -> Steps[ScheduleRecord | None]:
    row = (yield _select().where(Schedule.id == id)).one_or_none()
    return None if row is None else record_of(ScheduleRecord, row)


@operation
def save(*, id: str, bot_id: str, spec: Spec, enabled: bool = True) -> Steps[ScheduleRecord]:
    """Create or change the schedule; beat follows within a second.

    A changed spec gets a new due time. Raises NotFound for an unknown bot.
    """
    if (yield select(BotRow.id).where(BotRow.id == bot_id)).one_or_none() is None:
        raise NotFound("a schedule needs a bot that exists", found=bot_id)
    statement = insert(Schedule).values(id=id, bot_id=bot_id, spec=spec.to_wire(), enabled=enabled)
    changed = Schedule.spec.is_distinct_from(statement.excluded.spec)
    yield statement.on_conflict_do_update(
        index_elements=[Schedule.id],
        set_={
            "bot_id": statement.excluded.bot_id,
            "spec": statement.excluded.spec,
            "enabled": statement.excluded.enabled,
            "next_due_at": case((changed, null()), else_=Schedule.next_due_at),
            "updated_at": func.now(),
        },
    )
    return record_of(ScheduleRecord, (yield _select().where(Schedule.id == id)).one())


@operation
def get(id: str) -> Steps[ScheduleRecord]:
    """Return the schedule. Raises NotFound."""
    found = yield from _one(id)
    if found is None:
        raise NotFound("there is no such schedule", found=id, remedy="`argosy schedules list` shows all")
    return found


@operation
def view(id: str) -> Steps[dict[str, Any] | None]:
    """Lock the schedule and return the columns that the audit shows; None if unknown."""
    query = select(Schedule.bot_id, Schedule.spec, Schedule.enabled).where(Schedule.id == id)
    row = (yield query.with_for_update()).one_or_none()
    return None if row is None else dict(row._mapping)


@operation
def every(bot_id: str | None = None) -> Steps[list[ScheduleRecord]]:
    """Return all schedules, or those of a bot, ordered by id."""
    query = _select()
    if bot_id is not None:
        query = query.where(Schedule.bot_id == bot_id)
    rows = yield query.order_by(Schedule.id)
    return records_of(ScheduleRecord, rows)


@operation
def enable(id: str, enabled: bool) -> Steps[ScheduleRecord]:
    """Switch the schedule on or off. Raises NotFound.

    Ticks missed while off are not made up for.
    """
    yield (
        update(Schedule)
        .where(Schedule.id == id, Schedule.enabled.is_distinct_from(enabled))
        .values(enabled=enabled, next_due_at=None, updated_at=func.now())
    )
    found = yield from _one(id)
    if found is None:
        raise NotFound("there is no such schedule", found=id, remedy="`argosy schedules list` shows all")
    return found


@operation
def remove(id: str) -> Steps[bool]:
    """Delete the schedule. Return False if it did not exist."""
    return (yield delete(Schedule).where(Schedule.id == id)).rowcount > 0


@operation
def plan_next(id: str, next_due_at: datetime | None) -> Steps[None]:
    """Store the due time that beat waits for."""
    yield update(Schedule).where(Schedule.id == id).values(next_due_at=next_due_at)


@operation
def settle(
    id: str,
    *,
    due_at: datetime,
    next_due_at: datetime | None,
    fired: datetime | None,
    now: datetime,
    missed: int,
) -> Steps[bool]:
    """Store the outcome of the tick due at `due_at`, and the next due time.

    `fired` is the due time sent; None if the tick was missed. Returns False if another beat has stored the tick or
    the schedule has changed; nothing is counted then.
    """
    change = (
        update(Schedule)
        .where(Schedule.id == id, Schedule.next_due_at == due_at)
        .values(next_due_at=next_due_at, misfired=Schedule.misfired + missed)
    )
    if fired is not None:
        change = change.values(
            # The newest ever: a due time that repeats after the clock was set back is another run.
            last_due_at=func.greatest(Schedule.last_due_at, fired),
            last_dispatched_at=now,
            dispatched=Schedule.dispatched + 1,
        )
    return (yield change).rowcount > 0


@operation
def shut_down(bot_ids: Collection[str]) -> Steps[set[str]]:
    """Return the bots that a SHUTDOWN stops: nothing is dispatched for them."""
    states = select(EmergencyRow.scope).where(EmergencyRow.state == EmergencyState.SHUTDOWN.name)
    scopes = set((yield states).scalars())
    if not scopes:
        return set()
    bots = yield select(BotRow.id, BotRow.domain).where(BotRow.id.in_(bot_ids))
    return {bot.id for bot in bots if not scopes.isdisjoint(ScopePath(bot.domain, bot.id).scopes)}


@operation
def count_skipped(bot_id: str, skipped: int = 1) -> Steps[None]:
    """Count ticks that came while the bot was still running."""
    yield update(Schedule).where(Schedule.bot_id == bot_id).values(skipped=Schedule.skipped + skipped)
