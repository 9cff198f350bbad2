"""What a paper account holds: cash, shares, resting orders, and what became of every action."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from argosy.core.action import ActionResult, Fill, Side
from argosy.core.money import ZERO
from argosy.core.wire import Wire

_COST_STEP = Decimal("0.00000001")


def fill_id(client_id: str, number: int) -> str:
    """Name of an action's `number`-th execution, counted from 0: the same however often it is asked for."""
    return f"{client_id[:16]}-{number}"


class Holding(Wire):
    """Shares of one outcome. `cost` is what they cost in all, fees included; `mark` the last sane bid."""

    symbol: str
    slug: str
    outcome: str
    quantity: Decimal
    cost: Decimal
    expires_at: datetime
    mark: Decimal | None = None
    marked_at: datetime | None = None

    @property
    def average_cost(self) -> Decimal:
        return self.cost / self.quantity if self.quantity else ZERO


class Resting(Wire):
    """The rest of an order, which waits in the book; a buy keeps `quantity · price` of the cash aside.

    It ends at `until` where that is set, else with the window.
    """

    client_id: str
    symbol: str
    slug: str
    outcome: str
    side: Side
    quantity: Decimal
    price: Decimal
    expires_at: datetime
    currency: str = "USD"
    until: datetime | None = None
    result: ActionResult


class Consumed(Wire):
    """Shares already taken from a level that has shown `shown` ever since: nobody can take them again."""

    price: Decimal
    shown: Decimal
    taken: Decimal


class Paid(Wire):
    """What each share of an ended outcome was paid, without an action."""

    price: Decimal
    at: datetime


class Account(Wire):
    """One account. `recent` keeps results until each has a document of its own; amounts in quote currency.

    `paid` names the newest outcomes that the account was paid for when their markets were decided, by symbol.
    """

    capital: Decimal
    cash: Decimal
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    holdings: dict[str, Holding] = {}
    resting: dict[str, Resting] = {}
    consumed: dict[str, list[Consumed]] = {}
    recent: dict[str, ActionResult] = {}
    paid: dict[str, Paid] = {}

    @property
    def reserved(self) -> Decimal:
        return sum((o.quantity * o.price for o in self.resting.values() if o.side == "buy"), ZERO)

    @property
    def free(self) -> Decimal:
        return self.cash - self.reserved

    def held(self, symbol: str) -> Decimal:
        """Shares that are not promised to a resting sell."""
        promised = sum(
            (o.quantity for o in self.resting.values() if o.side == "sell" and o.symbol == symbol), ZERO
        )
        holding = self.holdings.get(symbol)
        return (holding.quantity if holding else ZERO) - promised

    def with_fill(self, fill: Fill, *, slug: str, outcome: str, expires_at: datetime) -> Account:
        """The account after one execution: cash moves by price and fee, a sale realises against average cost."""
        holding = self.holdings.get(fill.symbol)
        holdings = dict(self.holdings)
        notional = fill.quantity * fill.price
        if fill.side == "buy":
            before = holding or Holding(
                symbol=fill.symbol,
                slug=slug,
                outcome=outcome,
                quantity=ZERO,
                cost=ZERO,
                expires_at=expires_at,
            )
            holdings[fill.symbol] = before.model_copy(
                update={
                    "quantity": before.quantity + fill.quantity,
                    "cost": before.cost + notional + fill.fee,
                }
            )
            return self.model_copy(
                update={
                    "cash": self.cash - notional - fill.fee,
                    "fees": self.fees + fill.fee,
                    "holdings": holdings,
                }
            )
        assert holding is not None, "a sale was let through without shares"
        left = holding.quantity - fill.quantity
        # What rounding leaves stays with the shares that are left, so that nothing is lost.
        part = (
            holding.cost
            if not left
            else (holding.cost * fill.quantity / holding.quantity).quantize(_COST_STEP)
        )
        if left:
            holdings[fill.symbol] = holding.model_copy(update={"quantity": left, "cost": holding.cost - part})
        else:
            del holdings[fill.symbol]
        return self.model_copy(
            update={
                "cash": self.cash + notional - fill.fee,
                "fees": self.fees + fill.fee,
                "realised": self.realised + notional - fill.fee - part,
                "holdings": holdings,
            }
        )

    def with_result(self, result: ActionResult) -> Account:
        return self.model_copy(update={"recent": {**self.recent, result.client_id: result}})
