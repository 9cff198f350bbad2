"""Lengths of candles."""

from __future__ import annotations

from argosy.errors import InvalidInput

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def length_ms(timeframe: str) -> int:
    """Raises InvalidInput."""
    unit = _SECONDS.get(timeframe[-1:])
    if unit is None or not timeframe[:-1].isdigit() or not int(timeframe[:-1]):
        raise InvalidInput("not a length of candles", expected="1m, 5m, 1h, …", found=timeframe)
    return int(timeframe[:-1]) * unit * 1000


def begin_ms(at_ms: int, length: int) -> int:
    """Start of the candle that covers a moment. Candles of a week begin on Monday."""
    offset = 4 * 86_400_000 if length % 604_800_000 == 0 else 0
    return (at_ms - offset) // length * length + offset
