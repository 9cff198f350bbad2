"""Imports of freqtrade in strategy files, and candles of other timeframes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from argosy.errors import ConfigError
from argosy.legacy.freqtrade.data import DataProvider
from argosy.legacy.freqtrade.imports import FreqtradeNames, offer_names
from argosy.legacy.freqtrade.informative import add_informatives, merge_informative_pair
from argosy.legacy.freqtrade.names.strategy import (
    IStrategy,
    informative,
    stoploss_from_absolute,
    stoploss_from_open,
)
from argosy.legacy.freqtrade.table import frame

MINUTE = 60_000


@pytest.fixture
def names() -> Iterator[None]:
    offer_names()
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "freqtrade"]:
        del sys.modules[name]


SOURCE = """
import freqtrade.vendor.qtpylib.indicators as qtpylib
from freqtrade.exchange import timeframe_to_minutes, timeframe_to_prev_date
from freqtrade.persistence import Trade
from freqtrade.strategy import (BooleanParameter, CategoricalParameter, DecimalParameter, IntParameter, IStrategy,
                                RealParameter, informative, merge_informative_pair, stoploss_from_open)
from freqtrade.strategy.interface import IStrategy as Same
from freqtrade import data
from freqtrade.enums import RunMode
"""


@pytest.mark.usefixtures("names")
def test_the_usual_imports_work_without_freqtrade() -> None:
    found: dict[str, Any] = {}
    exec(SOURCE, found)
    assert found["Same"] is found["IStrategy"] is IStrategy
    assert found["timeframe_to_minutes"]("1h") == 60
    at = datetime(2026, 1, 1, 10, 47, tzinfo=UTC)
    assert found["timeframe_to_prev_date"]("15m", at) == datetime(2026, 1, 1, 10, 45, tzinfo=UTC)


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(
    "line", ["from freqtrade.strategy import Nothing", "from freqtrade.configuration import x"]
)
def test_other_imports_fail_in_words(line: str) -> None:
    with pytest.raises(ImportError):
        exec(line, {})
    with pytest.raises(ImportError, match="install"):
        importlib.import_module("freqtrade.strategy").Nothing  # noqa: B018


def test_a_freqtrade_that_is_installed_is_found_first() -> None:
    offer_names()
    offer_names()
    assert sum(isinstance(finder, FreqtradeNames) for finder in sys.meta_path) == 1
    assert isinstance(sys.meta_path[-1], FreqtradeNames)


@pytest.mark.usefixtures("names")
def test_indicators() -> None:
    lib = importlib.import_module("freqtrade.vendor.qtpylib.indicators")
    series = pd.Series([1.0, 2.0, 3.0, 2.0, 1.0])
    assert list(lib.crossed_above(series, 2)) == [False, False, True, False, False]
    assert list(lib.crossed_below(series, pd.Series([2.0] * 5))) == [False, False, False, False, True]
    bars = pd.DataFrame({"open": [1.0, 2.0], "high": [3.0, 4.0], "low": [0.5, 1.5], "close": [2.0, 3.0]})
    averaged = lib.heikinashi(bars)
    assert list(averaged["open"]) == [1.5, (1.5 + 6.5 / 4) / 2]
    assert list(averaged["high"]) == [3.0, 4.0]
    assert list(lib.typical_price(bars)) == [5.5 / 3, 8.5 / 3]
    bands = lib.bollinger_bands(series, window=2, stds=1)
    assert bands["mid"].iloc[-1] == 1.5
    assert bands["upper"].iloc[-1] == pytest.approx(1.5 + 0.5**0.5)


def table(count: int, minutes: int) -> pd.DataFrame:
    rows = [[i * minutes * MINUTE, 1.0, 1.0, 1.0, float(i), 1.0] for i in range(count)]
    found: pd.DataFrame = frame(rows)
    return found


def test_a_slow_candle_is_known_at_its_end() -> None:
    merged = merge_informative_pair(table(30, 5), table(2, 60), "5m", "1h")
    known = [None if pd.isna(value) else value for value in merged["close_1h"]]
    assert known == [None] * 11 + [0.0] * 12 + [1.0] * 7
    with pytest.raises(ValueError, match="faster"):
        merge_informative_pair(table(3, 60), table(3, 5), "1h", "5m")


class Hourly(IStrategy):
    timeframe = "5m"

    @informative("1h")
    @informative("1h", "ETH/{stake}", "{BASE}_{column}")
    def populate_indicators_1h(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
        dataframe["twice"] = dataframe["close"] * 2
        return dataframe


def test_informative_methods_add_columns_of_other_pairs_and_lengths() -> None:
    asked = []

    def candles(pair: str, timeframe: str) -> Any:
        asked.append((pair, timeframe))
        return table(3, 60)

    data = DataProvider("BTC/USDT", "5m", candles)
    found = add_informatives(Hourly({}), table(24, 5), "BTC/USDT", data)
    assert found[["twice_1h", "ETH_twice"]].iloc[-1].tolist() == [2.0, 2.0]
    assert sorted(asked) == [("BTC/USDT", "1h"), ("ETH/USDT", "1h")]
    data.get_pair_dataframe("BTC/USDT", "1h")
    assert len(asked) == 2
    data.forget()  # the next poll
    data.get_pair_dataframe("BTC/USDT", "1h")
    assert len(asked) == 3


def test_two_informative_methods_of_one_name_are_refused() -> None:
    class Twice(Hourly):
        @informative("1h")
        def populate_other(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
            return dataframe

    data = DataProvider("BTC/USDT", "5m", lambda *_: table(3, 60))
    with pytest.raises(ConfigError, match="date_1h"):
        add_informatives(Twice({}), table(24, 5), "BTC/USDT", data)


def test_stops_relative_to_the_price_of_now() -> None:
    assert stoploss_from_open(0.02, 0.10) == pytest.approx(1 - 1.02 / 1.10)
    assert (stoploss_from_open(0.2, 0.1), stoploss_from_open(0.2, -1)) == (0, 1)
    assert stoploss_from_absolute(90, 100) == pytest.approx(0.1)
    assert (stoploss_from_absolute(110, 100), stoploss_from_absolute(1, 0)) == (0, 1)
