"""Versions of a bot's configuration, including its schedules."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select

from argosy.infrastructure.storage.catalog import bots, schedules
from argosy.infrastructure.storage.engine.codec import dumps, loads
from argosy.infrastructure.storage.engine.operation import Operation, Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, record_of, records_of
from argosy.infrastructure.storage.models import BotVersion
from argosy.infrastructure.storage.records import BotRecord, BotVersionRecord, ScheduleRecord

_COLUMNS = columns_of(BotVersion, BotVersionRecord)
_SETTINGS = (
    "name",
    "domain",
    "mode",
    "workflow_id",
    "workflow_digest",
    "capital",
    "base_currency",
    "config",
)


@operation
def keep(bot: BotRecord, by: str, note: str = "") -> Steps[BotVersionRecord]:
    """Store the bot's present configuration as a new version.

    Returns the newest version instead if nothing differs from it. The caller has locked the bot.
    """
    settings = yield from _settings(bot)
    found = yield from newest(bot.id).steps()
    if found is not None and dict(found.settings) == settings:
        return found
    statement = insert(BotVersion).values(
        bot_id=bot.id,
        version=1 if found is None else found.version + 1,
        settings=settings,
        note=note,
        created_by=by,
    )
    return record_of(BotVersionRecord, (yield statement.returning(*_COLUMNS)).one())


@operation
def with_schedule(change: Operation[ScheduleRecord], by: str, note: str = "") -> Steps[ScheduleRecord]:
    """Apply a change of a schedule and store the resulting version of its bot."""
    record = yield from change.steps()
    bot = yield from bots.lock_bot(record.bot_id).steps()
    yield from keep(bot, by, note).steps()
    return record


@operation
def newest(bot_id: str) -> Steps[BotVersionRecord | None]:
    """Return the highest version.

    None for a bot made by an older release and unchanged since.
    """
    query = select(*_COLUMNS).where(BotVersion.bot_id == bot_id).order_by(BotVersion.version.desc())
    row = (yield query.limit(1)).one_or_none()
    return None if row is None else record_of(BotVersionRecord, row)


@operation
def every(bot_id: str, limit: int = 100) -> Steps[list[BotVersionRecord]]:
    """Return the bot's versions, newest first."""
    query = select(*_COLUMNS).where(BotVersion.bot_id == bot_id).order_by(BotVersion.version.desc())
    return records_of(BotVersionRecord, (yield query.limit(limit)))


def _settings(bot: BotRecord) -> Steps[dict[str, Any]]:
    """Return the bot's settings in the form that the database returns.

    Versions are compared in this form.
    """
    planned = yield from schedules.every(bot.id).steps()
    found = {name: getattr(bot, name) for name in _SETTINGS}
    found["capital"] = format(bot.capital, "f")
    found["schedules"] = {each.id: {"spec": each.spec, "enabled": each.enabled} for each in planned}
    plain: dict[str, Any] = loads(dumps(found))
    return plain
