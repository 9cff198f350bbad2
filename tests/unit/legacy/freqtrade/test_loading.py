"""What a freqtrade strategy is loaded with, and what it is refused for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest

from argosy.errors import ConfigError
from argosy.legacy import strategies
from argosy.legacy.freqtrade.features import refuse_what_is_not_offered
from argosy.legacy.freqtrade.names.strategy import (
    BooleanParameter,
    CategoricalParameter,
    DecimalParameter,
    IntParameter,
    IStrategy,
)
from argosy.legacy.freqtrade.options import options_of, take_over
from argosy.legacy.freqtrade.parameters import load_parameters
from argosy.legacy.node import PollParams
from argosy.legacy.signals import SignalStrategy, prepare

CONFIG = {"pair": "BTC/USDT", "stake_amount": 50.0}


class Plain(IStrategy):
    """Buys when the close crosses its mean."""

    timeframe = "5m"
    stoploss = -0.1
    minimal_roi = {"0": 0.02, "30": 0.01}

    def populate_indicators(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
        dataframe["mean"] = dataframe["close"].rolling(5).mean()
        return dataframe

    def populate_entry_trend(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
        dataframe.loc[dataframe["close"] > dataframe["mean"], "enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
        dataframe.loc[dataframe["close"] < dataframe["mean"], "exit_long"] = 1
        return dataframe


class Tuned(Plain):
    buy_params = {"buy_length": 12, "fast": 3, "buy_fixed": 9}
    sell_params = {"sell_on": False, "sell_part": 0.25}

    buy_length = IntParameter(5, 30, default=20)
    fast = IntParameter([2, 9], default=5, space="buy")
    buy_fixed = IntParameter(1, 10, default=4, load=False)
    buy_word = CategoricalParameter(["a", "b"], default="b")
    sell_on = BooleanParameter(default=True)
    sell_part = DecimalParameter(0.1, 0.9, default=0.5, decimals=2)


def values(strategy: Any) -> dict[str, Any]:
    names = ("buy_length", "fast", "buy_fixed", "buy_word", "sell_on", "sell_part")
    return {name: getattr(strategy, name).value for name in names}


def test_parameters_take_the_values_of_the_tables() -> None:
    strategy = Tuned(CONFIG)
    load_parameters(strategy)
    assert values(strategy) == {
        "buy_length": 12,
        "fast": 3,
        "buy_fixed": 4,
        "buy_word": "b",
        "sell_on": False,
        "sell_part": 0.25,
    }
    assert list(strategy.buy_length.range) == [12]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module of its own for the class `Tuned`; its JSON file goes to the path given."""
    made = ModuleType("tuned_strategy")
    made.__file__ = str(tmp_path / "tuned_strategy.py")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    monkeypatch.setattr(Tuned, "__module__", made.__name__)
    yield tmp_path / "tuned_strategy.json"


def test_the_file_beside_the_strategy_wins(module: Path) -> None:
    params = {
        "buy": {"buy_length": 7},
        "roi": {"0": 0.5},
        "stoploss": {"stoploss": -0.3},
        "trailing": {"trailing_stop": True, "trailing_stop_positive": 0.01},
    }
    module.write_bytes(orjson.dumps({"strategy_name": "Tuned", "params": params}))
    strategy = Tuned(CONFIG)
    load_parameters(strategy)
    assert (strategy.buy_length.value, strategy.fast.value) == (7, 3)
    options = options_of(strategy, CONFIG)
    assert (options.minimal_roi, options.stoploss, options.trailing_stop) == (((0, 0.5),), -0.3, True)
    assert options.trailing_stop_positive == 0.01


@pytest.mark.parametrize("content", [b'{"strategy_name": "Other", "params": {}}', b"{", b"[]"])
def test_a_file_of_another_strategy_is_refused(module: Path, content: bytes) -> None:
    module.write_bytes(content)
    with pytest.raises(ConfigError, match="parameter file"):
        load_parameters(Tuned(CONFIG))


def test_a_parameter_without_a_space_is_refused() -> None:
    class Lost(Plain):
        length = IntParameter(1, 9, default=3)

    with pytest.raises(ConfigError, match="'length'"):
        load_parameters(Lost(CONFIG))


def test_the_config_overrides_the_strategy_and_old_names_count() -> None:
    class Old(Plain):
        sell_profit_only = True
        sell_profit_offset = 0.01
        use_sell_signal = False
        ignore_roi_if_buy_signal = True

    strategy = Old(CONFIG)
    config = {**CONFIG, "timeframe": "1h", "minimal_roi": {"0": 1}, "fee": 0.002}
    take_over(strategy, config)
    options = options_of(strategy, config)
    assert (options.exit_profit_only, options.exit_profit_offset) == (True, 0.01)
    assert (options.use_exit_signal, options.ignore_roi_if_entry_signal) == (False, True)
    assert (options.timeframe, options.minimal_roi, options.fee) == ("1h", ((0, 1.0),), 0.002)


@pytest.mark.parametrize("declared", [{"timeframe": None}, {"timeframe": None, "ticker_interval": "5m"}])
def test_a_strategy_without_a_timeframe_is_refused(declared: dict[str, Any]) -> None:
    strategy = type("Timeless", (Plain,), declared)(CONFIG)
    with pytest.raises(ConfigError, match="timeframe"):
        prepare(strategy, CONFIG)
    prepare(strategy, {**CONFIG, "timeframe": "5m"})


def _method(self: Any, **values: Any) -> None: ...


def _locking(self: Any, pair: str, **values: Any) -> None:
    self.lock_pair(pair, until=values["current_time"])


def _counting(self: Any, trade: Any, **values: Any) -> Any:
    return trade.nr_of_successful_entries > 2 or trade.orders[-1]


def _asking_the_mode(self: Any, dataframe: Any, metadata: dict[str, Any]) -> Any:
    return None if self.dp.runmode.value == "other" else dataframe


def _dying(self: Any, dataframe: Any, metadata: dict[str, Any]) -> Any:
    return dataframe["absent"]


def _silent(self: Any, dataframe: Any, metadata: dict[str, Any]) -> None: ...


def _shorter(self: Any, dataframe: Any, metadata: dict[str, Any]) -> Any:
    return dataframe.dropna().iloc[5:]


def _next_close(self: Any, dataframe: Any, metadata: dict[str, Any]) -> Any:
    dataframe.loc[dataframe["close"].shift(-1) > dataframe["close"], "enter_long"] = 1
    return dataframe


def _of_the_whole(self: Any, dataframe: Any, metadata: dict[str, Any]) -> Any:
    dataframe.loc[dataframe["close"] < dataframe["close"].mean(), "enter_long"] = 1
    return dataframe


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"can_short": True}, "can_short"),
    ({"position_adjustment_enable": True}, "position_adjustment_enable"),
    ({"order_types": {"entry": "market", "stoploss_on_exchange": True}}, "stoploss_on_exchange"),
    ({"order_time_in_force": {"entry": "FOK"}}, "order_time_in_force entry = FOK"),
    ({"order_time_in_force": {"entry": "GTC", "exit": "PO"}}, "order_time_in_force exit = PO"),
    ({"protections": [{"method": "CooldownPeriod"}]}, "protections"),
    ({"protections": property(lambda self: [{"method": "CooldownPeriod"}])}, "protections"),
    ({"max_open_trades": 0}, "max_open_trades"),
    ({"startup_candle_count": 1500}, "startup_candle_count"),
    ({"custom_entry_price": _method}, "custom_entry_price"),
    ({"custom_exit_price": _method}, "custom_exit_price"),
    ({"adjust_entry_price": _method}, "adjust_entry_price"),
    ({"order_filled": _method}, "order_filled"),
    ({"bot_loop_start": _locking}, "lock_pair"),
    ({"custom_exit": _counting}, "trade.orders"),
    ({"populate_entry_trend": _asking_the_mode}, '"runmode": "backtest"'),
    ({"populate_indicators": _dying}, "'absent'"),
    ({"populate_entry_trend": _silent}, "does not return"),
    ({"populate_indicators": _shorter}, "does not return"),
    ({"populate_entry_trend": _next_close}, "enter_long changed"),
    ({"populate_entry_trend": _of_the_whole}, "enter_long changed"),
]


@pytest.mark.parametrize(("declared", "named"), REFUSED)
def test_what_would_trade_otherwise_is_refused_when_it_is_loaded(
    declared: dict[str, Any], named: str
) -> None:
    strategy = type("Asking", (Plain,), declared)(CONFIG)
    with pytest.raises(ConfigError) as refused:
        SignalStrategy(strategy, None, CONFIG)
    assert named in str(refused.value)
    assert refused.value.remedy


def test_everything_that_is_not_offered_is_named_at_once() -> None:
    strategy = type("Greedy", (Plain,), {"can_short": True, "order_filled": _method})
    with pytest.raises(ConfigError, match=r"can_short.*order_filled"):
        refuse_what_is_not_offered(strategy)


def test_the_base_class_asks_for_nothing() -> None:
    refuse_what_is_not_offered(Plain(CONFIG))
    modes = type("Modes", (Plain,), {"populate_entry_trend": _asking_the_mode})
    prepare(modes(CONFIG), {**CONFIG, "runmode": "live"})


def test_the_workflow_is_refused_and_not_each_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategies, "_registered", {})
    with pytest.raises(ConfigError, match="can_short"):
        strategies.register("short", type("Short", (Plain,), {"can_short": True}))
    strategies.register("ahead", type("Ahead", (Plain,), {"populate_entry_trend": _next_close}))
    strategies.register("plain", Plain)
    with pytest.raises(ValueError, match="enter_long changed"):
        PollParams(strategy="ahead", config=CONFIG)
    with pytest.raises(ValueError, match="stake_amount"):
        PollParams(strategy="plain", config={"pair": "BTC/USDT"})
    PollParams(strategy="plain", config=CONFIG)
    PollParams(strategy="on the workers only", config=CONFIG)
