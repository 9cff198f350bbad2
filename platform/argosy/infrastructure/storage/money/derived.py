"""Positions and cash derived from the ledger: rows computed from entries in id order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql import insert as upsert

from argosy.core.money.ledger import CashState, Entry, PositionState, apply_to_cash, apply_to_position
from argosy.infrastructure.storage.models import CashRow, PositionRow

State = TypeVar("State", PositionState, CashState)
Key = tuple[str, str, str, str, str]
Table: TypeAlias = type[PositionRow] | type[CashRow]


def position_key(entry: Entry) -> Key:
    return entry.mode, entry.bot_id, entry.strategy_id, entry.venue, entry.symbol


def cash_key(entry: Entry) -> Key:
    return entry.mode, entry.bot_id, entry.strategy_id, entry.venue, entry.currency


@dataclass(slots=True)
class Derived(Generic[State]):
    """Row of a derived table. `entry_id` is the newest ledger entry counted in it."""

    state: State
    domain: str
    entry_id: int = 0


Positions = dict[Key, Derived[PositionState]]
Cash = dict[Key, Derived[CashState]]


def add_to(positions: Positions, cash: Cash, entry: Entry, id: int) -> None:
    """Apply one ledger entry to the derived rows; missing rows are created."""
    if entry.symbol:
        position = positions.setdefault(position_key(entry), Derived(PositionState(), entry.domain))
        position.state, position.entry_id = apply_to_position(position.state, entry), id
    kept = cash.setdefault(cash_key(entry), Derived(CashState(), entry.domain))
    kept.state, kept.entry_id = apply_to_cash(kept.state, entry), id


def write(model: Table, rows: Mapping[Key, Derived[Any]]) -> Executable:
    """Return the statement that writes these rows to the table."""
    statement = upsert(model).values(
        [
            dict(zip(key_of(model), key, strict=True))
            | asdict(row.state)
            | {"domain": row.domain, "entry_id": row.entry_id}
            for key, row in sorted(rows.items())
        ]
    )
    changed = [column.name for column in model.__table__.columns if not column.primary_key]
    return statement.on_conflict_do_update(
        index_elements=key_of(model), set_={name: statement.excluded[name] for name in changed}
    )


def key_of(model: Table) -> list[str]:
    return [column.name for column in model.__table__.columns if column.primary_key]
