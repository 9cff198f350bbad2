"""Currency conversion: agreed pegs, else the last price of the pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from argosy.core.money import exact
from argosy.core.money.money import ONE

USD_PEGS = frozenset({"USD", "USDC", "USDT", "USDC.E", "PUSD", "DAI", "USDP"})
"""Currencies counted as one dollar each, by Argosy's own policy (2026-11).

A broken peg shows as a difference at the venue.
"""


MISSING = "missing"
"""Source of a rate that was unknown when a fill had to be booked.

The rate counts as 1; `argosy ledger verify` shows it.
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """Conversion rate: base currency per unit, and its source.

    Sources are "same", "peg", "mark:<venue>/<symbol>" and "inverse:<venue>/<symbol>". An inverse rate comes from
    a pair that names the base currency first: "EUR/USDT" gives the value of USDT in EUR.
    """

    value: Decimal
    source: str


def rate(currency: str, base: str, marks: Mapping[tuple[str, str], Decimal]) -> Rate | None:
    """Return the conversion rate of `currency` to `base`, None if unknown.

    `marks` are last prices by (venue, symbol), symbols like "BTC/USD". The first suitable price counts, so
    callers put the freshest first. A direct pair takes precedence over an inverse one.
    """
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
    """Return the currencies that count as this one."""
    return USD_PEGS if currency.upper() in USD_PEGS else frozenset({currency.upper()})
