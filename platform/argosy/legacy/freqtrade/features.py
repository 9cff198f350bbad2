"""Features of freqtrade that the bridge lacks: a strategy that needs them is refused.

The check happens before the strategy runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from argosy.errors import ConfigError
from argosy.legacy.freqtrade.callbacks import is_base

MOST_CANDLES = 999
"""Closed candles in one answer of a venue; the last one of a thousand is still forming."""
_SWITCHES = {
    "can_short": "it sells what it does not have; spot venues cannot do that",
    "position_adjustment_enable": "it adds to open positions; the bridge enters once and leaves once",
}
_METHODS = {
    "custom_entry_price": "it names its own entry prices; the bridge buys at the market",
    "custom_exit_price": "it names its own exit prices; the bridge sells at the market",
    "adjust_entry_price": "it moves resting orders; the bridge leaves none",
    "adjust_exit_price": "it moves resting orders; the bridge leaves none",
    "adjust_order_price": "it moves resting orders; the bridge leaves none",
    "order_filled": "it acts on freqtrade's order objects",
    "set_freqai_targets": "it trains models with FreqAI",
}
_NAMES = {
    "freqai": "it predicts with FreqAI",
    "get_trades_proxy": "it reads freqtrade's database of trades",
    "get_trades": "it reads freqtrade's database of trades",
    "get_open_trades": "it reads freqtrade's database of trades",
    "get_open_trade_count": "it reads freqtrade's database of trades",
    "get_total_closed_profit": "it reads freqtrade's database of trades",
    "total_open_trades_stakes": "it reads freqtrade's database of trades",
    "lock_pair": "it locks pairs in freqtrade's database",
    "unlock_pair": "it locks pairs in freqtrade's database",
    "unlock_reason": "it locks pairs in freqtrade's database",
    "is_pair_locked": "it locks pairs in freqtrade's database",
    "select_filled_orders": "it reads freqtrade's orders",
    "select_order": "it reads freqtrade's orders",
}


def refuse_what_is_not_offered(strategy: Any) -> None:
    """Raise ConfigError naming every unsupported feature.

    `strategy` is an instance or a class.
    """
    found = list(_found(strategy))
    if found:
        name = strategy.__name__ if isinstance(strategy, type) else type(strategy).__name__
        raise ConfigError(
            f"{name} is not run: without these parts of freqtrade it would trade otherwise than under freqtrade",
            expected="one long position a pair at a spot venue",
            found="; ".join(f"{part}: {reason}" for part, reason in found),
            remedy="switch them off in the strategy, if it may run so, or run it under freqtrade",
        )


def _found(strategy: Any) -> Iterator[tuple[str, str]]:
    for name, reason in _SWITCHES.items():
        if _value(strategy, name) is True:
            yield name, reason
    cls = strategy if isinstance(strategy, type) else type(strategy)
    own = [one for one in cls.__mro__ if not is_base(one)]
    for name, reason in _METHODS.items():
        if any(name in vars(one) for one in own):
            yield name, reason
    used = {name for one in own for value in vars(one).values() for name in _names(value)}
    for name, reason in _NAMES.items():
        if name in used:
            yield name, reason
    yield from _orders(strategy)
    if _value(strategy, "protections"):
        yield "protections", "they pause it after losses; the bridge would go on trading"
    if _value(strategy, "max_open_trades") == 0:
        yield "max_open_trades = 0", "it never trades"
    startup = _value(strategy, "startup_candle_count")
    if isinstance(startup, int) and startup > MOST_CANDLES:
        yield (
            f"startup_candle_count = {startup}",
            f"a venue gives {MOST_CANDLES} closed candles in one answer",
        )
    if len(_arguments(cls, "populate_indicators")) == 2:
        yield "interface version 1", "its methods take no metadata; freqtrade dropped them"


def _orders(strategy: Any) -> Iterator[tuple[str, str]]:
    kinds = _value(strategy, "order_types")
    if isinstance(kinds, dict) and kinds.get("stoploss_on_exchange"):
        yield "stoploss_on_exchange", "its stop rests at the venue; the bridge watches it at each poll"
    times = _value(strategy, "order_time_in_force")
    for side, word in times.items() if isinstance(times, dict) else ():
        if str(word).upper() in ("FOK", "PO"):
            yield (
                f"order_time_in_force {side} = {word}",
                "the bridge takes what there is and cancels the rest",
            )


def _value(strategy: Any, name: str) -> Any:
    """Return the value of an attribute; None for a property read on a class."""
    value = getattr(strategy, name, None)
    return None if isinstance(value, property) else value


def _arguments(cls: type, name: str) -> tuple[str, ...]:
    code = getattr(getattr(cls, name, None), "__code__", None)
    return () if code is None else code.co_varnames[: code.co_argcount]


def _names(value: Any) -> Iterator[str]:
    """Yield attributes and globals that a function of a class uses."""
    if isinstance(value, property):
        value = value.fget
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    if isinstance(value, FunctionType):
        yield from _of_code(value.__code__)


def _of_code(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _of_code(constant)
