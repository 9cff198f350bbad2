"""Cash, positions and profit of an account, as plain exact sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from argosy.core.money import exact
from argosy.core.money.money import ZERO
from argosy.core.risk.snapshot import Mark
from argosy.core.scope import ScopePath
from argosy.core.wire import Wire


class Position(Wire):
    """Position with `average_cost` and `mark` per unit; `mark` None means unpriced.

    Both are in base currency in the books, and in the quote currency at a venue. `cost` is the exact total cost;
    the average is rounded.
    """

    venue: str
    symbol: str
    quantity: Decimal
    average_cost: Decimal
    mark: Decimal | None = None
    expires_at: str | None = None
    cost: Decimal | None = None

    @property
    def paid(self) -> Decimal:
        return exact.multiply(self.quantity, self.average_cost) if self.cost is None else self.cost

    @property
    def value(self) -> Decimal:
        """Value at mark, or at cost without a mark."""
        return self.paid if self.mark is None else exact.multiply(self.quantity, self.mark)

    @property
    def unrealised(self) -> Decimal:
        return exact.subtract(self.value, self.paid)


class Portfolio(Wire):
    """Portfolio of a bot or strategy; all amounts in the base currency."""

    base_currency: str = "USD"
    cash: Decimal = ZERO
    initial_capital: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    positions: list[Position] = []

    @property
    def equity(self) -> Decimal:
        return exact.add(self.cash, exact.total(p.value for p in self.positions))

    @property
    def unrealised(self) -> Decimal:
        return exact.total(p.unrealised for p in self.positions)

    @property
    def pnl(self) -> Decimal:
        """Equity less deposits: realised plus unrealised, after fees."""
        return exact.subtract(self.equity, self.initial_capital)


@dataclass(frozen=True, slots=True)
class PositionRecord:
    """Position of one strategy by the ledger, in base currency.

    See `argosy.core.money.ledger` for the sign of `cost`.
    """

    domain: str
    bot: str
    strategy: str
    venue: str
    symbol: str
    quantity: Decimal
    cost: Decimal
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    venue_domain: str = ""

    @property
    def asset(self) -> tuple[str, str]:
        return self.venue, self.symbol

    @property
    def path(self) -> ScopePath:
        return ScopePath(self.domain, self.bot, self.strategy, self.venue, self.symbol, self.venue_domain)

    def position(self, mark: Mark | None) -> Position:
        return Position(
            venue=self.venue,
            symbol=self.symbol,
            quantity=self.quantity,
            average_cost=exact.ratio(self.cost, self.quantity) if self.quantity else ZERO,
            mark=None if mark is None else mark.price,
            cost=self.cost,
        )


def by_asset(held: Iterable[PositionRecord]) -> list[PositionRecord]:
    """Merge the positions of all strategies in one asset, ordered by venue and symbol.

    The merged position bears the domain, bot and strategy of the first.
    """
    merged: dict[tuple[str, str], PositionRecord] = {}
    for each in held:
        before = merged.get(each.asset)
        merged[each.asset] = (
            each
            if before is None
            else replace(
                before,
                quantity=exact.add(before.quantity, each.quantity),
                cost=exact.add(before.cost, each.cost),
                realised=exact.add(before.realised, each.realised),
                fees=exact.add(before.fees, each.fees),
            )
        )
    return [merged[asset] for asset in sorted(merged)]


@dataclass(frozen=True, slots=True)
class CashTotals:
    """Cash of one strategy at one venue in one currency.

    `amount` is in that currency, the others are in base currency.
    """

    domain: str
    bot: str
    strategy: str
    venue: str
    currency: str
    amount: Decimal
    base_amount: Decimal
    capital: Decimal = ZERO
    fees: Decimal = ZERO
    venue_domain: str = ""
    attributed: Decimal = ZERO

    @property
    def path(self) -> ScopePath:
        return ScopePath(self.domain, self.bot, self.strategy, self.venue, venue_domain=self.venue_domain)


class Summary(Wire):
    """Sums of one scope in one mode, in base currency.

    `cash` is free and reserved cash. `cost` and `value` are those of the positions: value at mark, or at cost
    without a mark. `cautious_equity` counts positions without a fresh price at the lower of mark and cost. Only
    that moves a high-water mark. `attributed` is value that a venue claims: no cash, in no other sum.
    """

    scope: str
    capital: Decimal = ZERO
    cash: Decimal = ZERO
    cost: Decimal = ZERO
    value: Decimal = ZERO
    fees: Decimal = ZERO
    cautious_equity: Decimal = ZERO
    attributed: Decimal = ZERO

    @property
    def equity(self) -> Decimal:
        return exact.add(self.cash, self.value)

    @property
    def unrealised(self) -> Decimal:
        return exact.subtract(self.value, self.cost)

    @property
    def realised(self) -> Decimal:
        """Realised profit after fees."""
        return exact.add(exact.subtract(self.cash, self.capital), self.cost)

    @property
    def pnl(self) -> Decimal:
        return exact.subtract(self.equity, self.capital)

    def profit(self, margin: Decimal) -> Decimal:
        """Return the profit with the fraction `margin` of the attributed value.

        Limits never count that part.
        """
        return exact.add(self.pnl, exact.multiply(self.attributed, margin))


def summaries(
    held: Iterable[PositionRecord],
    flows: Iterable[CashTotals],
    marks: Mapping[tuple[str, str], Mark],
    shares: Mapping[str, Decimal],
    *,
    fresh_since: datetime,
    fresh_until: datetime | None = None,
) -> dict[str, Summary]:
    """Return the sums by scope: the one calculation of equity, for curves, screens and limits.

    `shares` is capital assigned to scopes without deposits of their own: it counts there as capital and as cash.
    A venue has neither, so its equity is its earnings and its positions.

    A price is fresh from `fresh_since` to `fresh_until`. A later date comes from a wrong clock.
    """
    sums: dict[str, dict[str, Decimal]] = {}

    def add(scope: str, **amounts: Decimal) -> None:
        of = sums.setdefault(scope, {})
        for name, amount in amounts.items():
            of[name] = exact.add(of.get(name, ZERO), amount)

    for scope, share in shares.items():
        add(scope, capital=share, cash=share)
    for flow in flows:
        for scope in flow.path.scopes:
            add(
                scope, capital=flow.capital, cash=flow.base_amount, fees=flow.fees, attributed=flow.attributed
            )
    for each in held:
        mark = marks.get(each.asset)
        value = each.cost if mark is None else exact.multiply(each.quantity, mark.price)
        fresh = mark is not None and mark.at >= fresh_since and (not fresh_until or mark.at <= fresh_until)
        cautious = value if fresh else min(value, each.cost)
        for scope in each.path.account_scopes:
            add(scope, cost=each.cost, value=value, cautious_equity=cautious)
    found = {}
    for scope, amounts in sums.items():
        cautious = exact.add(amounts.get("cash", ZERO), amounts.pop("cautious_equity", ZERO))
        found[scope] = Summary(scope=scope, cautious_equity=cautious, **amounts)
    return found
