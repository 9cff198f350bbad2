"""Last prices for sums and limits: only the assets needed, in base currency."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select, tuple_

from argosy.core.money import exact
from argosy.core.money.rates import rate
from argosy.core.risk.snapshot import Mark
from argosy.infrastructure.storage.engine.operation import Steps
from argosy.infrastructure.storage.models import MarkRow
from argosy.infrastructure.storage.money import fx_rates

Asset = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices by (venue, symbol).

    `own` are in the asset's own currency; all currency pairs are included, freshest first. `marks` are in base
    currency, for the requested assets only. Assets without a known exchange rate are missing there.
    """

    own: Mapping[Asset, Decimal]
    marks: Mapping[Asset, Mark]


def of(mode: str, base: str, assets: Collection[Asset]) -> Steps[Prices]:
    """Return the prices, converted by currency pegs and by prices of currency pairs ("EUR/USD")."""
    own = yield from fx_rates.prices(mode).steps()
    if not assets:
        return Prices(own, {})
    wanted = tuple_(MarkRow.venue, MarkRow.symbol).in_(sorted(assets))
    # Separate from the pairs: one statement for both would read every price of the mode.
    rows = (yield select(MarkRow.__table__).where(MarkRow.mode == mode, wanted)).all()
    rates = {currency: rate(currency, base, own) for currency in {row.currency for row in rows}}
    own |= {(row.venue, row.symbol): row.price for row in rows}
    marks = {}
    for row in rows:
        rated = rates[row.currency]
        if rated is not None:
            price = exact.multiply(row.price, rated.value)
            marks[row.venue, row.symbol] = Mark(price, row.at, row.volatility)
    return Prices(own, marks)
