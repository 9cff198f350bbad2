"""Names of pairs in the spellings of venues."""

from __future__ import annotations

import re
from typing import NamedTuple

_SEPARATED = re.compile(r"^([A-Za-z0-9.]+)[/\-_]([A-Za-z0-9.]+)(?::[A-Za-z0-9.]+)?$")
# Longest first: BTCUSDT is in USDT, not in T.
_QUOTES = (
    "FDUSD",
    "USDT",
    "USDC",
    "TUSD",
    "BUSD",
    "USD",
    "EUR",
    "GBP",
    "JPY",
    "TRY",
    "BRL",
    "DAI",
    "BTC",
    "ETH",
    "BNB",
)


class Pair(NamedTuple):
    """Base currency (bought) and quote currency (paid with)."""

    base: str
    quote: str


def pair(text: str) -> Pair | None:
    """Return the pair: `BTC/USDT`, `btc-usdt`, `BTC_USDT` and `BTCUSDT` are one pair.

    Returns None for other texts.
    """
    found = _SEPARATED.match(text.strip())
    if found:
        return Pair(found[1].upper(), found[2].upper())
    plain = text.strip().upper()
    for quote in _QUOTES:
        if plain.endswith(quote) and len(plain) > len(quote) + 1 and plain.isalnum():
            return Pair(plain.removesuffix(quote), quote)
    return None


def quote_currency(symbol: str, default: str = "USD") -> str:
    found = pair(symbol)
    return default if found is None else found.quote
