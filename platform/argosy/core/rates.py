"""What a currency is worth in another: pegs that are agreed on, else the last price of the pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from argosy.core import exact
from argosy.core.money import ONE

USD_PEGS = frozenset({"USD", "USDC", "USDT", "USDC.E", "PUSD", "DAI", "USDP"})
"""Counted as one dollar each (a policy of ours, 2026-11): a depeg shows as a difference at the venue."""


MISSING = "missing"
"""The source of a rate nobody knew when a fill had to be booked: counted one to one, and shown by `ledger verify`."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Base currency a unit, and where it comes from: "same", "peg", "mark:<venue>/<symbol>", or "inverse:…" where
    the pair names the base currency first ("EUR/USDT" tells what USDT are worth in EUR)."""

    value: Decimal
    source: str


def rate(currency: str, base: str, marks: Mapping[tuple[str, str], Decimal]) -> Rate | None:
    """The rate, None when nothing tells it. `marks` are last prices by (venue, symbol), symbols like "BTC/USD"; of
    several that tell it the first counts, so the freshest comes first."""
    if currency.upper() == base.upper():
        return Rate(ONE, "same")
    if currency.upper() in USD_PEGS and base.upper() in USD_PEGS:
        return Rate(ONE, "peg")
    of, into = _pegged(currency), _pegged(base)
    inverse: Rate | None = None
    for (venue, symbol), price in marks.items():
        left, slash, right = symbol.upper().partition("/")
        if not slash or price <= 0:
            continue
        if left in of and right in into:
            return Rate(price, f"mark:{venue}/{symbol}")
        if inverse is None and left in into and right in of:
            inverse = Rate(exact.inverse(price), f"inverse:{venue}/{symbol}")
    return inverse


def _pegged(currency: str) -> frozenset[str]:
    """All that count as this currency."""
    return USD_PEGS if currency.upper() in USD_PEGS else frozenset({currency.upper()})
