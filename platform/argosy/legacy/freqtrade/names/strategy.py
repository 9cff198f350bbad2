"""`freqtrade.strategy`: base class, parameters, informative candles, helpers for stops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from argosy.legacy.freqtrade.informative import merge_informative_pair
from argosy.legacy.freqtrade.names.exchange import (
    timeframe_to_minutes,
    timeframe_to_msecs,
    timeframe_to_next_date,
    timeframe_to_prev_date,
    timeframe_to_seconds,
)
from argosy.legacy.freqtrade.names.parameters import (
    BaseParameter,
    BooleanParameter,
    CategoricalParameter,
    DecimalParameter,
    IntParameter,
    NumericParameter,
    RealParameter,
)
from argosy.legacy.freqtrade.names.persistence import Order, PairLocks
from argosy.legacy.freqtrade.trade import Trade

__all__ = [
    "BaseParameter",
    "BooleanParameter",
    "CategoricalParameter",
    "DecimalParameter",
    "IStrategy",
    "IntParameter",
    "NumericParameter",
    "Order",
    "PairLocks",
    "RealParameter",
    "Trade",
    "informative",
    "merge_informative_pair",
    "stoploss_from_absolute",
    "stoploss_from_open",
    "timeframe_to_minutes",
    "timeframe_to_msecs",
    "timeframe_to_next_date",
    "timeframe_to_prev_date",
    "timeframe_to_seconds",
]


class IStrategy:
    """Base class of strategies. Old names of the populate methods still work."""

    INTERFACE_VERSION = 3
    minimal_roi: Mapping[Any, float] = {}
    can_short = False
    wallets: Any = None
    dp: Any = None
    plot_config: Mapping[str, Any] = {}

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        self.config = dict(config or {})

    def populate_entry_trend(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
        old = getattr(self, "populate_buy_trend", None)
        return dataframe if old is None else old(dataframe, metadata)

    def populate_exit_trend(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
        old = getattr(self, "populate_sell_trend", None)
        return dataframe if old is None else old(dataframe, metadata)

    def version(self) -> str | None:
        return None


@dataclass
class InformativeData:
    """Declaration of one @informative decorator."""

    asset: str
    timeframe: str
    fmt: Any
    ffill: bool
    candle_type: Any


def informative(
    timeframe: str,
    asset: str = "",
    fmt: Any = None,
    *,
    candle_type: Any = None,
    ffill: bool = True,
    **others: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a method that computes indicators on other candles.

    Its columns are merged into the strategy's table.
    """

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        found = [
            *getattr(function, "_ft_informative", ()),
            InformativeData(asset, timeframe, fmt, ffill, candle_type),
        ]
        function._ft_informative = found  # type: ignore[attr-defined]
        return function

    return mark


def stoploss_from_open(
    open_relative_stop: float, current_profit: float, is_short: bool = False, leverage: float = 1.0
) -> float:
    """Return the stop as a fraction below the current price, from a fraction of the entry price.

    Returns 0 if the stop is above the current price.
    """
    if current_profit == -1:
        return 1.0
    return float(
        max(1 - (1 + open_relative_stop / leverage) / (1 + current_profit / leverage), 0.0) * leverage
    )


def stoploss_from_absolute(
    stop_rate: float, current_rate: float, is_short: bool = False, leverage: float = 1.0
) -> float:
    """Return the stop as a fraction below the current price, from its price; 0 if above."""
    if current_rate == 0:
        return 1.0
    return float(max(min(1 - stop_rate / current_rate, 1.0), 0.0) * leverage)
