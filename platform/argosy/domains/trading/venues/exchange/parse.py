"""Conversion of ccxt's orders and trades; missing or impossible values raise BadReply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from argosy.core.actions.action import ActionResult, ActionStatus, Fill, Side
from argosy.core.actions.executions import distinct, recognise
from argosy.core.clock import from_ms
from argosy.core.money.money import ZERO, decimal
from argosy.core.venues.asset import Asset, AssetKind
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.venues.replies.fees import Charged, Fees, fee_fields, fees_of
from argosy.domains.trading.venues.replies.fields import is_present
from argosy.domains.trading.venues.replies.totals import filled_of
from argosy.errors import BadReply, InconsistentReply, InvalidInput
from argosy.venuekit.adapter.order_result import result_from_fills

_ENDED = {
    "canceled": ActionStatus.CANCELLED,
    "expired": ActionStatus.CANCELLED,
    "rejected": ActionStatus.REJECTED,
}
_BAR = ("open", "high", "low", "close", "volume")
TICK_SIZE = 4
"""ccxt's precision mode in which precisions are steps; in other modes they count decimals."""
_SIDES: dict[str, Side] = {"buy": "buy", "sell": "sell"}


def number(value: Any) -> Decimal:
    """Return a number. Raises BadReply for other values and for extreme numbers."""
    try:
        found = decimal(value, name="number")
    except InvalidInput as error:
        raise BadReply("a number from the exchange cannot be read", found=str(error.found)) from None
    if abs(found.adjusted()) > 30:
        raise BadReply("a number from the exchange is out of range", found=str(found)[:40])
    return found


def quote_of(symbol: str) -> str:
    """Return the quote currency: BTC/USDT → USDT."""
    return symbol.partition("/")[2].partition(":")[0].upper() or "USD"


def text(row: Mapping[str, Any], name: str) -> str:
    found = row.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= 100:
        raise BadReply(f"the exchange's answer has no {name}", found=repr(found)[:80])
    return found


def side_of(row: Mapping[str, Any]) -> Side:
    found = _SIDES.get(str(row.get("side")))
    if found is None:
        raise BadReply("the exchange's answer names no side", found=repr(row.get("side"))[:80])
    return found


def asset_of(symbol: str, market: Mapping[str, Any], venue: str, *, steps: bool) -> Asset:
    """Return a spot market as an asset.

    `steps`: its precisions are steps (ccxt's TICK_SIZE mode), else they count decimals.
    """
    limits = market.get("limits") or {}
    least = (limits.get("amount") or {}).get("min")
    return Asset(
        kind=AssetKind.SPOT,
        symbol=symbol,
        venue=venue,
        unit=str(market["base"]),
        quote_currency=str(market["quote"]),
        quantity_step=_step(market, "amount", steps=steps),
        price_step=_step(market, "price", steps=steps),
        minimum_quantity=None if least is None else number(least),
    )


def _step(market: Mapping[str, Any], what: str, *, steps: bool) -> Decimal | None:
    value = (market.get("precision") or {}).get(what)
    if value is None:
        return None
    found = number(value)
    return found if steps else Decimal(1).scaleb(-int(found))


def candles_of(rows: Iterable[Any]) -> list[Candle]:
    """Return bars `[ms, open, high, low, close, volume]` in time order."""
    found = [
        Candle(
            at=from_ms(int(row[0])),
            **{name: number(value) for name, value in zip(_BAR, row[1:6], strict=True)},
        )
        for row in rows
    ]
    return sorted(found, key=lambda candle: candle.at)


def fill_of(row: Mapping[str, Any], client_id: str, venue: str) -> Fill:
    """Return one trade.

    Its commission is the one that the exchange reports, in the currencies charged.
    """
    with _of_a_readable_row():
        symbol, at = text(row, "symbol"), row.get("timestamp")
        quantity, price = number(row.get("amount")), number(row.get("price"))
        if quantity <= 0 or price <= 0:
            raise BadReply("an impossible trade", found=f"{quantity} at {price}")
        if isinstance(at, bool) or not isinstance(at, int) or not 0 < at < 253_402_300_799_000:
            raise BadReply("a trade without its time", found=repr(at)[:80])
        return Fill(
            id=text(row, "id"),
            client_id=client_id,
            venue=venue,
            symbol=symbol,
            side=side_of(row),
            quantity=quantity,
            price=price,
            currency=quote_of(symbol),
            at=from_ms(at),
            **fee_fields(_commission(row, Charged(symbol, quantity, quantity * price))),
        )


def _commission(row: Mapping[str, Any], charged: Charged) -> Fees:
    """Return the commission.

    Raises BadReply for a trade without one, and for an amount without a currency.
    """
    every, single = row.get("fees"), row.get("fee")
    parts = [part for part in [*(every if isinstance(every, list) else []), single] if _is_fee(part)]
    listed = [part for part in parts if part is not single]
    found = fees_of({"fees": listed, "fee": single if _is_fee(single) else None}, charged)
    if found is None or not all(part.get("currency") for part in parts):
        raise BadReply("a trade without its commission", found=repr([every, single])[:80])
    return found


def _is_fee(part: Any) -> bool:
    return isinstance(part, Mapping) and (is_present(part.get("cost")) or is_present(part.get("rate")))


def fills_of(
    rows: Iterable[Mapping[str, Any]], client_id: str, venue: str, total: Decimal | None = None
) -> list[Fill]:
    """Return each execution once, oldest first.

    `total` is the filled quantity that the exchange counts for the order. It distinguishes a trade listed twice
    from two trades with one id. Raises InconsistentReply if that cannot be decided.
    """
    listed = [fill_of(row, client_id, venue) for row in rows]
    found = recognise(distinct(listed) if total is None else listed, [], total)
    if found.doubt is not None:
        raise InconsistentReply(found.doubt, expected=str(total))
    return sorted(found.new, key=lambda fill: (fill.at, fill.id))


def result_of(order: Mapping[str, Any], fills: list[Fill], client_id: str, quantity: Decimal) -> ActionResult:
    """Return the order's result.

    It is final only if `fills` hold every execution that the exchange counts. Raises InconsistentReply.
    """
    with _of_a_readable_row():
        executed = filled_of(order, quantity)
        if executed is None:
            raise BadReply("the exchange does not say how much was filled", found=repr(order.get("id"))[:80])
        return _result(order, fills, client_id, quantity, executed)


def _result(
    order: Mapping[str, Any], fills: list[Fill], client_id: str, quantity: Decimal, executed: Decimal
) -> ActionResult:
    filled = sum((fill.quantity for fill in fills), ZERO)
    if filled > quantity or executed > quantity:
        raise BadReply(
            "more is filled than was ordered", expected=str(quantity), found=f"{filled} of {executed}"
        )
    status = str(order.get("status"))
    if status not in {"open", "closed", *_ENDED}:
        raise BadReply(
            "the order's status is not known",
            expected="open, closed, canceled, expired or rejected",
            found=status[:80],
        )
    if filled < executed:
        found = ActionStatus.PARTIALLY_FILLED if filled else ActionStatus.SUBMITTED
    elif filled == quantity:
        found = ActionStatus.FILLED
    elif status in _ENDED:
        found = ActionStatus.CANCELLED if filled else _ENDED[status]
    elif status == "closed":
        raise BadReply("a closed order that is not filled", expected=str(quantity), found=str(filled))
    else:
        found = ActionStatus.PARTIALLY_FILLED if filled else ActionStatus.OPEN
    reason = None if found is not ActionStatus.CANCELLED else f"the exchange says {status}"
    return result_from_fills(client_id, found, fills, venue_id=text(order, "id"), reason=reason)


@contextmanager
def _of_a_readable_row() -> Iterator[None]:
    """Convert BadReply to InconsistentReply.

    An order or a trade was found, so waiting alone does not repair its unreadable values.
    """
    try:
        yield
    except InconsistentReply:
        raise
    except BadReply as error:
        raise InconsistentReply(error.message, expected=error.expected, found=error.found) from error
