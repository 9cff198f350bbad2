"""Last prices of currency pairs, from which exchange rates are computed."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select

from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import MarkRow


@operation
def prices(mode: str) -> Steps[dict[tuple[str, str], Decimal]]:
    """Return the prices by (venue, symbol), each in its own currency, freshest first.

    Currency pairs are few among the assets with a price.
    """
    query = select(MarkRow.venue, MarkRow.symbol, MarkRow.price).where(
        MarkRow.mode == mode, MarkRow.symbol.contains("/")
    )
    return {
        (row.venue, row.symbol): row.price
        for row in (yield query.order_by(MarkRow.at.desc(), MarkRow.venue, MarkRow.symbol))
    }
