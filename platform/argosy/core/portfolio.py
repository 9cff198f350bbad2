"""Cash, positions and profit of an account, as plain exact sums."""

from __future__ import annotations

from decimal import Decimal

from argosy.core.money import ZERO
from argosy.core.wire import Wire


class Position(Wire):
    """A holding. `average_cost` and `mark` are per unit in the quote currency; `mark` None is unpriced."""

    venue: str
    symbol: str
    quantity: Decimal
    average_cost: Decimal
    mark: Decimal | None = None
    expires_at: str | None = None

    @property
    def value(self) -> Decimal:
        """At mark, or at cost where there is no mark."""
        return self.quantity * (self.average_cost if self.mark is None else self.mark)

    @property
    def unrealised(self) -> Decimal:
        return ZERO if self.mark is None else self.quantity * (self.mark - self.average_cost)


class Portfolio(Wire):
    """All amounts in the base currency."""

    base_currency: str = "USD"
    cash: Decimal = ZERO
    initial_capital: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    positions: list[Position] = []

    @property
    def equity(self) -> Decimal:
        return self.cash + sum((p.value for p in self.positions), ZERO)

    @property
    def pnl(self) -> Decimal:
        """Equity less what was put in: realised plus unrealised, after fees."""
        return self.equity - self.initial_capital
