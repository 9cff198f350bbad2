"""Make the statement of a day from the ledger and the equity curve."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from argosy.core.money import exact
from argosy.core.money.ledger import Entry
from argosy.core.money.statement import Statement, StatementAccount, flow_lines
from argosy.core.scope import PLATFORM_SCOPE, bot_scope
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.money import entries, equity, positions


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first moment of the local day and of the next one, 23 to 25 hours apart."""
    return (
        datetime.combine(day, time(), zone),
        datetime.combine(day + timedelta(days=1), time(), zone),
    )


def statement_of(
    database: Database, day: date, zone: ZoneInfo, mode: str, bot_id: str | None = None
) -> Statement:
    """Return the statement of one bot, or of the whole platform, in one mode.

    A fill that was booked late belongs to the day of the fill.
    """
    return database.run(_statement(day, zone, mode, bot_id))


@operation
def _statement(day: date, zone: ZoneInfo, mode: str, bot_id: str | None) -> Steps[Statement]:
    since, until = bounds(day, zone)
    scope = PLATFORM_SCOPE if bot_id is None else bot_scope(bot_id)
    opening, closing = StatementAccount(), StatementAccount()
    today: list[Entry] = []

    def take(row: Any) -> None:
        entry = entries.read_entry(row).entry
        closing.take(entry)
        if entry.at < since:
            opening.take(entry)
        else:
            today.append(entry)

    yield entries.SNAPSHOT
    yield from entries.each(entries.Wanted(mode=mode, bot_id=bot_id, until=until), take)
    base = yield from positions.base_currency()
    first = yield from equity.last_before(scope, mode, since).steps()
    last = yield from equity.last_before(scope, mode, until).steps()
    before = opening.balance(
        equity=None if first is None else first.equity, unrealised=None if first is None else first.unrealised
    )
    after = closing.balance(
        equity=None if last is None else last.equity, unrealised=None if last is None else last.unrealised
    )
    return Statement(
        day=day.isoformat(),
        timezone=zone.key,
        since=since,
        until=until,
        mode=mode,
        scope=scope,
        base_currency=base,
        opening=before,
        flows=flow_lines(today),
        closing=after,
        realised=exact.subtract(after.realised, before.realised),
        fees=exact.subtract(after.fees, before.fees),
        positions=closing.lines(),
        attributed=exact.subtract(after.attributed, before.attributed),
    )
