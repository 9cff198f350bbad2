"""Last prices as sums and limits count them: of the assets that matter to whoever asks, in base currency."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import or_, select, tuple_

from argosy.core import exact
from argosy.core.rates import rate
from argosy.core.risk.snapshot import Mark
from argosy.infrastructure.storage import pairs
from argosy.infrastructure.storage.models import MarkRow
from argosy.infrastructure.storage.operation import Steps

Asset = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Prices:
    """By (venue, symbol). `own` in its own currency, pairs of currencies among them, the freshest first; `marks` in base
    currency, of what was asked for alone, without what nothing tells the worth of."""

    own: Mapping[Asset, Decimal]
    marks: Mapping[Asset, Mark]


def of(mode: str, base: str, assets: Collection[Asset]) -> Steps[Prices]:
    """Converted by pegs and by the prices of pairs of currencies ("EUR/USD")."""
    wanted = set(assets)
    of_interest = or_(tuple_(MarkRow.venue, MarkRow.symbol).in_(sorted(wanted)), pairs.IS_PAIR)
    query = select(MarkRow.__table__).where(MarkRow.mode == mode, of_interest).order_by(*pairs.FRESHEST)
    rows = (yield query).all()
    own = {(row.venue, row.symbol): row.price for row in rows}
    held = [row for row in rows if (row.venue, row.symbol) in wanted]
    rates = {currency: rate(currency, base, own) for currency in {row.currency for row in held}}
    marks = {}
    for row in held:
        rated = rates[row.currency]
        if rated is not None:
            price = exact.multiply(row.price, rated.value)
            marks[row.venue, row.symbol] = Mark(price, row.at, row.volatility)
    return Prices(own, marks)
