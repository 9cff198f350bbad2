"""Candles of other timeframes and pairs: @informative and merge_informative_pair."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from argosy.domains.trading.candle import length_ms
from argosy.errors import ConfigError
from argosy.legacy.freqtrade.callbacks import is_base
from argosy.legacy.freqtrade.data import DataProvider
from argosy.legacy.freqtrade.pandas_ import pandas


def merge_informative_pair(
    dataframe: Any,
    informative: Any,
    timeframe: str,
    timeframe_inf: str,
    ffill: bool = True,
    append_timeframe: bool = True,
    date_column: str = "date",
    suffix: str | None = None,
) -> Any:
    """Return `dataframe` with the columns of slower candles.

    Each slower candle is known from its end on. Columns get the timeframe (or `suffix`) appended. Raises ValueError
    for faster candles.
    """
    own, other = length_ms(timeframe), length_ms(timeframe_inf)
    if other < own:
        raise ValueError(f"candles of {timeframe_inf} are faster than those of {timeframe}")
    if suffix and append_timeframe:
        raise ValueError("append_timeframe and suffix exclude each other")
    pd = pandas()
    known_from = informative[date_column] + pd.to_timedelta(other - own, unit="ms")
    ending = timeframe_inf if append_timeframe else suffix
    columns = informative.rename(columns=lambda name: f"{name}_{ending}") if ending else informative.copy()
    key = f"date_merge_{ending}" if ending else "date_merge"
    columns[key] = known_from
    if ffill:
        merged = pd.merge_ordered(
            dataframe, columns, fill_method="ffill", left_on="date", right_on=key, how="left"
        )
    else:
        merged = dataframe.merge(columns, left_on="date", right_on=key, how="left")
    return merged.drop(columns=key)


def informatives(strategy: Any) -> Iterator[tuple[Any, Callable[..., Any]]]:
    """Yield each @informative declaration with its function, in attribute order."""
    for name in dir(type(strategy)):
        function = getattr(type(strategy), name, None)
        for declared in getattr(function, "_ft_informative", None) or ():
            if callable(function):
                yield declared, function


def add_informatives(strategy: Any, table: Any, pair: str, data: DataProvider) -> Any:
    """Return `table` with the columns of every @informative method.

    Raises ConfigError for two columns of one name.
    """
    own = str(strategy.timeframe)
    for declared, function in informatives(strategy):
        asset = _asset(declared.asset, pair)
        name = _namer(declared.fmt, declared.asset, asset, declared.timeframe)
        candles = data.get_pair_dataframe(asset, declared.timeframe, str(declared.candle_type or ""))
        found = function(strategy, candles, {"pair": asset, "timeframe": declared.timeframe})
        found = found.rename(columns=name)
        date = name("date")
        if date in table.columns:
            raise ConfigError(
                f"{type(strategy).__name__}: two @informative methods make the column {date!r}",
                remedy="give one of them a `fmt` of its own",
            )
        table = merge_informative_pair(
            table,
            found,
            own,
            declared.timeframe,
            ffill=getattr(declared, "ffill", True),
            append_timeframe=False,
            date_column=date,
        )
    return table


def _asset(declared: str | None, pair: str) -> str:
    base, _, quote = pair.partition("/")
    if not declared:
        return pair
    return declared.format(
        stake=quote,
        stake_currency=quote,
        base=base.lower(),
        BASE=base.upper(),
        quote=quote.lower(),
        QUOTE=quote.upper(),
    ).upper()


def _namer(fmt: Any, declared: str | None, asset: str, timeframe: str) -> Callable[[str], str]:
    base, _, quote = asset.partition("/")
    if not fmt:
        fmt = "{base}_{quote}_{column}_{timeframe}" if declared else "{column}_{timeframe}"
    make = fmt if callable(fmt) else fmt.format
    words = {
        "base": base.lower(),
        "BASE": base.upper(),
        "quote": quote.lower(),
        "QUOTE": quote.upper(),
        "asset": asset,
        "timeframe": timeframe,
    }
    return lambda column: str(make(column=column, **words))


def has_informatives(strategy: Any) -> bool:
    return not is_base(type(strategy)) and next(informatives(strategy), None) is not None
