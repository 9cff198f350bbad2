"""What a candle strategy declares about leaving: stop loss, trailing stop, minimal return (as freqtrade reads them)."""

from __future__ import annotations

from typing import Any

from argosy.errors import ConfigError

_NOT_OFFERED = ("use_custom_stoploss", "position_adjustment_enable", "can_short")


def refuse_what_is_not_offered(strategy: Any) -> None:
    """Raises ConfigError: run without it, it would be another strategy, and one without its own protection."""
    found = [name for name in _NOT_OFFERED if getattr(strategy, name, False) is True]
    if found:
        raise ConfigError(
            f"{type(strategy).__name__} wants what is not offered here",
            expected="one long position without callbacks",
            found=", ".join(found),
            remedy="switch it off in the strategy, if it may run so",
        )


def forced(strategy: Any, *, rate: float, entry: float, highest: float, held_min: float) -> str | None:
    """Why the position is left whatever the signals say; None when it is not. Prices in quote currency."""
    if not entry:
        return None
    stop = getattr(strategy, "stoploss", None)
    if isinstance(stop, int | float) and stop < 0:
        if _gain(rate, entry) <= stop:
            return "stop loss"
        distance = _trailing(strategy, -stop, _gain(highest, entry))
        if distance is not None and _gain(rate, highest) <= -distance:
            return "trailing stop"
    table = getattr(strategy, "minimal_roi", None) or {}
    due = [(float(minutes), float(part)) for minutes, part in table.items() if held_min >= float(minutes)]
    return "minimal return" if due and _gain(rate, entry) >= max(due)[1] else None


def _trailing(strategy: Any, stop: float, best: float) -> float | None:
    """How far below the highest price it stops; None while it does not trail. `best` is the gain at that price."""
    if getattr(strategy, "trailing_stop", False) is not True:
        return None
    offset = float(getattr(strategy, "trailing_stop_positive_offset", 0.0) or 0.0)
    if getattr(strategy, "trailing_only_offset_is_reached", False) is True and best < offset:
        return None
    positive = getattr(strategy, "trailing_stop_positive", None)
    return float(positive) if positive is not None and best > offset else stop


def _gain(price: float, of: float) -> float:
    """As a part; the noise of floats is cut, so that a stop of -0.1 is met at 90 of 100."""
    return round(price / of - 1, 12)
