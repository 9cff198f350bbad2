"""Body of an order: parsing, check of the signature, price and size from the amounts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from argosy.domains.trading.sandbox.prediction.market import VenueMarket
from argosy.domains.trading.sandbox.prediction.order import OrderRefused, OrderType, SandboxOrder, Side
from argosy.domains.trading.sandbox.prediction.wire.auth import CHAIN_ID, recover_signer
from argosy.domains.trading.sizes import CENT, PURCHASE_STEP, RECEIVED_STEP, SHARE_STEP
from argosy.domains.trading.venues.polymarket.orders import AMOUNT_DECIMALS
from argosy.domains.trading.venues.polymarket.signing import (
    DEPOSIT_WALLET,
    EXCHANGE_V2,
    UnsignedOrder,
    order_hash,
    order_message,
    wallet_message,
    wallet_suffix,
)

_UNITS = Decimal(1_000_000)
_GTD_EARLY_MS = 60_000
_GTD_LEAST_S = 180
_SIGNATURE = 65
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
    """Return the parsed body of an order. Raises OrderRefused."""
    fields = payload.get("order") if isinstance(payload, dict) else None
    if isinstance(fields, dict) and _RETIRED & set(fields) and "timestamp" not in fields:
        raise OrderRefused("order_version_mismatch")
    try:
        return OrderBody.model_validate(payload)
    except ValidationError:
        raise OrderRefused("Invalid order payload") from None


def verify(body: OrderBody, account: str, key: str) -> Signed:
    """Check that the order is signed by the key whose credentials were used.

    A deposit wallet signs for itself: it is maker and signer, and the key is its owner's. For the key's own
    wallet the maker is the key's address. For a proxy wallet or a safe the maker is another address. Raises
    OrderRefused.
    """
    order = body.order
    maker, signer = order.maker.lower(), order.signer.lower()
    if body.owner != key:
        raise OrderRefused("the order owner has to be the owner of the API KEY")
    if signer != (maker if order.signatureType == DEPOSIT_WALLET else account):
        raise OrderRefused("the order signer address has to be the address of the API KEY")
    if (order.signatureType == 0) != (maker == account):
        raise OrderRefused("maker address not allowed, please use the deposit wallet flow")
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
        found = _signed_by(unsigned, order.signature)
        digest = order_hash(unsigned, EXCHANGE_V2, CHAIN_ID)
    except (ValueError, TypeError):
        found, digest = "", ""
    if found != account:
        raise OrderRefused("invalid signature")
    return Signed(body, digest)


def _signed_by(order: UnsignedOrder, signature: str) -> str:
    """Return the address of the key that signed, in lower case; "" for an invalid signature."""
    message = order_message(order, EXCHANGE_V2, CHAIN_ID)
    if order.signature_type != DEPOSIT_WALLET:
        return recover_signer(message, signature)
    whole = bytes.fromhex(signature.removeprefix("0x"))
    if whole[_SIGNATURE:] != wallet_suffix(message):
        return ""
    return recover_signer(wallet_message(order, EXCHANGE_V2, CHAIN_ID), "0x" + whole[:_SIGNATURE].hex())


def order_of(signed: Signed, market: VenueMarket, account: str, now_ms: int) -> SandboxOrder:
    """Return the order, with price and size computed from the amounts.

    Orders that match at once give amounts of two decimals and receive amounts of four. Their price may lie
    between two ticks: it is rounded down for a buy, up for a sale.

    Other orders have sizes of two decimals, and money as precise as the tick allows. Their price must be on a
    tick. Raises OrderRefused.
    """
    order = signed.body.order
    maker, taker = int(order.makerAmount) / _UNITS, int(order.takerAmount) / _UNITS
    money, size = (maker, taker) if order.side == "BUY" else (taker, maker)
    if money <= 0 or size <= 0:
        raise OrderRefused("invalid amounts")
    immediate = signed.body.orderType in {"FOK", "FAK"}
    _check_accuracy(order.side, immediate, money, size, market.tick)
    price = money // (size * market.tick) * market.tick
    if price * size != money:
        if not immediate:
            raise OrderRefused(f"invalid price ({money / size}), not a multiple of {market.tick}")
        price += market.tick if order.side == "SELL" else 0
    return SandboxOrder(
        id=signed.hash,
        account=account,
        token=order.tokenId,
        side=order.side,
        price=price,
        size=size,
        money=money,
        type=signed.body.orderType,
        created_ms=now_ms,
        owner=signed.body.owner,
        expires_ms=_expires_ms(signed.body, now_ms),
        post_only=signed.body.postOnly,
        wallet=order.maker.lower(),
    )


def _check_accuracy(side: Side, immediate: bool, money: Decimal, size: Decimal, tick: Decimal) -> None:
    decimals = 4 if immediate else AMOUNT_DECIMALS.get(tick, 6)
    if immediate:
        steps = (CENT, PURCHASE_STEP) if side == "BUY" else (RECEIVED_STEP, SHARE_STEP)
    else:
        steps = (Decimal(1).scaleb(-decimals), SHARE_STEP)
    if money % steps[0] or size % steps[1]:
        kind = f"market {side.lower()}" if immediate else side.lower()
        maker, taker = (2, 4) if immediate else (decimals, 2) if side == "BUY" else (2, decimals)
        raise OrderRefused(
            f"invalid amounts, the {kind} orders maker amount supports a max accuracy of {maker} decimals,"
            f" taker amount a max of {taker} decimals"
        )


def _expires_ms(body: OrderBody, now_ms: int) -> int | None:
    """Return the real end of a GTD order: one minute before its expiration.

    Raises OrderRefused for an expiration less than 175 s ahead.
    """
    seconds = int(body.order.expiration)
    if body.orderType != "GTD":
        if seconds:
            raise OrderRefused("invalid expiration")
        return None
    if seconds * 1000 < now_ms + (_GTD_LEAST_S - 5) * 1000:
        raise OrderRefused("invalid expiration")
    return seconds * 1000 - _GTD_EARLY_MS
