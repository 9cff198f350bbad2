"""Last prices of pairs of currencies: all that rates are made of."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select

from argosy.infrastructure.storage.models import MarkRow
from argosy.infrastructure.storage.operation import Steps


def prices(mode: str) -> Steps[dict[tuple[str, str], Decimal]]:
    """By (venue, symbol), each in its own currency; of the many assets that have a price these are few."""
    query = select(MarkRow.venue, MarkRow.symbol, MarkRow.price)
    rows = yield query.where(MarkRow.mode == mode, MarkRow.symbol.contains("/"))
    return {(row.venue, row.symbol): row.price for row in rows}
