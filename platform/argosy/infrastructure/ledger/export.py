"""The ledger as CSV or JSON, every digit of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import TextIO

from argosy.core.ledger import Entry
from argosy.infrastructure.storage import entries
from argosy.infrastructure.storage.database import Database
from argosy.infrastructure.storage.entries import Booked, Wanted

COLUMNS = ("id", "booked_at", *(field.name for field in fields(Entry)))


def write_csv(database: Database, wanted: Wanted, target: TextIO) -> int:
    """A line of column names, then one an entry (RFC 4180); no price is an empty cell. Returns the entries."""
    writer = csv.DictWriter(target, COLUMNS)
    writer.writeheader()
    count = 0
    for each in _all(database, wanted):
        writer.writerow(_row(each))
        count += 1
    return count


def write_json(database: Database, wanted: Wanted, target: TextIO) -> int:
    """`{"entries": [...]}`, one entry a line, numbers as strings. Returns the entries."""
    target.write('{"entries": [')
    count = 0
    for each in _all(database, wanted):
        target.write(",\n" if count else "\n")
        target.write(json.dumps(_row(each), ensure_ascii=False))
        count += 1
    target.write("\n]}\n")
    return count


def _all(database: Database, wanted: Wanted) -> Iterator[Booked]:
    after = 0
    while page := database.run(entries.page(wanted, after)):
        yield from page
        after = page[-1].id


def _row(each: Booked) -> dict[str, object]:
    values: dict[str, object] = {"id": each.id, "booked_at": each.booked_at.isoformat()}
    for field in fields(Entry):
        value = getattr(each.entry, field.name)
        if isinstance(value, Decimal):
            value = format(value, "f")
        elif isinstance(value, datetime):
            value = value.isoformat()
        values[field.name] = value
    return values
