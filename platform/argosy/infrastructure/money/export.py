"""Export the ledger as CSV or JSON with all digits."""

from __future__ import annotations

import csv
import json
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import TextIO

from argosy.core.money.ledger import Entry
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import entries
from argosy.infrastructure.storage.money.entries import Booked, Wanted

COLUMNS = ("id", "booked_at", *(field.name for field in fields(Entry)))


def write_csv(database: Database, wanted: Wanted, target: TextIO) -> int:
    """Write a header line and a line for each entry (RFC 4180); return the number of entries.

    A missing price is an empty cell.
    """
    writer = csv.DictWriter(target, COLUMNS)
    writer.writeheader()
    return database.run(entries.read(wanted, lambda each: writer.writerow(_row(each))))


def write_json(database: Database, wanted: Wanted, target: TextIO) -> int:
    """Write `{"entries": [...]}`, one entry a line, numbers as strings; return their number."""
    target.write('{"entries": [')
    between = "\n"

    def take(each: Booked) -> None:
        nonlocal between
        target.write(between + json.dumps(_row(each), ensure_ascii=False))
        between = ",\n"

    count = database.run(entries.read(wanted, take))
    target.write("\n]}\n")
    return count


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
