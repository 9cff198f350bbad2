"""Strategies that mark entries and exits on candles."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from argosy.domains.trading.legacy import signals
from argosy.domains.trading.legacy.record import Record
from argosy.domains.trading.legacy.signals import SignalStrategy, frame, gives_signals, last
from argosy.errors import ConfigError, InvalidInput

MINUTE = 60_000


class Candles:
    """A provider with candles of a minute that closes at the given prices, and orders that fill at once."""

    def __init__(self, *closes: float) -> None:
        self.closes = list(closes)
        self.orders: list[tuple[str, float]] = []

    def now_ms(self) -> int:
        """Half a minute into the bar after the last closed one, which is forming."""
        return len(self.closes) * MINUTE + MINUTE // 2

    def fetch_ohlcv(self, symbol: str, timeframe: str, limit: int) -> list[list[float]]:
        assert (symbol, timeframe) == ("BTC/USDT", "1m")
        rows = [[i * MINUTE, c, c, c, c, 1.0] for i, c in enumerate(self.closes)]
        return [*rows, [len(rows) * MINUTE, 0.5, 0.5, 0.5, 0.5, 1.0]][-limit:]

    def place_order(self, pair: str, side: str, amount: float, *, order_type: str) -> Record:
        self.orders.append((side, amount))
        return Record(filled=amount, average=self.closes[-1])


class OnDataframes:
    """As written for freqtrade: buys above the mean of three, sells below it."""

    timeframe = "1m"
    stoploss = -0.10
    minimal_roi = {"60": 0.01, "0": 0.5}

    def populate_indicators(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
        dataframe["mean"] = dataframe["close"].rolling(3).mean()
        return dataframe

    def populate_entry_trend(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
        dataframe.loc[dataframe["close"] > dataframe["mean"], "enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
        dataframe.loc[dataframe["close"] < dataframe["mean"], "exit_long"] = 1
        return dataframe


class OnLists:
    """The same on plain columns, with the older names."""

    timeframe = "1m"

    def populate_indicators(self, columns: Any, metadata: dict[str, Any]) -> Any:
        closes = columns["close"]
        columns["mean"] = [sum(closes[max(0, i - 2) : i + 1]) / min(i + 1, 3) for i in range(len(closes))]
        return columns

    def populate_buy_trend(self, columns: Any, metadata: dict[str, Any]) -> Any:
        columns["buy"] = [c > m for c, m in zip(columns["close"], columns["mean"], strict=True)]
        return columns

    def populate_sell_trend(self, columns: Any, metadata: dict[str, Any]) -> Any:
        columns["sell"] = [c < m for c, m in zip(columns["close"], columns["mean"], strict=True)]
        return columns


CONFIG = {"pair": "BTC/USDT", "stake_amount": 50.0}


def round_of(strategy: SignalStrategy) -> str | None:
    found = strategy.find_opportunity()
    if found is None:
        return None
    assert strategy.should_execute(found)
    strategy.execute(found)
    return str(found["metadata"]["reason"])


@pytest.fixture(params=[OnDataframes, OnLists])
def strategy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param is OnLists:  # as on a machine without pandas
        monkeypatch.setattr(signals, "find_spec", lambda name: None)
    return request.param()


def test_in_and_out(strategy: Any) -> None:
    assert gives_signals(strategy)
    provider = Candles(100.0, 100.0, 100.0)
    bot = SignalStrategy(strategy, provider, CONFIG)
    assert round_of(bot) is None
    provider.closes.append(103.0)
    assert round_of(bot) == "entry signal"
    assert provider.orders == [("buy", 50 / 103)]
    assert round_of(bot) is None
    provider.closes += [104.0, 99.0]
    assert round_of(bot) == "exit signal"
    assert provider.orders[1] == ("sell", 50 / 103)
    assert bot.amount == 0.0


def test_one_entry_a_candle() -> None:
    provider = Candles(100.0, 100.0, 103.0)
    bot = SignalStrategy(OnDataframes(), provider, CONFIG)
    assert round_of(bot) == "entry signal"
    bot.amount = 0.0
    assert round_of(bot) is None
    provider.closes.append(104.0)
    assert round_of(bot) == "entry signal"


@pytest.mark.parametrize(
    ("close", "minutes", "reason"),
    [
        (90.0, 1, "stop loss"),
        (90.01, 1, None),
        (150.0, 1, "minimal return"),
        (149.99, 1, None),
        (101.0, 60, "minimal return"),
        (100.99, 60, None),
    ],
)
def test_stop_loss_and_minimal_return(close: float, minutes: int, reason: str | None) -> None:
    class Silent(OnDataframes):
        def populate_exit_trend(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
            return dataframe

    provider = Candles(100.0, close)
    bot = SignalStrategy(Silent(), provider, CONFIG)
    bot.amount, bot.entry_price = 1.0, 100.0
    bot.entered_ms = provider.now_ms() - minutes * MINUTE
    assert round_of(bot) == reason


def test_no_candles_no_signal() -> None:
    assert SignalStrategy(OnDataframes(), Candles(), CONFIG).find_opportunity() is None


@pytest.mark.parametrize("config", [{}, {"pair": "BTC/USDT"}, {"pair": "BTC/USDT", "stake_amount": 0}])
def test_a_config_is_needed(config: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        SignalStrategy(OnDataframes(), Candles(), config)


def test_lengths() -> None:
    assert signals._length_ms("5m") == 300_000
    assert signals._length_ms("1h") == 3_600_000
    for wrong in ("m", "5x", "", "five"):
        with pytest.raises(InvalidInput):
            signals._length_ms(wrong)


def test_marks() -> None:
    table = pd.DataFrame({"enter_long": [1.0, float("nan")], "buy": [0, 0]})
    assert not last(table, "enter_long", "buy")
    assert last(pd.DataFrame({"buy": [0, 1]}), "enter_long", "buy")
    assert not last({"buy": []}, "buy")
    assert last({"buy": [None, True]}, "buy")


def test_frames() -> None:
    table = frame([[MINUTE, 1.0, 2.0, 0.5, 1.5, 9.0]])
    assert isinstance(table, pd.DataFrame)
    assert table["date"].iloc[0].isoformat() == "1970-01-01T00:01:00+00:00"
    assert list(table.columns) == ["date", "open", "high", "low", "close", "volume"]
