"""Small strategies, each with features of freqtrade that must not be left out. They need pandas only."""

import freqtrade.vendor.qtpylib.indicators as qtpylib
from freqtrade.strategy import (
    BooleanParameter,
    DecimalParameter,
    IntParameter,
    IStrategy,
    informative,
    merge_informative_pair,
    stoploss_from_open,
)


class Crossing(IStrategy):
    """Signals alone: in when a fast mean crosses a slow one, out when it crosses back."""

    INTERFACE_VERSION = 3
    timeframe = "5m"
    stoploss = -0.5
    minimal_roi = {"0": 10}
    fast, slow = 5, 20

    def populate_indicators(self, dataframe, metadata):
        dataframe["fast"] = dataframe["close"].rolling(self.fast).mean()
        dataframe["slow"] = dataframe["close"].rolling(self.slow).mean()
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe.loc[
            qtpylib.crossed_above(dataframe["fast"], dataframe["slow"]), ["enter_long", "enter_tag"]
        ] = (1, "up")
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        dataframe.loc[qtpylib.crossed_below(dataframe["fast"], dataframe["slow"]), "exit_long"] = 1
        return dataframe


class Returns(Crossing):
    minimal_roi = {"0": 0.02, "15": 0.012, "40": 0.006, "90": 0.001}
    stoploss = -0.01


class ReturnsIgnored(Returns):
    ignore_roi_if_entry_signal = True

    def populate_entry_trend(self, dataframe, metadata):
        dataframe.loc[dataframe["fast"] > dataframe["slow"], "enter_long"] = 1
        return dataframe


class Trailing(Crossing):
    stoploss = -0.02
    trailing_stop = True
    trailing_stop_positive = 0.004
    trailing_stop_positive_offset = 0.01
    trailing_only_offset_is_reached = True


class TrailingAlways(Crossing):
    stoploss = -0.008
    trailing_stop = True


class Profitable(Crossing):
    exit_profit_only = True
    exit_profit_offset = 0.002
    stoploss = -0.03


class OldNames(Crossing):
    sell_profit_only = True
    use_sell_signal = True
    ignore_roi_if_buy_signal = True
    stoploss = -0.03
    minimal_roi = {"0": 0.01}


class BothMarks(Crossing):
    """Every second crossing is marked both ways."""

    def populate_exit_trend(self, dataframe, metadata):
        dataframe.loc[dataframe["close"] < dataframe["open"], "exit_long"] = 1
        return dataframe


class Tuned(Crossing):
    buy_params = {"buy_fast": 8, "buy_edge": 0.001}
    sell_params = {"sell_slow": 13, "sell_on": True}
    buy_fast = IntParameter(2, 12, default=3)
    buy_edge = DecimalParameter(0, 0.01, default=0.009, decimals=4)
    sell_slow = IntParameter(8, 40, default=34)
    sell_on = BooleanParameter(default=False)

    def populate_indicators(self, dataframe, metadata):
        dataframe["fast"] = dataframe["close"].rolling(self.buy_fast.value).mean()
        dataframe["slow"] = dataframe["close"].rolling(self.sell_slow.value).mean()
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe.loc[dataframe["fast"] > dataframe["slow"] * (1 + self.buy_edge.value), "enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        dataframe.loc[(dataframe["fast"] < dataframe["slow"]) & self.sell_on.value, "exit_long"] = 1
        return dataframe


class CustomExit(Crossing):
    def populate_exit_trend(self, dataframe, metadata):
        return dataframe

    def custom_exit(self, pair, trade, current_time, current_rate, current_profit, **kwargs):
        table, _ = self.dp.get_analyzed_dataframe(pair, self.timeframe)
        if table["close"].iloc[-1] < table["slow"].iloc[-1] and current_profit > -0.005:
            return "under the slow mean"
        return (current_time - trade.open_date_utc).total_seconds() > 7200


class CustomStop(Crossing):
    use_custom_stoploss = True
    stoploss = -0.02

    def custom_stoploss(self, pair, trade, current_time, current_rate, current_profit, **kwargs):
        if current_profit > 0.006:
            return stoploss_from_open(0.002, current_profit)
        return -0.01


class Confirmed(Returns):
    def confirm_trade_entry(
        self, pair, order_type, amount, rate, time_in_force, current_time, entry_tag, side, **kwargs
    ):
        return current_time.hour % 3 != 0

    def confirm_trade_exit(
        self, pair, trade, order_type, amount, rate, time_in_force, exit_reason, current_time, **kwargs
    ):
        return exit_reason != "roi" or (current_time - trade.open_date_utc).total_seconds() >= 1800

    def custom_stake_amount(
        self, pair, current_time, current_rate, proposed_stake, min_stake, max_stake, **kwargs
    ):
        return 0 if current_time.hour == 7 else proposed_stake / 2


class Hourly(Crossing):
    @informative("1h")
    def populate_indicators_1h(self, dataframe, metadata):
        dataframe["mean"] = dataframe["close"].rolling(6).mean()
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe.loc[
            (dataframe["fast"] > dataframe["slow"]) & (dataframe["close"] > dataframe["mean_1h"]),
            "enter_long",
        ] = 1
        return dataframe


class Merged(Hourly):
    populate_indicators_1h = None

    def informative_pairs(self):
        return [(pair, "1h") for pair in self.dp.current_whitelist()]

    def populate_indicators(self, dataframe, metadata):
        dataframe = super().populate_indicators(dataframe, metadata)
        hourly = self.dp.get_pair_dataframe(metadata["pair"], "1h")
        hourly["mean"] = hourly["close"].rolling(6).mean()
        return merge_informative_pair(dataframe, hourly, self.timeframe, "1h", ffill=True)


class OldMethods(IStrategy):
    INTERFACE_VERSION = 2
    timeframe = "15m"
    stoploss = -0.02
    minimal_roi = {"0": 0.01}
    startup_candle_count = 30

    def populate_indicators(self, dataframe, metadata):
        bands = qtpylib.bollinger_bands(qtpylib.typical_price(dataframe), window=20, stds=2)
        dataframe["lower"], dataframe["middle"] = bands["lower"], bands["mid"]
        return dataframe

    def populate_buy_trend(self, dataframe, metadata):
        dataframe.loc[dataframe["close"] < dataframe["lower"], "buy"] = 1
        return dataframe

    def populate_sell_trend(self, dataframe, metadata):
        dataframe.loc[dataframe["close"] > dataframe["middle"], "sell"] = 1
        return dataframe
