"""Orders that wait in the book: when they fill, and when they end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from argosy.core.action import Action, ActionResult, ActionStatus, Fill
from argosy.core.money import ZERO
from argosy.core.venue import OrderBook
from argosy.domains.trading.evidence import EvidencePolicy
from argosy.domains.trading.market import BinaryMarket
from argosy.domains.trading.paper.account import Account, Resting, fill_id


@dataclass(frozen=True, slots=True)
class Fate:
    """The end of a resting order: `quantity` filled at its price at `at` (0: the window ended first)."""

    quantity: Decimal
    at: datetime
    result: ActionResult


def rest(account: Account, action: Action, market: BinaryMarket, result: ActionResult) -> Account:
    """The account with the unfilled part of a GTC order waiting."""
    assert action.side is not None and action.limit_price is not None  # checked before the order was taken
    order = Resting(
        client_id=action.client_id,
        symbol=action.symbol,
        slug=market.slug,
        outcome=market.outcome_of(action.symbol),
        side=action.side,
        quantity=action.quantity - result.filled,
        price=action.limit_price,
        expires_at=market.window_end,
        currency=action.currency,
        result=result,
    )
    return account.model_copy(update={"resting": {**account.resting, action.client_id: order}})


def fate(order: Resting, book: OrderBook | None, now: datetime, policy: EvidencePolicy) -> Fate | None:
    """Filled only when the market has traded *through* the price: our place in the queue is not known.

    The book must be fresh and uncrossed; at the very price nothing is assumed. Ends with the window.
    """
    if now >= order.expires_at:
        status = ActionStatus.CANCELLED
        reason = "the window ended"
        return Fate(ZERO, now, order.result.model_copy(update={"status": status, "reason": reason}))
    if book is None or book.crossed:
        return None
    seen = book.received_at if book.at is None else book.at
    if (now - seen).total_seconds() > policy.max_age_s:
        return None
    best = book.best_ask if order.side == "buy" else book.best_bid
    if best is None or not (best.price < order.price if order.side == "buy" else best.price > order.price):
        return None
    before = order.result
    filled = before.filled + order.quantity
    notional = before.filled * (before.average_price or ZERO) + order.quantity * order.price
    return Fate(
        order.quantity,
        now,
        before.model_copy(
            update={"status": ActionStatus.FILLED, "filled": filled, "average_price": notional / filled}
        ),
    )


def executed(order: Resting, fate: Fate, market: BinaryMarket) -> Fate:
    """`fate` with its fill booked: at the order's own price, by the schedule's fee for makers."""
    fill = Fill(
        id=fill_id(order.client_id, len(fate.result.fills)),
        client_id=order.client_id,
        venue=market.venue,
        symbol=order.symbol,
        side=order.side,
        quantity=fate.quantity,
        price=order.price,
        fee=ZERO if market.fees is None else market.fees.fee(fate.quantity, order.price, taker=False),
        currency=order.currency,
        at=fate.at,
    )
    before = order.result
    result = fate.result.model_copy(update={"fills": [*before.fills, fill], "fee": before.fee + fill.fee})
    return Fate(fate.quantity, fate.at, result)


def apply(account: Account, order: Resting, fate: Fate) -> Account:
    """The account after `fate`, its result noted; unchanged when the order is no longer there."""
    if order.client_id not in account.resting:
        return account
    left = {key: value for key, value in account.resting.items() if key != order.client_id}
    account = account.model_copy(update={"resting": left}).with_result(fate.result)
    if not fate.quantity:
        return account
    return account.with_fill(
        fate.result.fills[-1], slug=order.slug, outcome=order.outcome, expires_at=order.expires_at
    )
