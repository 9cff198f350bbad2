"""Reading of an order's or execution's fees, in any provider's format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypedDict

from argosy.core.actions.action import FeePart
from argosy.core.money import exact
from argosy.core.money.money import ZERO
from argosy.domains.trading.venues.replies.fields import computed_number, field, figure, is_present, number
from argosy.domains.trading.venues.replies.pairs import pair
from argosy.errors import InconsistentReply

QUOTE = ""
"""Stands for the quote currency, whatever its name."""

Fees = Mapping[str, Decimal]
"""Amounts by currency, in capitals; negative amounts are rebates."""

_CURRENCY = ("currency", "asset", "ccy", "coin")
_ROW_CURRENCY = (
    "fee_currency",
    "feeCurrency",
    "fee_asset",
    "commission_asset",
    "commissionAsset",
    "fee_coin",
)


@dataclass(frozen=True, slots=True)
class Charged:
    """Basis of a fee without an amount: the pair, the quantity and its cost in quote currency."""

    symbol: Any
    quantity: Decimal | None
    cost: Decimal | None


def currency_of(value: Any) -> str:
    """Return the currency in one spelling: `usdt`, ` USDT` and `Usdt` become `USDT`."""
    return str(getattr(value, "value", value)).strip().upper()


class Fee(TypedDict):
    """Fields of a `Fill` that carry its fee."""

    fee: Decimal
    fee_currency: str | None
    other_fees: list[FeePart]


def fee_fields(fees: Fees) -> Fee:
    """Return the fee fields: the part in quote currency first, the others by name."""
    parts = {currency: fees[currency] for currency in sorted(fees) if fees[currency]}
    first = QUOTE if QUOTE in parts or not parts else next(iter(parts))
    return Fee(
        fee=parts.get(first, ZERO),
        fee_currency=None if first == QUOTE else first,
        other_fees=[FeePart(amount=parts[name], currency=name) for name in parts if name != first],
    )


def fees_of(raw: Any, charged: Charged) -> Fees | None:
    """Return the fees by currency; None if none are reported.

    A list (`fees`) is complete. ccxt repeats a part of it under `fee`, which is not counted again. A fee with only
    a `rate` is that fraction of the cost, or of the quantity if charged in units. The product is not rounded.

    Raises InconsistentReply if `fee` contradicts `fees`, and for a rate of an unknown basis.
    """
    default = field(raw, *_ROW_CURRENCY)
    parts = _parts(field(raw, "fees"), default, charged)
    every = _sum(parts)
    single = _sum(_parts(field(raw, "fee", "commission"), default, charged))
    if every is None or single is None:
        return single if every is None else every
    among = [*every.items(), *parts]
    if any(amount and (currency, amount) not in among for currency, amount in single.items()):
        raise InconsistentReply(
            "the provider's fee is not among its fees", expected=_text(every), found=_text(single)
        )
    return every


def _parts(value: Any, default: Any, charged: Charged) -> list[tuple[str, Decimal]]:
    if not is_present(value):
        return []
    if isinstance(value, list | tuple):
        return [part for each in value for part in _parts(each, default, charged)]
    if isinstance(value, int | float | str | Decimal):
        return [(_currency(default, charged), computed_number(value, "fee") or ZERO)]
    cost = figure(value, "fee", "cost", "amount")
    rate = figure(value, "fee rate", "rate")
    if cost is None and rate is None:
        return _by_currency(value, charged)
    named = field(value, *_CURRENCY)
    currency = _currency(default if named is None else named, charged)
    return [(currency, _by_rate(rate or ZERO, currency, charged) if cost is None else cost)]


def _by_currency(value: Any, charged: Charged) -> list[tuple[str, Decimal]]:
    """Read fees in the form `{"USDT": 0.1, "BNB": 0.002}`."""
    rows = value.items() if isinstance(value, Mapping) else ()
    return [
        (_currency(name, charged), number(amount, "fee"))
        for name, amount in rows
        if isinstance(name, str) and name.lower() not in _CURRENCY and is_present(amount)
        if isinstance(amount, int | float | Decimal)
    ]


def _by_rate(rate: Decimal, currency: str, charged: Charged) -> Decimal:
    names = pair(str(charged.symbol))
    if not rate:
        return ZERO
    of = charged.cost if currency == QUOTE else None
    if names is not None and currency == names.base:
        of = charged.quantity
    if of is None:
        raise InconsistentReply(
            "the provider tells a fee by its rate only, and not of what",
            expected="the cost of a fee",
            found=f"{rate} in {currency or 'the quote currency'}",
        )
    return exact.multiply(rate, of)


def _currency(value: Any, charged: Charged) -> str:
    if not is_present(value):
        return QUOTE
    found, names = currency_of(value), pair(str(charged.symbol))
    return QUOTE if names is not None and found == names.quote else found


def _sum(parts: list[tuple[str, Decimal]]) -> dict[str, Decimal] | None:
    if not parts:
        return None
    found: dict[str, Decimal] = {}
    for currency, amount in parts:
        found[currency] = exact.add(found.get(currency, ZERO), amount)
    return found


def _text(fees: Fees) -> str:
    return ", ".join(f"{exact.text(amount)} {currency}".strip() for currency, amount in fees.items())
