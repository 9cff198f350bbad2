"""The venue's own record on disk.

Everything the venue has acknowledged survives `kill -9` and a power cut.
"""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import orjson

from argosy.errors import Unavailable
from argosy.infrastructure.private import append_privately, private_folder

Row = dict[str, Any]


class RowStore(Protocol):
    """Rows by kind and name: a journal, or one module's part of it."""

    def put(self, kind: str, name: str, body: Row) -> None: ...

    def commit(self) -> None: ...

    def rows(self, kind: str) -> list[tuple[str, Row]]: ...


class SandboxJournal:
    """Rows by kind and name in SQLite, in the order they first came.

    `put` collects rows. `commit` writes all of them in one transaction, which is on disk when the call
    returns. Rows that a failed commit could not write stay collected. Without a path no row is kept.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._pending: dict[tuple[str, str], Row] = {}
        self._database: sqlite3.Connection | None = None
        if path is None:
            return
        try:
            private_folder(path.parent)
            append_privately(path).close()
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS rows (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL,"
                " name TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (kind, name))"
            )
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(
                f"the sandbox's record {path} cannot be opened",
                found=str(error),
                remedy="choose another file with --data, or keep nothing with --memory",
            ) from None

    def part(self, module: str) -> JournalPart:
        """Return the part of one module; its kinds are apart from those of all others."""
        return JournalPart(self, module)

    def put(self, kind: str, name: str, body: Row) -> None:
        if self._database is not None:
            self._pending[kind, name] = body

    def commit(self) -> None:
        """Write all collected rows to disk.

        Raises Unavailable: then none of them may be acknowledged.
        """
        if self._database is None or not self._pending:
            return
        rows = [
            (kind, name, orjson.dumps(body, default=_exact)) for (kind, name), body in self._pending.items()
        ]
        try:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany(
                "INSERT INTO rows (kind, name, body) VALUES (?, ?, ?)"
                " ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body",
                rows,
            )
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise Unavailable("the sandbox cannot write its record", found=str(error)) from None
        self._pending.clear()

    def rows(self, kind: str) -> list[tuple[str, Row]]:
        """Return names and bodies of the committed rows, oldest name first."""
        if self._database is None:
            return []
        found = self._database.execute("SELECT name, body FROM rows WHERE kind = ? ORDER BY seq", (kind,))
        return [(name, orjson.loads(body)) for name, body in found]

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None


class JournalPart:
    """Rows of one module in a journal that several share.

    A commit writes the collected rows of all modules.
    """

    def __init__(self, journal: SandboxJournal, module: str) -> None:
        self._journal = journal
        self._module = module

    def put(self, kind: str, name: str, body: Row) -> None:
        self._journal.put(f"{self._module}/{kind}", name, body)

    def commit(self) -> None:
        """Write the collected rows to disk. Raises Unavailable."""
        self._journal.commit()

    def rows(self, kind: str) -> list[tuple[str, Row]]:
        return self._journal.rows(f"{self._module}/{kind}")


def _exact(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
