"""Conversion of shares into cash: merged pairs and payouts of resolved markets.

A pair of UP and DOWN shares can be merged for 1 at any time. The resolution pays each outcome.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from argosy.core.actions.action import Action, ActionResult, ActionStatus, Fill
from argosy.core.money.money import ONE, ZERO
from argosy.domains.trading.market import Resolution
from argosy.domains.trading.paper import resting
from argosy.domains.trading.paper.account import Paid, PaperAccount, PaperHolding, fill_id
from argosy.domains.trading.payout import HALF

_COST_STEP = Decimal("0.0000000001")
KEPT_PAID = 200
"""Largest number of payouts that an account remembers.

A payout is booked within a minute or two.
"""


def merge(account: PaperAccount, *, action: Action, now: datetime) -> tuple[PaperAccount, ActionResult]:
    """Exchange one UP and one DOWN share of a market for 1, `quantity` times.

    The exchange is booked as a sale of each share at ½.
    """
    other = action.parameters.get("pairWith", "")
    first, second = account.holdings.get(action.symbol), account.holdings.get(other)
    if first is None or second is None or first.slug != second.slug or first.symbol == second.symbol:
        return account, reject(action, "expected shares of both outcomes of one market")
    pairs = min(account.held(action.symbol), account.held(other))
    if action.quantity <= 0 or pairs < action.quantity:
        return account, reject(action, f"{pairs} pairs held, {action.quantity} to merge")
    executed = []
    for number, holding in enumerate((first, second)):
        account, fill = _sold(account, action, holding, action.quantity, HALF, now, number)
        executed.append(fill)
    return account, ActionResult(
        client_id=action.client_id,
        status=ActionStatus.FILLED,
        filled=action.quantity,
        average_price=ONE,
        fills=executed,
    )


def redeem(
    account: PaperAccount, *, action: Action, payout: Decimal, now: datetime
) -> tuple[PaperAccount, ActionResult]:
    """Exchange shares of one outcome for `payout` each.

    The quantity is the action's; 0 stands for all shares.
    """
    holding = account.holdings.get(action.symbol)
    if holding is None:
        return account, nothing_to_redeem(action)
    quantity = min(action.quantity, holding.quantity) if action.quantity else holding.quantity
    account, fill = _sold(account, action, holding, quantity, payout, now)
    consumed = {key: value for key, value in account.consumed.items() if key != holding.symbol}
    return account.model_copy(update={"consumed": consumed}), ActionResult(
        client_id=action.client_id,
        status=ActionStatus.FILLED,
        filled=fill.quantity,
        average_price=payout,
        fills=[fill],
    )


def pay(account: PaperAccount, *, resolution: Resolution, venue: str, now: datetime) -> PaperAccount:
    """Pay all shares of a decided market and end its resting orders, without an action."""
    for order in [each for each in account.resting.values() if each.slug == resolution.slug]:
        account = resting.end(account, order.client_id, reason="the market is resolved")
    for holding in [each for each in account.holdings.values() if each.slug == resolution.slug]:
        price = payout_of(holding, resolution)
        fill = Fill(
            id=f"payout-{holding.symbol}",
            client_id="payout",
            venue=venue,
            symbol=holding.symbol,
            side="sell",
            quantity=holding.quantity,
            price=price,
            fee=ZERO,
            at=now,
        )
        account = account.with_fill(
            fill, slug=holding.slug, outcome=holding.outcome, expires_at=holding.expires_at
        )
        paid = {**account.paid, holding.symbol: Paid(price=price, at=resolution.at or now)}
        kept = dict(list(paid.items())[-KEPT_PAID:])
        consumed = {key: value for key, value in account.consumed.items() if key != holding.symbol}
        account = account.model_copy(update={"paid": kept, "consumed": consumed})
    return account


def payout_of(holding: PaperHolding, resolution: Resolution) -> Decimal:
    """Return the payout of one share of the holding.

    A refund pays the average cost of a share.
    """
    return resolution.payout(holding.symbol, holding.average_cost.quantize(_COST_STEP))


def nothing_to_redeem(action: Action) -> ActionResult:
    """Return the result "cancelled" for a redemption without shares.

    Another strategy of the bot has already redeemed them, so this is not an error.
    """
    reason = f"no shares of {action.symbol} to redeem"
    return ActionResult(client_id=action.client_id, status=ActionStatus.CANCELLED, reason=reason)


def reject(action: Action, reason: str) -> ActionResult:
    return ActionResult(client_id=action.client_id, status=ActionStatus.REJECTED, reason=reason)


def _sold(
    account: PaperAccount,
    action: Action,
    holding: PaperHolding,
    quantity: Decimal,
    price: Decimal,
    now: datetime,
    number: int = 0,
) -> tuple[PaperAccount, Fill]:
    fill = Fill(
        id=fill_id(action.client_id, number),
        client_id=action.client_id,
        venue=action.venue,
        symbol=holding.symbol,
        side="sell",
        quantity=quantity,
        price=price,
        fee=ZERO,
        currency=action.currency,
        at=now,
    )
    account = account.with_fill(
        fill, slug=holding.slug, outcome=holding.outcome, expires_at=holding.expires_at
    )
    return account, fill
