"""Orders, trades and markets as rows of the venue's record, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

from argosy.domains.trading.sandbox.prediction.market import VenueMarket
from argosy.domains.trading.sandbox.prediction.order import MakerPart, SandboxOrder, SandboxTrade
from argosy.venuekit.sandbox.journal import Row

_ORDER_DECIMALS = ("price", "size", "matched")
_MARKET_DECIMALS = ("tick", "minimum_size", "fee_rate", "fee_exponent")


def order_row(order: SandboxOrder) -> Row:
    return asdict(order)


def order_of(row: Row) -> SandboxOrder:
    """Return the order of a row; rows of earlier versions lack `money`."""
    money = row.get("money")
    found = {**_with_decimals(row, _ORDER_DECIMALS), "money": None if money is None else Decimal(money)}
    return SandboxOrder(**found)


def trade_row(trade: SandboxTrade) -> Row:
    maker = trade.maker
    row = {each.name: getattr(trade, each.name) for each in fields(trade) if each.name != "maker"}
    part = {each.name: getattr(maker, each.name) for each in fields(maker) if each.name != "order"}
    return {**row, "maker": {**part, "order": maker.order.id if maker.order else None}}


def trade_of(row: Row, orders: Mapping[str, SandboxOrder]) -> SandboxTrade:
    part = dict(row["maker"])
    order = None if part["order"] is None else orders[part["order"]]
    maker = MakerPart(**{**part, "order": order, "price": Decimal(part["price"])})
    return SandboxTrade(**{**_with_decimals(row, ("size", "price", "fee")), "maker": maker})


def settlement_of(row: Row) -> dict[str, object]:
    exact = ("paid", "payouts")
    found = {name: {key: Decimal(value) for key, value in row.get(name, {}).items()} for name in exact}
    return {**row, **found}


def market_row(market: VenueMarket, *, held: bool) -> Row:
    return {"held": held, "market": asdict(market)}


def market_of(row: Row) -> VenueMarket:
    return VenueMarket(**_with_decimals(row["market"], _MARKET_DECIMALS))


def _with_decimals(row: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {**row, **{name: Decimal(row[name]) for name in names}}
