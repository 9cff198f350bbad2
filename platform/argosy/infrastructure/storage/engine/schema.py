"""Differences between a database and the models, and the additions that remove them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from alembic.autogenerate import compare_metadata, produce_migrations
from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from argosy.infrastructure.storage.models import Base

_APPEND_ONLY = (
    "BEFORE UPDATE OR DELETE OR TRUNCATE ON {} FOR EACH STATEMENT EXECUTE FUNCTION argosy_append_only()"
)
TRIGGERS = {
    "audit_log_append_only": f"CREATE TRIGGER audit_log_append_only {_APPEND_ONLY.format('audit_log')}",
    "flows_append_only": f"CREATE TRIGGER flows_append_only {_APPEND_ONLY.format('flows')}",
    "ledger_entries_append_only": f"CREATE TRIGGER ledger_entries_append_only {_APPEND_ONLY.format('ledger_entries')}",
    "bots_changed": "CREATE TRIGGER bots_changed AFTER UPDATE ON bots FOR EACH ROW "
    "WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION argosy_tell_beat()",
    "capital_shares_fit": "CREATE CONSTRAINT TRIGGER capital_shares_fit AFTER INSERT OR UPDATE ON capital_shares "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION argosy_shares_fit()",
    "schedules_changed": "CREATE TRIGGER schedules_changed AFTER UPDATE ON schedules FOR EACH ROW "
    "WHEN ((OLD.spec, OLD.enabled, OLD.bot_id) IS DISTINCT FROM (NEW.spec, NEW.enabled, NEW.bot_id)) "
    "EXECUTE FUNCTION argosy_tell_beat()",
    "schedules_made": "CREATE TRIGGER schedules_made AFTER INSERT OR DELETE ON schedules "
    "FOR EACH ROW EXECUTE FUNCTION argosy_tell_beat()",
}
"""Triggers created by migrations. Alembic does not compare triggers."""

_PARTITION = re.compile(r"^node_executions_p\d{8}$")
_EXTRA = ("remove_table", "remove_index")


@dataclass(frozen=True, slots=True)
class Differences:
    """Differences as sentences.

    `harmful` ones make our statements fail; a table or index added by someone else does not. `addable`:
    `add_missing` can add everything that is harmful.
    """

    all: list[str]
    harmful: list[str]
    addable: bool


def differences(connection: Connection) -> Differences:
    """Compare the database with the models."""
    changes = list(_flat(compare_metadata(_context(connection), Base.metadata)))
    triggers = [_trigger(name) for name in _missing_triggers(connection)]
    harmful = [change for change in changes if not _is_extra(change)]
    return Differences(
        all=[_sentence(change) for change in changes] + triggers,
        harmful=[_sentence(change) for change in harmful] + triggers,
        addable=len(harmful) == len(list(_additions(connection))),
    )


def add_missing(connection: Connection) -> list[str]:
    """Add missing tables, columns, indexes and triggers, and return them as sentences."""
    added = list(_additions(connection))
    operations = Operations(_context(connection))
    for operation in added:
        operations.invoke(operation)
    triggers = _missing_triggers(connection)
    for name in triggers:
        table = TRIGGERS[name].partition(" ON ")[2].split()[0]
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name} ON {table}"))  # it may be disabled
        connection.execute(text(TRIGGERS[name]))
    return [_sentence(operation.to_diff_tuple()) for operation in added] + [
        _trigger(name) for name in triggers
    ]


def _additions(connection: Connection) -> Iterator[Any]:
    script = produce_migrations(_context(connection), Base.metadata)
    for operation in _leaves(script.upgrade_ops.ops if script.upgrade_ops else ()):
        match operation:
            case ops.CreateTableOp() | ops.CreateIndexOp():
                yield operation
            case ops.AddColumnOp(column=column) if column.nullable or column.server_default is not None:
                yield operation


def _leaves(operations: Iterable[Any]) -> Iterator[Any]:
    for operation in operations:
        if isinstance(operation, ops.OpContainer):
            yield from _leaves(operation.ops)
        else:
            yield operation


def _context(connection: Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"include_object": belongs, "compare_type": True})


def belongs(object_: Any, name: str | None, type_: str, reflected: bool, _compare_to: Any) -> bool:
    """Return False for partitions and their indexes, which are made at run time."""
    table = name if type_ == "table" else getattr(getattr(object_, "table", None), "name", None)
    return not (reflected and table is not None and _PARTITION.match(table))


def _missing_triggers(connection: Connection) -> list[str]:
    rows = connection.execute(
        text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
    )
    there = set(rows.scalars())
    return [name for name in TRIGGERS if name not in there]


def _trigger(name: str) -> str:
    return f"add_trigger: {name}"


def _flat(changes: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    for change in changes:
        if isinstance(change, list):
            yield from _flat(change)
        else:
            yield change


def _is_extra(change: tuple[Any, ...]) -> bool:
    """Return True for an added object that makes none of our statements fail."""
    if change[0] == "remove_column":
        column = change[3]
        return bool(column.nullable or column.server_default is not None)
    return change[0] in _EXTRA


def _sentence(change: tuple[Any, ...]) -> str:
    what, *rest = change
    return f"{what}: {', '.join(str(part) for part in rest if part is not None)}"
