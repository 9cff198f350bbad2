"""Orders that rest in the book: their fills and their end."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from argosy.core.actions.action import Action, ActionResult, ActionStatus, Fill
from argosy.core.money.money import ZERO
from argosy.core.venues.venue import Level, OrderBook
from argosy.domains.trading.evidence import EvidencePolicy
from argosy.domains.trading.expiry import works_until
from argosy.domains.trading.market import BinaryMarket
from argosy.domains.trading.paper.account import PaperAccount, Resting, fill_id
from argosy.domains.trading.paper.matching import consumed_of, depth_of
from argosy.venuekit.paper.fill_kernel import walk


def rest(account: PaperAccount, action: Action, market: BinaryMarket, result: ActionResult) -> PaperAccount:
    """Return the account with the unfilled part of a GTC or GTD order resting."""
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
        until=works_until(action),
        result=result,
    )
    return account.model_copy(update={"resting": {**account.resting, action.client_id: order}})


def over(order: Resting, now: datetime) -> str | None:
    """Return the reason why the order has ended; None while it works."""
    if now >= order.expires_at:
        return "the window ended"
    return "the order expired" if order.until is not None and now >= order.until else None


def end(account: PaperAccount, client_id: str, *, reason: str) -> PaperAccount:
    """Return the account without the order, with its result noted as cancelled.

    The account is unchanged if the order no longer rests.
    """
    order = account.resting.get(client_id)
    if order is None:
        return account
    left = {key: value for key, value in account.resting.items() if key != client_id}
    ended = order.result.model_copy(update={"status": ActionStatus.CANCELLED, "reason": reason})
    return account.model_copy(update={"resting": left}).with_result(ended)


def through(order: Resting, book: OrderBook, now: datetime, policy: EvidencePolicy) -> list[Level]:
    """Return the levels at prices *better* than the order's.

    Our place in the queue at the very price is unknown. A crossed or old book is no quote and gives no
    levels.
    """
    seen = book.received_at if book.at is None else book.at
    if book.crossed or (now - seen).total_seconds() > policy.max_age_s:
        return []
    if order.side == "buy":
        return [level for level in book.asks if ZERO < level.price < order.price]
    return [level for level in book.bids if level.price > order.price]


def fill(
    account: PaperAccount,
    client_id: str,
    *,
    levels: list[Level],
    book: OrderBook,
    market: BinaryMarket,
    now: datetime,
) -> PaperAccount:
    """Return the account after the order has filled as far as `levels` reach.

    The fill has the order's own price and the makers' fee. Shares taken from a level earlier are left out.
    The account is unchanged if nothing is left to take, or the order no longer rests.
    """
    order = account.resting.get(client_id)
    if order is None:
        return account
    consumed = account.consumed.get(order.symbol, [])
    walked = walk(depth_of(consumed).left(levels), order.quantity, side=order.side)
    if not walked.shares:
        return account
    executed = _fill(order, walked.shares, market, now)
    before = order.result
    filled = before.filled + walked.shares
    notional = before.filled * (before.average_price or ZERO) + walked.shares * order.price
    whole = walked.shares == order.quantity
    result = before.model_copy(
        update={
            "status": ActionStatus.FILLED if whole else ActionStatus.PARTIALLY_FILLED,
            "filled": filled,
            "average_price": notional / filled,
            "fills": [*before.fills, executed],
            "fee": before.fee + executed.fee,
            "reason": None,
        }
    )
    waiting = {key: value for key, value in account.resting.items() if key != client_id}
    if not whole:
        rest_of = {"quantity": order.quantity - walked.shares, "result": result}
        waiting[client_id] = order.model_copy(update=rest_of)
    record = {**account.consumed, order.symbol: consumed_of(depth_of(consumed).plus(levels, walked, book))}
    account = account.model_copy(update={"resting": waiting, "consumed": record}).with_result(result)
    return account.with_fill(executed, slug=order.slug, outcome=order.outcome, expires_at=order.expires_at)


def _fill(order: Resting, shares: Decimal, market: BinaryMarket, now: datetime) -> Fill:
    return Fill(
        id=fill_id(order.client_id, len(order.result.fills)),
        client_id=order.client_id,
        venue=market.venue,
        symbol=order.symbol,
        side=order.side,
        quantity=shares,
        price=order.price,
        fee=ZERO if market.fees is None else market.fees.fee(shares, order.price, taker=False),
        currency=order.currency,
        at=now,
    )
