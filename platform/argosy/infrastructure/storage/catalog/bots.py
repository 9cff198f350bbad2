"""Configuration of bots."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from argosy.errors import Conflict, NotFound
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, record_of, records_of
from argosy.infrastructure.storage.models import BotRow
from argosy.infrastructure.storage.records import BotRecord

_COLUMNS = columns_of(BotRow, BotRecord)
ARCHIVED = "archived"


def _unknown(bot_id: str) -> NotFound:
    return NotFound("there is no such bot", found=bot_id, remedy="`argosy bots list` shows all")


@operation
def save(
    *,
    id: str,
    name: str,
    domain: str,
    workflow_id: str,
    workflow_digest: str,
    capital: Decimal,
    mode: str = "paper",
    state: str = "running",
    base_currency: str = "USD",
    config: Mapping[str, Any] | None = None,
) -> Steps[BotRecord]:
    """Create or change the bot.

    An existing bot keeps its `state`; `set_state` pauses it.
    """
    values = {
        "name": name,
        "domain": domain,
        "mode": mode,
        "workflow_id": workflow_id,
        "workflow_digest": workflow_digest,
        "capital": capital,
        "base_currency": base_currency,
        "config": dict(config or {}),
    }
    statement = (
        insert(BotRow)
        .values(id=id, state=state, **values)
        .on_conflict_do_update(index_elements=[BotRow.id], set_={**values, "updated_at": func.now()})
    )
    return record_of(BotRecord, (yield statement.returning(*_COLUMNS)).one())


@operation
def create(
    *,
    id: str,
    name: str,
    domain: str,
    workflow_id: str,
    workflow_digest: str,
    capital: Decimal,
    mode: str,
    state: str,
    base_currency: str,
) -> Steps[BotRecord]:
    """Create a bot. Raises Conflict if the id is taken."""
    statement = insert(BotRow).values(
        id=id,
        name=name,
        domain=domain,
        mode=mode,
        state=state,
        workflow_id=workflow_id,
        workflow_digest=workflow_digest,
        capital=capital,
        base_currency=base_currency,
    )
    row = (
        yield statement.on_conflict_do_nothing(index_elements=[BotRow.id]).returning(*_COLUMNS)
    ).one_or_none()
    if row is None:
        raise Conflict(
            "there is a bot of this id",
            expected="an id of its own",
            found=id,
            remedy="choose another id; `argosy bots list --all` shows those that are taken",
        )
    return record_of(BotRecord, row)


@operation
def get(bot_id: str) -> Steps[BotRecord]:
    """Return the bot. Raises NotFound."""
    row = (yield select(*_COLUMNS).where(BotRow.id == bot_id)).one_or_none()
    if row is None:
        raise _unknown(bot_id)
    return record_of(BotRecord, row)


@operation
def view(bot_id: str) -> Steps[dict[str, Any] | None]:
    """Lock the bot and return the columns that the audit shows; None for an unknown bot."""
    names = ("name", "mode", "state", "workflow_id", "workflow_digest", "capital", "base_currency", "config")
    row = (
        yield select(*(getattr(BotRow, name) for name in names)).where(BotRow.id == bot_id).with_for_update()
    ).one_or_none()
    return None if row is None else dict(row._mapping)


@operation
def lock_bot(bot_id: str) -> Steps[BotRecord]:
    """Return the bot, locked until the end of the transaction. Raises NotFound."""
    row = (yield select(*_COLUMNS).where(BotRow.id == bot_id).with_for_update()).one_or_none()
    if row is None:
        raise _unknown(bot_id)
    return record_of(BotRecord, row)


@operation
def every(domain: str | None = None, *, archived: bool = False) -> Steps[list[BotRecord]]:
    """Return all bots, ordered by id. Archived bots are included only with `archived`."""
    query = select(*_COLUMNS)
    if not archived:
        query = query.where(BotRow.state != ARCHIVED)
    if domain is not None:
        query = query.where(BotRow.domain == domain)
    rows = yield query.order_by(BotRow.id)
    return records_of(BotRecord, rows)


@operation
def set_state(bot_id: str, state: str) -> Steps[BotRecord]:
    """Set the state to `running` or `paused`.

    A trigger notifies beat at once. Raises NotFound, and Conflict for an archived bot.
    """
    change = update(BotRow).where(BotRow.id == bot_id, BotRow.state != ARCHIVED)
    row = (yield change.values(state=state, updated_at=func.now()).returning(*_COLUMNS)).one_or_none()
    if row is None:
        yield from get(bot_id).steps()
        raise Conflict(
            f"bot {bot_id} is archived",
            expected="a bot that is not",
            found="archived",
            remedy=f"`argosy bots unarchive {bot_id}` brings it back, paused",
        )
    return record_of(BotRecord, row)


@operation
def change(bot_id: str, **values: Any) -> Steps[BotRecord]:
    """Set columns of a bot that the caller has locked. Raises NotFound."""
    statement = update(BotRow).where(BotRow.id == bot_id).values(**values, updated_at=func.now())
    row = (yield statement.returning(*_COLUMNS)).one_or_none()
    if row is None:
        raise _unknown(bot_id)
    return record_of(BotRecord, row)


@operation
def set_workflow(bot_id: str, workflow_digest: str) -> Steps[BotRecord]:
    """Assign another saved workflow version to the bot. Raises NotFound for an unknown bot."""
    change = update(BotRow).where(BotRow.id == bot_id)
    change = change.values(workflow_digest=workflow_digest, updated_at=func.now())
    row = (yield change.returning(*_COLUMNS)).one_or_none()
    if row is None:
        raise _unknown(bot_id)
    return record_of(BotRecord, row)


@operation
def remove(bot_id: str) -> Steps[bool]:
    """Delete the bot and its schedules; its history stays.

    Returns False if the bot did not exist.
    """
    return (yield delete(BotRow).where(BotRow.id == bot_id)).rowcount > 0
