"""Calls of a strategy's own methods by freqtrade's rules.

A failing method counts as its default, with a warning.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from argosy.legacy.freqtrade.refused import NotOffered

CUSTOM = (
    "custom_exit",
    "custom_sell",
    "custom_stoploss",
    "custom_roi",
    "custom_stake_amount",
    "confirm_trade_entry",
    "confirm_trade_exit",
    "bot_start",
    "bot_loop_start",
)


class Callbacks:
    """Optional methods of one strategy. `warn` receives a sentence for each failed call."""

    def __init__(self, strategy: Any, warn: Callable[[str], None]) -> None:
        self._strategy = strategy
        self._warn = warn

    def has(self, name: str) -> bool:
        return own_method(self._strategy, name) is not None

    def __call__(self, name: str, default: Any, /, **values: Any) -> Any:
        """Return the method's answer; `default` if it is missing or fails. Raises NotOffered."""
        method = own_method(self._strategy, name)
        if method is None:
            return default
        try:
            return method(**values)
        except NotOffered:
            raise
        except Exception as error:  # noqa: BLE001 - the strategy's own code may raise anything
            self._warn(
                f"{name} of {type(self._strategy).__name__} failed ({type(error).__name__}: "
                f"{str(error)[:120]}): {default!r} counts as its answer, as in freqtrade"
            )
            return default


def own_method(strategy: Any, name: str) -> Any:
    """Return the method if the strategy's own code defines it; None for freqtrade's empty ones."""
    for cls in type(strategy).__mro__:
        if name in vars(cls):
            return None if is_base(cls) else getattr(strategy, name)
    return vars(strategy).get(name) if hasattr(strategy, "__dict__") else None


def is_base(cls: type) -> bool:
    """Return True if the class belongs to freqtrade, to Argosy's stand-in for it, or to Python."""
    module = cls.__module__ or ""
    return (
        cls is object
        or module.partition(".")[0] in ("freqtrade", "abc", "typing")
        or module.startswith("argosy.")
        or cls.__name__ in ("IStrategy", "HyperStrategyMixin")
    )
