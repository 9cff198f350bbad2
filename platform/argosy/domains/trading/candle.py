"""Candles of traded prices and their lengths."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from argosy.core.wire import Wire
from argosy.errors import InvalidInput

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class Candle(Wire):
    """Candle. `at` is its start; prices are in quote currency, `volume` in base currency."""

    at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


def length_ms(interval: str) -> int:
    """Return the length of `1m`, `5m`, `1h` … in milliseconds. Raises InvalidInput."""
    unit = _SECONDS.get(interval[-1:])
    if unit is None or not interval[:-1].isdigit() or not int(interval[:-1]):
        raise InvalidInput("not a length of candles", expected="1m, 5m, 1h, …", found=interval)
    return int(interval[:-1]) * unit * 1000


def begin_ms(at_ms: int, length: int) -> int:
    """Return the start of the candle that covers a moment. Weekly candles begin on Monday."""
    offset = 4 * 86_400_000 if length % 604_800_000 == 0 else 0
    return (at_ms - offset) // length * length + offset
