"""The body of an order: read, its signature checked, its amounts turned into price and size."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from argosy.domains.trading.sandbox.dealing.order import Order, OrderRefused, OrderType, Side
from argosy.domains.trading.sandbox.venue import VenueMarket
from argosy.domains.trading.sandbox.wire.auth import CHAIN_ID, recover_signer
from argosy.domains.trading.sizes import SHARE_STEP
from argosy.domains.trading.venues.polymarket.orders import AMOUNT_DECIMALS
from argosy.domains.trading.venues.polymarket.signing import (
    EXCHANGE_V2,
    UnsignedOrder,
    order_hash,
    order_message,
)

_UNITS = Decimal(1_000_000)
_GTD_EARLY_MS = 60_000
_GTD_LEAST_S = 180
_RETIRED = frozenset({"taker", "nonce", "feeRateBps"})
_Uint = r"^[0-9]{1,78}$"
_Hex32 = r"^0x[0-9a-fA-F]{64}$"
_Address = r"^0x[0-9a-fA-F]{40}$"


class OrderFields(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    salt: int = Field(ge=0, lt=2**256)
    maker: str = Field(pattern=_Address)
    signer: str = Field(pattern=_Address)
    tokenId: str = Field(pattern=_Uint)  # noqa: N815
    makerAmount: str = Field(pattern=_Uint)  # noqa: N815
    takerAmount: str = Field(pattern=_Uint)  # noqa: N815
    side: Side
    signatureType: int = Field(ge=0, le=3)  # noqa: N815
    timestamp: str = Field(pattern=_Uint)
    metadata: str = Field(default="0x" + "0" * 64, pattern=_Hex32)
    builder: str = Field(default="0x" + "0" * 64, pattern=_Hex32)
    expiration: str = Field(default="0", pattern=_Uint)
    signature: str


class OrderBody(BaseModel):
    model_config = ConfigDict(extra="ignore")

    order: OrderFields
    orderType: OrderType  # noqa: N815
    owner: str
    postOnly: bool = False  # noqa: N815


@dataclass(frozen=True, slots=True)
class Signed:
    body: OrderBody
    hash: str


def read(payload: Any) -> OrderBody:
    """Raises OrderRefused."""
    fields = payload.get("order") if isinstance(payload, dict) else None
    if isinstance(fields, dict) and _RETIRED & set(fields) and "timestamp" not in fields:
        raise OrderRefused("order_version_mismatch")
    try:
        return OrderBody.model_validate(payload)
    except ValidationError:
        raise OrderRefused("Invalid order payload") from None


def verify(body: OrderBody, account: str, key: str) -> Signed:
    """The order must be signed, by the wallet whose credentials were used. Raises OrderRefused."""
    order = body.order
    if body.owner != key:
        raise OrderRefused("the order owner has to be the owner of the API KEY")
    if order.signer.lower() != account:
        raise OrderRefused("the order signer address has to be the address of the API KEY")
    if order.signatureType == 0 and order.maker.lower() != account:
        raise OrderRefused("maker address not allowed")
    unsigned = UnsignedOrder(
        salt=order.salt,
        maker=order.maker,
        signer=order.signer,
        token_id=int(order.tokenId),
        maker_amount=int(order.makerAmount),
        taker_amount=int(order.takerAmount),
        side=0 if order.side == "BUY" else 1,
        signature_type=order.signatureType,
        timestamp=int(order.timestamp),
        metadata=order.metadata,
        builder=order.builder,
    )
    try:
        signer = recover_signer(order_message(unsigned, EXCHANGE_V2, CHAIN_ID), order.signature)
        digest = order_hash(unsigned, EXCHANGE_V2, CHAIN_ID)
    except (ValueError, TypeError):
        signer, digest = "", ""
    if signer != account:
        raise OrderRefused("invalid signature")
    return Signed(body, digest)


def order_of(signed: Signed, market: VenueMarket, account: str, now_ms: int) -> Order:
    """Price and size from the amounts: sizes of two decimals, amounts as the tick allows. Raises OrderRefused."""
    order = signed.body.order
    maker, taker = int(order.makerAmount) / _UNITS, int(order.takerAmount) / _UNITS
    money, size = (maker, taker) if order.side == "BUY" else (taker, maker)
    if money <= 0 or size <= 0:
        raise OrderRefused("invalid amounts")
    decimals = AMOUNT_DECIMALS.get(market.tick, 6)
    if size % SHARE_STEP or money % Decimal(1).scaleb(-decimals):
        raise OrderRefused(
            f"invalid amounts, the size supports a max accuracy of 2 decimals, the amount of {decimals} decimals"
        )
    immediate = signed.body.orderType in {"FOK", "FAK"}
    if immediate and order.side == "BUY" and money % SHARE_STEP:
        raise OrderRefused(
            "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals"
        )
    price = (money / size).quantize(market.tick)
    if abs(price * size - money) > Decimal(1).scaleb(-decimals):
        raise OrderRefused(f"invalid price ({money / size}), not a multiple of {market.tick}")
    return Order(
        id=signed.hash,
        account=account,
        token=order.tokenId,
        side=order.side,
        price=price,
        size=size,
        type=signed.body.orderType,
        created_ms=now_ms,
        owner=signed.body.owner,
        expires_ms=_expires_ms(signed.body, now_ms),
        post_only=signed.body.postOnly,
    )


def _expires_ms(body: OrderBody, now_ms: int) -> int | None:
    """GTD orders end a minute before they say."""
    seconds = int(body.order.expiration)
    if body.orderType != "GTD":
        if seconds:
            raise OrderRefused("invalid expiration")
        return None
    if seconds * 1000 < now_ms + (_GTD_LEAST_S - 5) * 1000:
        raise OrderRefused("invalid expiration")
    return seconds * 1000 - _GTD_EARLY_MS
