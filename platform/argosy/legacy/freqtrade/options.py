"""Options of a freqtrade strategy.

The bot's config comes first, then the strategy, then freqtrade's defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from argosy.errors import ConfigError

DEFAULT_FEE = 0.001
"""Taker fee of most exchanges, as a fraction.

Used if neither the config nor the entry order has a fee.
"""
_OLD_NAMES: Mapping[str, str] = {
    "sell_profit_only": "exit_profit_only",
    "sell_profit_offset": "exit_profit_offset",
    "use_sell_signal": "use_exit_signal",
    "ignore_roi_if_buy_signal": "ignore_roi_if_entry_signal",
}
_FROM_CONFIG = (
    "minimal_roi",
    "timeframe",
    "stoploss",
    "trailing_stop",
    "trailing_stop_positive",
    "trailing_stop_positive_offset",
    "trailing_only_offset_is_reached",
    "use_custom_stoploss",
    "process_only_new_candles",
    "order_types",
    "order_time_in_force",
    "startup_candle_count",
    "use_exit_signal",
    "exit_profit_only",
    "ignore_roi_if_entry_signal",
    "exit_profit_offset",
    "ignore_buying_expired_candle_after",
    "position_adjustment_enable",
    "max_open_trades",
)


@dataclass(frozen=True, slots=True)
class Options:
    """Options. `minimal_roi` is sorted by minutes since the entry.

    `fee` is None if the config has none.
    """

    timeframe: str
    minimal_roi: tuple[tuple[int, float], ...]
    stoploss: float | None
    trailing_stop: bool
    trailing_stop_positive: float | None
    trailing_offset: float
    trailing_waits_for_offset: bool
    use_custom_stoploss: bool
    use_custom_roi: bool
    use_exit_signal: bool
    exit_profit_only: bool
    exit_profit_offset: float
    ignore_roi_if_entry_signal: bool
    expires_after_s: float
    startup_candles: int
    fee: float | None
    runmode: str | None


def take_over(strategy: Any, config: Mapping[str, Any]) -> None:
    """Rename old attributes, and apply the values that freqtrade's config overrides."""
    for old, new in _OLD_NAMES.items():
        if hasattr(strategy, old):
            setattr(strategy, new, getattr(strategy, old))
    for name in _FROM_CONFIG:
        if name in config and not isinstance(getattr(type(strategy), name, None), property):
            setattr(strategy, name, config[name])


def options_of(strategy: Any, config: Mapping[str, Any]) -> Options:
    """Return the options. Raises ConfigError for invalid values and for a missing timeframe."""
    name = type(strategy).__name__
    timeframe = getattr(strategy, "timeframe", None)
    if not timeframe:
        old = getattr(strategy, "ticker_interval", None)
        raise ConfigError(
            f"{name} does not say which candles it wants: nothing is run",
            expected='`timeframe` in the strategy or "timeframe" in the config',
            found="no timeframe" if old is None else f"ticker_interval = {old!r}, a name freqtrade dropped",
            remedy='name it, such as timeframe = "5m"',
        )
    try:
        return _options(strategy, config, str(timeframe))
    except (TypeError, ValueError, AttributeError) as error:
        raise ConfigError(
            f"the options of {name} cannot be read: nothing is run",
            expected="numbers, and a minimal_roi of minutes and ratios",
            found=str(error)[:200],
        ) from error


def _options(strategy: Any, config: Mapping[str, Any], timeframe: str) -> Options:
    def option(name: str, default: Any = None) -> Any:
        value = getattr(strategy, name, default)
        return default if value is None else value

    roi = {int(minutes): float(part) for minutes, part in option("minimal_roi", {}).items()}
    stop, positive = option("stoploss"), option("trailing_stop_positive")
    return Options(
        timeframe=timeframe,
        minimal_roi=tuple(sorted(roi.items())),
        stoploss=None if stop is None else -abs(float(stop)),
        trailing_stop=bool(option("trailing_stop", False)),
        trailing_stop_positive=None if positive is None else float(positive),
        trailing_offset=float(option("trailing_stop_positive_offset", 0.0)),
        trailing_waits_for_offset=bool(option("trailing_only_offset_is_reached", False)),
        use_custom_stoploss=bool(option("use_custom_stoploss", False)),
        use_custom_roi=bool(option("use_custom_roi", False)),
        use_exit_signal=bool(option("use_exit_signal", True)),
        exit_profit_only=bool(option("exit_profit_only", False)),
        exit_profit_offset=float(option("exit_profit_offset", 0.0)),
        ignore_roi_if_entry_signal=bool(option("ignore_roi_if_entry_signal", False)),
        expires_after_s=float(option("ignore_buying_expired_candle_after", 0)),
        startup_candles=int(option("startup_candle_count", 0)),
        fee=None if config.get("fee") is None else float(config["fee"]),
        runmode=None if config.get("runmode") is None else str(config["runmode"]),
    )
