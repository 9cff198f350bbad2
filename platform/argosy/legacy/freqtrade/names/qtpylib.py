"""`freqtrade.vendor.qtpylib.indicators`: the most used indicators.

Others come from `technical`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from argosy.legacy.freqtrade.pandas_ import pandas


def crossed(series1: Any, series2: Any, direction: str | None = None) -> Any:
    """Mark rows where the first series crosses the second: `above`, `below`, or both."""
    first, second = _series(series1, None), _series(series2, series1)
    before, other = first.shift(1), second.shift(1)
    above = (first > second) & (before <= other)
    below = (first < second) & (before >= other)
    if direction is None:
        return above | below
    return above if direction == "above" else below


def crossed_above(series1: Any, series2: Any) -> Any:
    return crossed(series1, series2, "above")


def crossed_below(series1: Any, series2: Any) -> Any:
    return crossed(series1, series2, "below")


def rolling_mean(series: Any, window: int = 200, min_periods: int | None = None) -> Any:
    return _rolling(series, window, min_periods).mean()


def rolling_std(series: Any, window: int = 200, min_periods: int | None = None) -> Any:
    return _rolling(series, window, min_periods).std()


def rolling_min(series: Any, window: int = 14, min_periods: int | None = None) -> Any:
    return _rolling(series, window, min_periods).min()


def rolling_max(series: Any, window: int = 14, min_periods: int | None = None) -> Any:
    return _rolling(series, window, min_periods).max()


def sma(series: Any, window: int = 200, min_periods: int | None = None) -> Any:
    return rolling_mean(series, window, min_periods)


def bollinger_bands(series: Any, window: int = 20, stds: float = 2) -> Any:
    """Return the columns upper, mid and lower."""
    middle, width = rolling_mean(series, window, 1), rolling_std(series, window, 1) * stds
    columns = {"upper": middle + width, "mid": middle, "lower": middle - width}
    return pandas().DataFrame(columns, index=series.index)


def typical_price(bars: Any) -> Any:
    return (bars["high"] + bars["low"] + bars["close"]) / 3.0


def mid_price(bars: Any) -> Any:
    return (bars["high"] + bars["low"]) / 2.0


def true_range(bars: Any) -> Any:
    before = bars["close"].shift(1)
    spans = {
        "within": bars["high"] - bars["low"],
        "up": (bars["high"] - before).abs(),
        "down": (bars["low"] - before).abs(),
    }
    return pandas().DataFrame(spans).max(axis=1)


def awesome_oscillator(df: Any, weighted: bool = False, fast: int = 5, slow: int = 34) -> Any:
    middle = mid_price(df)
    if weighted:
        return middle.ewm(fast).mean() - middle.ewm(slow).mean()
    return middle.rolling(fast).mean() - middle.rolling(slow).mean()


def heikinashi(bars: Any) -> Any:
    """Return averaged candles: each opens in the middle of the one before it."""
    close = (bars["open"] + bars["high"] + bars["low"] + bars["close"]) / 4
    opened = [(bars["open"].iloc[0] + bars["close"].iloc[0]) / 2] if len(bars) else []
    for value in close.iloc[:-1]:
        opened.append((opened[-1] + value) / 2)
    made = pandas().DataFrame({"open": opened, "close": close.to_numpy()}, index=bars.index)
    made["high"] = made[["open", "close"]].assign(own=bars["high"]).max(axis=1)
    made["low"] = made[["open", "close"]].assign(own=bars["low"]).min(axis=1)
    return made[["open", "high", "low", "close"]]


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    if find_spec("technical") is not None:
        return getattr(import_module("technical.qtpylib"), name)
    raise ImportError(
        f"qtpylib.{name} is not offered here: the strategy cannot be loaded; install `technical` beside Argosy"
    )


def _rolling(series: Any, window: int, min_periods: int | None) -> Any:
    return _series(series, None).rolling(
        window=window, min_periods=window if min_periods is None else min_periods
    )


def _series(value: Any, like: Any) -> Any:
    """Return numbers and arrays as a series, on the index of `like`."""
    series = pandas().Series
    if isinstance(value, series):
        return value
    if like is None or hasattr(value, "__len__"):
        return series(value, index=getattr(like, "index", None))
    return series(value, index=like.index if isinstance(like, series) else range(len(like)))
