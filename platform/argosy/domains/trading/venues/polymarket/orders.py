"""Turn an action into an order for Polymarket: price grid, minimums, precision, amounts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from argosy.core.actions.action import Action
from argosy.core.clock import to_ms
from argosy.core.money.money import ZERO
from argosy.domains.trading.expiry import GTD_MARGIN_S, expiration, expires_too_soon
from argosy.domains.trading.market import FeeSchedule
from argosy.domains.trading.sizes import IMMEDIATE, floor_quantity, order_money
from argosy.domains.trading.venues.polymarket.signing import SignedOrder, UnsignedOrder
from argosy.errors import OrderDenied

BASE_UNITS = Decimal(1_000_000)
MARKETABLE_MINIMUM_USD = Decimal(1)
# Decimals of resting orders' money by tick (CLOB documentation, 2026-10); prices lie on the tick, sizes have two.
AMOUNT_DECIMALS = {
    Decimal("0.1"): 3,
    Decimal("0.01"): 4,
    Decimal("0.005"): 5,
    Decimal("0.001"): 5,
    Decimal("0.0025"): 6,
    Decimal("0.0001"): 6,
}


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """The venue's terms for trading one token."""

    token_id: str
    condition_id: str
    tick: Decimal
    minimum_size: Decimal
    negative_risk: bool
    version: str
    accepting_orders: bool
    fees: FeeSchedule | None


def validate(action: Action, terms: OrderTerms, now: datetime) -> None:
    """Raise OrderDenied for an order that the venue would refuse. The error names valid values."""
    price = action.limit_price
    if action.side is None or price is None:
        raise OrderDenied("an order at Polymarket needs side and limit price", found=action.client_id)
    if terms.tick not in AMOUNT_DECIMALS:
        raise OrderDenied(
            "the market's tick is not one whose precision is known",
            expected=", ".join(str(tick) for tick in AMOUNT_DECIMALS),
            found=str(terms.tick),
        )
    if not terms.tick <= price <= 1 - terms.tick or price % terms.tick:
        raise OrderDenied(
            "the limit price is not on the market's grid",
            expected=f"a multiple of {terms.tick} from {terms.tick} to {1 - terms.tick}",
            found=str(price),
        )
    least = floor_quantity(max(action.quantity, ZERO), price, action.side, action.time_in_force)
    if action.quantity <= 0 or action.quantity != least:
        raise OrderDenied(
            "the size cannot be expressed at this price",
            expected=f"{least.normalize():f} shares, the next size below that can"
            if least
            else "a positive size",
            found=str(action.quantity),
        )
    money = order_money(action.quantity, price, action.side, action.time_in_force)
    if abs(money / action.quantity - price) >= terms.tick:
        raise OrderDenied(
            "the size is too small for its limit price",
            expected="a price that is less than one tick off once the amounts are rounded",
            found=f"{action.quantity} shares for {money} USD at a limit of {price}",
        )
    if action.time_in_force in IMMEDIATE:
        if action.side == "buy" and action.quantity * price < MARKETABLE_MINIMUM_USD:
            raise OrderDenied(
                "the order is below the venue's minimum",
                expected="at least 1 USD",
                found=f"{action.quantity * price} USD",
            )
    elif action.quantity < terms.minimum_size:
        raise OrderDenied(
            "the order is below the venue's minimum",
            expected=f"at least {terms.minimum_size} shares",
            found=str(action.quantity),
        )
    if expires_too_soon(action, now):
        raise OrderDenied(
            "the order expires too soon",
            expected=f'parameters["expiresAt"] in Unix seconds, {GTD_MARGIN_S} s ahead or more',
            found=action.parameters.get("expiresAt", "none"),
        )
    if action.parameters.get("postOnly") == "true" and action.time_in_force in IMMEDIATE:
        raise OrderDenied("a post-only order must be able to rest", expected="GTC or GTD")


def build(action: Action, *, maker: str, signer: str, signature_type: int, now: datetime) -> UnsignedOrder:
    """Return the order of a valid action.

    The salt comes from the client id: repeats differ in time only.
    """
    if action.limit_price is None or action.side is None:
        raise OrderDenied("an order at Polymarket needs side and limit price", found=action.client_id)
    shares = _units(action.quantity)
    money = _units(order_money(action.quantity, action.limit_price, action.side, action.time_in_force))
    buys = action.side == "buy"
    return UnsignedOrder(
        salt=int.from_bytes(hashlib.sha256(action.client_id.encode()).digest()[:8], "big") >> 12,
        maker=maker,
        signer=signer,
        token_id=int(action.symbol),
        maker_amount=money if buys else shares,
        taker_amount=shares if buys else money,
        side=0 if buys else 1,
        signature_type=signature_type,
        timestamp=to_ms(now),
    )


def order_body(signed: SignedOrder, action: Action, owner: str) -> dict[str, Any]:
    """Return the body of `POST /order`."""
    order = signed.order
    body: dict[str, Any] = {
        "deferExec": False,
        "order": {
            "builder": order.builder,
            "expiration": str(expiration(action)),
            "maker": order.maker,
            "makerAmount": str(order.maker_amount),
            "metadata": order.metadata,
            "salt": order.salt,
            "side": "BUY" if order.side == 0 else "SELL",
            "signature": signed.signature,
            "signatureType": order.signature_type,
            "signer": order.signer,
            "takerAmount": str(order.taker_amount),
            "timestamp": str(order.timestamp),
            "tokenId": str(order.token_id),
        },
        "orderType": action.time_in_force,
        "owner": owner,
    }
    if action.parameters.get("postOnly") == "true":
        body["postOnly"] = True
    return body


def _units(amount: Decimal) -> int:
    units = amount * BASE_UNITS
    if units != units.to_integral_value():
        raise OrderDenied("the amount has more than six decimals", found=str(amount))
    return int(units)
