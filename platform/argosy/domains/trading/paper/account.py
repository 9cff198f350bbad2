"""Paper account: cash, shares, resting orders and the result of every action."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from argosy.core.actions.action import ActionResult, Fill, Side
from argosy.core.money.money import ZERO
from argosy.core.wire import Wire

_COST_STEP = Decimal("0.00000001")


def fill_id(client_id: str, number: int) -> str:
    """Return the id of an action's `number`-th fill, counted from 0.

    The same fill always has the same id.
    """
    return f"{client_id[:16]}-{number}"


class PaperHolding(Wire):
    """Shares of one outcome.

    `cost` is their total cost with fees, in quote currency. `mark` is the best bid of the last sane book.
    """

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
    """The unfilled part of an order, resting in the book.

    A buy reserves `quantity · price` of the cash. The order ends at `until` if that is set, else with the
    window.
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
    """Shares this account has taken from a price level of the book.

    `shown` is the size that the level showed. While the level keeps showing it, these shares cannot be taken
    again.
    """

    price: Decimal
    shown: Decimal
    taken: Decimal


class Paid(Wire):
    """Payout of each share of an ended outcome, booked without an action."""

    price: Decimal
    at: datetime


class PaperAccount(Wire):
    """One paper account; amounts are in quote currency.

    `recent` keeps results until each has a document of its own. `paid` has the newest payouts of decided
    markets, by symbol.
    """

    capital: Decimal
    cash: Decimal
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    holdings: dict[str, PaperHolding] = {}
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
        """Return the shares that are not reserved for a resting sell."""
        promised = sum(
            (o.quantity for o in self.resting.values() if o.side == "sell" and o.symbol == symbol), ZERO
        )
        holding = self.holdings.get(symbol)
        return (holding.quantity if holding else ZERO) - promised

    def with_fill(self, fill: Fill, *, slug: str, outcome: str, expires_at: datetime) -> PaperAccount:
        """Return the account after one fill.

        Cash changes by price and fee. A sale realises its profit against the average cost.
        """
        holding = self.holdings.get(fill.symbol)
        holdings = dict(self.holdings)
        notional = fill.quantity * fill.price
        if fill.side == "buy":
            before = holding or PaperHolding(
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
        # Cost that rounding leaves over stays with the remaining shares, so that none is lost.
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

    def with_result(self, result: ActionResult) -> PaperAccount:
        return self.model_copy(update={"recent": {**self.recent, result.client_id: result}})
