"""Outcome of an order, read from the venue's lists of orders and trades.

Executions are identified by the venue's own ids. The rules here also say when the lists are complete.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from argosy.core.actions.action import ActionResult, ActionStatus, Fill, Side
from argosy.core.actions.executions import distinct
from argosy.core.clock import from_ms
from argosy.core.money.money import ONE, ZERO
from argosy.domains.trading.venues.polymarket.parse import VENUE
from argosy.domains.trading.venues.polymarket.schemas import ClobOpenOrder, MakerOrder, TradeReply
from argosy.domains.trading.venues.polymarket.sent import SentOrder
from argosy.errors import BadReply, InconsistentReply
from argosy.venuekit.adapter.order_result import result_from_fills

CURRENCY = "USD"
"""Collateral (pUSD) is booked as the dollar it is redeemable for."""
LISTED_AFTER_S = 30
"""Seconds after which all trades of an ended order are listed."""
_SIDES: dict[str, Side] = {"BUY": "buy", "SELL": "sell"}
_DEAD_TRADES = frozenset({"FAILED"})
_ENDED = frozenset(
    {"MATCHED", "CANCELED", "CANCELLED", "UNMATCHED", "INVALID", "EXPIRED", "CANCELED_MARKET_RESOLVED"}
)


@dataclass(frozen=True, slots=True)
class Execution:
    """One match of one order.

    `id` is the trade's own id, followed by the maker's order where a trade has several. `failed` is True if the chain
    finally refused the match.
    """

    id: str
    order_hash: str
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    taker: bool
    at: datetime
    failed: bool = False


def executions(trade: TradeReply, received_at: datetime) -> list[Execution]:
    """Return the part of every order in a trade: the taker's, and each maker's.

    The taker gets one execution for each maker, at that maker's price. Parts of makers that do not add up to the
    trade's size give one execution at the trade's own price.
    """
    failed = trade.status.upper().removeprefix("TRADE_STATUS_") in _DEAD_TRADES
    at = received_at if trade.match_time is None else from_ms(trade.match_time * 1000)
    makers: dict[str, MakerOrder] = {}
    for part in trade.maker_orders:
        before = makers.get(part.order_id.lower())
        amount = part.matched_amount + (before.matched_amount if before else ZERO)
        makers[part.order_id.lower()] = part.model_copy(update={"matched_amount": amount})
    found: list[Execution] = []
    whole = sum((part.matched_amount for part in makers.values()), ZERO) == trade.size
    several = whole and len(makers) > 1
    if trade.taker_order_id:
        parts = [("", trade.size, trade.price)]
        if several:
            parts = [(name, part.matched_amount, _taker_price(trade, part)) for name, part in makers.items()]
        found += [
            Execution(
                id=f"{trade.id}/{name}" if name else trade.id,
                order_hash=trade.taker_order_id.lower(),
                symbol=trade.asset_id,
                side=trade.side.lower(),
                quantity=quantity,
                price=price,
                taker=True,
                at=at,
                failed=failed,
            )
            for name, quantity, price in parts
        ]
    for name, part in makers.items():
        found.append(
            Execution(
                id=trade.id,
                order_hash=name,
                symbol=part.asset_id,
                side=part.side.lower(),
                quantity=part.matched_amount,
                price=part.price,
                taker=False,
                at=at,
                failed=failed,
            )
        )
    return found


def fill_of(execution: Execution, client_id: str, order: SentOrder) -> Fill:
    """Return the fill to book: the execution, with its fee.

    The fee follows the order's schedule and is rounded as the venue rounds it.
    """
    return Fill(
        id=execution.id,
        client_id=client_id,
        venue=VENUE,
        symbol=order.symbol,
        side=order.side,
        quantity=execution.quantity,
        price=execution.price,
        fee=order.fees.fee(execution.quantity, execution.price, taker=execution.taker),
        currency=CURRENCY,
        at=execution.at,
    )


def own_fills(
    client_id: str, order: SentOrder, trades: Iterable[TradeReply], received_at: datetime
) -> tuple[list[Fill], Decimal]:
    """Return the fills of one order, and the shares that were matched and never changed hands.

    Each fill is listed once, oldest first. Raises InconsistentReply if the fills are more than the order.
    """
    found: list[Fill] = []
    failed: dict[tuple[str, Decimal], Decimal] = {}
    for trade in trades:
        for execution in executions(trade, received_at):
            if execution.order_hash != order.hash.lower() or execution.quantity <= 0:
                continue
            if execution.failed:
                failed[execution.id, execution.quantity] = execution.quantity
            else:
                found.append(fill_of(execution, client_id, order))
    fills = sorted(distinct(found), key=lambda fill: (fill.at, fill.id))
    total = filled_of(fills)
    if order.is_exceeded(total, sum((fill.quantity * fill.price for fill in fills), ZERO)):
        raise InconsistentReply(
            "the venue lists more shares of an order than it was for",
            expected=f"at most {order.quantity} shares, or what they cost at {order.price}",
            found=f"{total} shares",
        )
    return fills, sum(failed.values(), ZERO)


def outcome_of(
    client_id: str,
    order: SentOrder,
    listed: ClobOpenOrder | None,
    fills: list[Fill],
    failed: Decimal,
    now_ms: int,
) -> ActionResult | None:
    """Return the order's outcome; None if the venue does not know the order.

    The outcome is final only once no more fills can come. `listed` is the venue's own object of the order; the venue
    may drop it once the order is no longer open. `failed` is the number of shares that the venue counts as matched
    and that never change hands.
    """
    filled = filled_of(fills)
    matched = max((order.matched or ZERO) - failed, ZERO)
    counted = matched if listed is None else max(listed.size_matched - failed, matched)
    if filled >= max(order.quantity, counted):
        return result_of(client_id, order, fills, ActionStatus.FILLED)
    if listed is not None:
        if counted > filled:
            return unfinished_result(client_id, order, fills)
        if listed.status.upper().removeprefix("ORDER_STATUS_") in _ENDED:
            return result_of(client_id, order, fills, ActionStatus.CANCELLED)
        return working_result(client_id, order, fills)
    if not fills and not failed and not order.acknowledged:
        return None
    if order.immediate and order.matched is not None and filled >= matched:
        return result_of(client_id, order, fills, ActionStatus.CANCELLED)
    since = order.signed_at if order.immediate else order.absent_since
    listed_by_now = since is not None and now_ms - since >= LISTED_AFTER_S * 1000
    if listed_by_now and filled >= matched:
        return result_of(client_id, order, fills, ActionStatus.CANCELLED)
    return unfinished_result(client_id, order, fills)


def working_result(client_id: str, order: SentOrder, fills: list[Fill]) -> ActionResult:
    status = ActionStatus.PARTIALLY_FILLED if fills else ActionStatus.OPEN
    return result_of(client_id, order, fills, status)


def unfinished_result(client_id: str, order: SentOrder, fills: list[Fill]) -> ActionResult:
    """Return the result of an order that the venue has and whose trades are not all listed yet."""
    status = ActionStatus.PARTIALLY_FILLED if fills else ActionStatus.SUBMITTED
    return result_of(client_id, order, fills, status)


def result_of(
    client_id: str, order: SentOrder, fills: list[Fill], status: ActionStatus, reason: str | None = None
) -> ActionResult:
    return result_from_fills(
        client_id,
        status,
        fills,
        venue_id=order.hash,
        reason=reason,
        by_amount=order.immediate and order.side == "buy",
    )


def filled_of(fills: Iterable[Fill]) -> Decimal:
    return sum((fill.quantity for fill in fills), ZERO)


def side_of(word: str) -> Side:
    """Return "buy" or "sell".

    Raises BadReply for other words: a wrong side would book the wrong way.
    """
    found = _SIDES.get(word.upper())
    if found is None:
        raise BadReply("the side of an order cannot be read", expected="BUY or SELL", found=word[:40])
    return found


def _taker_price(trade: TradeReply, part: MakerOrder) -> Decimal:
    """Return the taker's price: 1 − p if the maker ordered the other outcome at p."""
    return part.price if part.asset_id in {"", trade.asset_id} else ONE - part.price
