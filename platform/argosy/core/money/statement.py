"""Daily statement of an account: opening balance, cash flows, closing balance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from argosy.core.money import exact
from argosy.core.money.ledger import (
    CashState,
    Entry,
    EntryKind,
    PositionState,
    apply_to_cash,
    apply_to_position,
)
from argosy.core.money.money import ZERO
from argosy.core.wire import Wire


class BalanceLine(Wire):
    """Sums at one moment, in base currency at the booked rates.

    `cash_by_currency` is in the currencies themselves. `equity` and `unrealised` come from the last earlier point
    of the equity curve; None without one. `attributed` is value that is no cash.
    """

    capital: Decimal
    cash: Decimal
    cost: Decimal
    realised: Decimal
    fees: Decimal
    cash_by_currency: dict[str, Decimal]
    equity: Decimal | None = None
    unrealised: Decimal | None = None
    attributed: Decimal = ZERO


class FlowLine(Wire):
    """Sum of the entries of one kind in one currency.

    `amount` is in that currency, `base_amount` in base currency.
    """

    kind: str
    currency: str
    count: int
    amount: Decimal
    base_amount: Decimal


class PositionLine(Wire):
    """Position at the end of the day.

    `cost` is in base currency; `average_cost` is per unit, rounded to 1e-12.
    """

    bot_id: str
    strategy_id: str
    venue: str
    symbol: str
    quantity: Decimal
    cost: Decimal
    average_cost: Decimal


class Statement(Wire):
    """Statement of one day, with `since` ≤ time of a flow < `until`.

    Exactly: opening.cash + the flows' base amounts = closing.cash. `attributed` is the value that venues claimed for
    the day; it is in no other sum.
    """

    day: str
    timezone: str
    since: datetime
    until: datetime
    mode: str
    scope: str
    base_currency: str
    opening: BalanceLine
    flows: list[FlowLine]
    closing: BalanceLine
    realised: Decimal
    fees: Decimal
    positions: list[PositionLine]
    attributed: Decimal = ZERO

    @property
    def pnl(self) -> Decimal | None:
        """Gain of the day without deposits and withdrawals; None without a sample of equity."""
        if self.opening.equity is None or self.closing.equity is None:
            return None
        paid_in = exact.subtract(self.closing.capital, self.opening.capital)
        return exact.subtract(exact.subtract(self.closing.equity, self.opening.equity), paid_in)


@dataclass(slots=True)
class StatementAccount:
    """Running positions and cash of entries, taken in the order of booking."""

    positions: dict[tuple[str, str, str, str], PositionState] = field(default_factory=dict)
    cash: dict[str, CashState] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        if entry.symbol:
            at = (entry.bot_id, entry.strategy_id, entry.venue, entry.symbol)
            self.positions[at] = apply_to_position(self.positions.get(at, PositionState()), entry)
        before = self.cash.get(entry.currency, CashState())
        self.cash[entry.currency] = apply_to_cash(before, entry)

    def balance(self, *, equity: Decimal | None = None, unrealised: Decimal | None = None) -> BalanceLine:
        capital = exact.total(state.capital for state in self.cash.values())
        cash = exact.total(state.base_amount for state in self.cash.values())
        cost = exact.total(state.cost for state in self.positions.values())
        return BalanceLine(
            capital=capital,
            cash=cash,
            cost=cost,
            realised=exact.add(exact.subtract(cash, capital), cost),
            fees=exact.total(state.fees for state in self.cash.values()),
            cash_by_currency={name: state.amount for name, state in sorted(self.cash.items())},
            equity=equity,
            unrealised=unrealised,
            attributed=exact.total(state.attributed for state in self.cash.values()),
        )

    def lines(self) -> list[PositionLine]:
        return [
            PositionLine(
                bot_id=bot,
                strategy_id=strategy,
                venue=venue,
                symbol=symbol,
                quantity=state.quantity,
                cost=state.cost,
                average_cost=exact.ratio(state.cost, state.quantity),
            )
            for (bot, strategy, venue, symbol), state in sorted(self.positions.items())
            if state.quantity
        ]


def flow_lines(entries: Iterable[Entry]) -> list[FlowLine]:
    """Return the sums of the cash flows by kind and currency; attributed value is none."""
    sums: dict[tuple[str, str], tuple[int, Decimal, Decimal]] = {}
    for entry in entries:
        if entry.kind is EntryKind.ATTRIBUTED:
            continue
        at = (entry.kind.value, entry.currency)
        count, amount, base = sums.get(at, (0, ZERO, ZERO))
        sums[at] = (count + 1, exact.add(amount, entry.amount), exact.add(base, entry.base_amount))
    return [
        FlowLine(kind=kind, currency=currency, count=count, amount=amount, base_amount=base)
        for (kind, currency), (count, amount, base) in sorted(sums.items())
    ]
