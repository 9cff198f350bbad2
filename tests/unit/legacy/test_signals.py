"""Strategies that mark entries and exits on candles."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from argosy.domains.trading.candle import begin_ms, length_ms
from argosy.errors import ConfigError, InvalidInput
from argosy.legacy.calls import Calls
from argosy.legacy.freqtrade import table as tables
from argosy.legacy.freqtrade.table import Signals, Table, frame
from argosy.legacy.polling import poll
from argosy.legacy.record import Record
from argosy.legacy.signals import SignalStrategy, gives_signals

MINUTE = 60_000


class Candles:
    """A provider with candles of a minute that closes at the given prices, and orders that fill at once."""

    def __init__(self, *closes: float) -> None:
        self.closes = list(closes)
        self.orders: list[tuple[str, float]] = []
        self.bid: float | None = None
        self.book_age_s = 0.0
        self.late_ms = 0
        self.status = "closed"
        self.fees: list[Record] = []
        self.placed: dict[str, Record] = {}
        self.lows: dict[int, float] = {}
        self.asked: list[int] = []

    def now_ms(self) -> int:
        """Half a minute into the bar after the last closed one, which is forming."""
        return len(self.closes) * MINUTE + MINUTE // 2 + self.late_ms

    def get_orderbook(self, pair: str) -> Record:
        bids = [] if self.bid is None else [[self.bid, 1.0]]
        asks = [] if self.bid is None else [[self.bid + 1, 1.0]]
        return Record(bids=bids, asks=asks, timestamp=self.now_ms() / 1000 - self.book_age_s)

    def amount_to_precision(self, pair: str, amount: float) -> str:
        return f"{int(round(amount * 1e6, 3)) / 1e6:f}"

    def get_order(self, order_id: str, pair: str) -> Record:
        return self.placed[order_id]

    def fetch_ohlcv(self, symbol: str, timeframe: str, limit: int) -> list[list[float]]:
        assert (symbol, timeframe) == ("BTC/USDT", "1m")
        self.asked.append(limit)
        rows = [[i * MINUTE, c, c, self.lows.get(i, c), c, 1.0] for i, c in enumerate(self.closes)]
        return [*rows, [len(rows) * MINUTE, 0.5, 0.5, 0.5, 0.5, 1.0]][-limit:]

    def place_order(self, pair: str, side: str, amount: float, *, order_type: str) -> Record:
        self.orders.append((side, amount))
        done = self.status == "closed"
        order = Record(
            id=f"o{len(self.orders)}",
            side=side,
            status=self.status,
            filled=amount if done else 0.0,
            average=self.closes[-1] if done else None,
            fees=self.fees if done else [],
        )
        self.placed[order["id"]] = order
        return order


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
        monkeypatch.setattr(tables, "find_spec", lambda name: None)
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
    assert provider.orders[1] == ("sell", 0.485436)
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
        (150.31, 1, "minimal return"),
        (150.3, 1, None),
        (101.21, 60, "minimal return"),
        (101.2, 60, None),
    ],
)
def test_stop_loss_and_minimal_return(close: float, minutes: int, reason: str | None) -> None:
    provider = Candles(100.0, close)
    bot = holding(Silent(), provider)
    bot.entered_ms = provider.now_ms() - minutes * MINUTE
    assert round_of(bot) == reason


class Silent(OnDataframes):
    """Marks no exits."""

    def populate_exit_trend(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
        return dataframe


def holding(strategy: Any, provider: Candles, amount: float = 1.0) -> SignalStrategy:
    bot = SignalStrategy(strategy, provider, CONFIG)
    bot.amount, bot.entry_price, bot.highest, bot.entered_ms = amount, 100.0, 100.0, provider.now_ms()
    return bot


@pytest.mark.parametrize(
    ("bid", "age_s", "late_ms", "reason"),
    [
        (89.0, 0, 0, "stop loss"),
        (89.0, 0, 3_600_000, "stop loss"),
        (89.0, 60, 0, None),
        (91.0, 0, 0, None),
        (None, 0, 0, None),
    ],
)
def test_a_stop_looks_at_the_price_of_now_between_candles(
    bid: float | None, age_s: float, late_ms: int, reason: str | None
) -> None:
    provider = Candles(100.0, 100.0)
    bot = holding(Silent(), provider)
    provider.bid, provider.book_age_s, provider.late_ms = bid, age_s, late_ms
    assert round_of(bot) == reason


def test_without_a_quote_and_without_a_candle_of_late_nothing_is_sold() -> None:
    provider = Candles(100.0, 80.0)
    bot = holding(Silent(), provider)
    provider.late_ms = 3_600_000
    assert round_of(bot) is None
    provider.late_ms = 0
    assert round_of(bot) == "stop loss"


def test_nothing_is_entered_on_candles_that_stopped() -> None:
    provider = Candles(100.0, 100.0, 103.0)
    bot = SignalStrategy(OnDataframes(), provider, CONFIG)
    provider.late_ms = 2 * MINUTE + 5 * MINUTE
    assert round_of(bot) is None
    provider.late_ms = 0
    assert round_of(bot) == "entry signal"


@pytest.mark.parametrize(
    ("declared", "bids", "reason"),
    [
        ({}, [120.0, 110.0], None),
        ({"trailing_stop": True}, [120.0, 108.0], "trailing stop"),
        ({"trailing_stop": True}, [120.0, 108.1], None),
        ({"trailing_stop": True, "trailing_stop_positive": 0.02}, [105.0, 102.9], "trailing stop"),
        (
            {
                "trailing_stop": True,
                "trailing_only_offset_is_reached": True,
                "trailing_stop_positive_offset": 0.2,
            },
            [119.0, 106.0],
            None,
        ),
        (
            {
                "trailing_stop": True,
                "trailing_only_offset_is_reached": True,
                "trailing_stop_positive_offset": 0.1,
            },
            [119.0, 106.0],
            "trailing stop",
        ),
    ],
)
def test_a_stop_that_trails(declared: dict[str, Any], bids: list[float], reason: str | None) -> None:
    strategy = Silent()
    for name, value in declared.items():
        setattr(strategy, name, value)
    provider = Candles(100.0, 100.0)
    bot = holding(strategy, provider)
    found = None
    for provider.bid in bids:
        found = found or round_of(bot)
    assert found == reason


@pytest.mark.parametrize("name", ["position_adjustment_enable", "can_short"])
def test_what_is_not_offered_is_refused_and_not_left_out(name: str) -> None:
    strategy = OnDataframes()
    setattr(strategy, name, True)
    with pytest.raises(ConfigError, match=name):
        SignalStrategy(strategy, Candles(), CONFIG)


def test_as_many_candles_are_fetched_as_freqtrade_does() -> None:
    provider = Candles(*[100.0] * 1200)
    SignalStrategy(OnDataframes(), provider, CONFIG).find_opportunity()
    assert provider.asked == [1000]


class LongMean(OnDataframes):
    """Its mean needs more candles than any venue gives; a second one waits for thirty."""

    startup_candle_count = 30

    def populate_indicators(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
        dataframe["mean"] = dataframe["close"].rolling(5000).mean()
        return dataframe


def test_an_indicator_that_is_never_a_number_is_reported() -> None:
    bot = SignalStrategy(LongMean(), Candles(*[100.0] * 31), CONFIG)
    assert bot.find_opportunity() is None
    assert [text for text in bot.warnings if "no number in mean on any of 31 candles" in text]


def test_nothing_is_entered_before_the_startup_candles_are_there() -> None:
    class Patient(OnDataframes):
        startup_candle_count = 4

    provider = Candles(100.0, 100.0, 100.0, 103.0)
    bot = SignalStrategy(Patient(), provider, CONFIG)
    assert round_of(bot) is None
    assert "has 4 closed candles of 1m and the strategy wants 4" in bot.warnings[0]
    provider.closes.append(106.0)
    assert round_of(bot) == "entry signal"


@pytest.mark.parametrize(("watched", "reason"), [(False, "stop loss"), (True, None)])
def test_a_candle_that_nobody_watched_counts_with_its_low(watched: bool, reason: str | None) -> None:
    provider = Candles(100.0, 100.0)
    provider.late_ms = 2_000 - MINUTE // 2  # two seconds into the candle
    bot = holding(Silent(), provider)
    if watched:
        provider.late_ms = 0
        assert round_of(bot) is None
        provider.late_ms = 2_000 - MINUTE // 2
    provider.closes.append(100.0)
    provider.lows[2] = 85.0
    assert round_of(bot) == reason


def test_after_a_late_exit_the_next_entry_is_looked_for_at_once() -> None:
    class Always(Silent):
        def populate_entry_trend(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
            dataframe["enter_long"] = 1
            return dataframe

    provider = Candles(100.0, 100.0)
    provider.late_ms = 2_000 - MINUTE // 2
    bot = holding(Always(), provider, 0.5)
    provider.closes.append(100.0)
    provider.lows[2] = 85.0
    calls = Calls(bot)
    done = poll(bot, calls)
    calls.close()
    assert [one.opportunity["metadata"]["reason"] for one in done.looked] == ["stop loss", "entry signal"]
    assert [side for side, _ in provider.orders] == ["sell", "buy"]


def test_a_custom_exit_is_asked_for_in_the_candle_of_the_entry() -> None:
    class Quitter(Silent):
        def custom_exit(self, current_profit: float, **_: Any) -> str | None:
            return "changed its mind" if current_profit < 0 else None

    provider = Candles(100.0, 100.0, 103.0)
    bot = SignalStrategy(Quitter(), provider, CONFIG)
    calls = Calls(bot)
    done = poll(bot, calls)
    calls.close()
    assert [one.opportunity["metadata"]["reason"] for one in done.looked] == [
        "entry signal",
        "changed its mind",
    ]
    assert round_of(bot) is None


def test_nothing_is_entered_in_the_candle_in_which_a_position_ended() -> None:
    class Always(Silent):
        def populate_entry_trend(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
            dataframe["enter_long"] = 1
            return dataframe

    provider = Candles(100.0, 100.0, 100.0)
    bot = holding(Always(), provider)
    provider.bid = 89.0
    assert round_of(bot) == "stop loss"
    assert round_of(bot) is None
    provider.closes.append(100.0)
    assert round_of(bot) == "entry signal"


def test_a_stop_is_watched_although_the_strategy_fails() -> None:
    class Failing(Silent):
        fails = False

        def populate_indicators(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
            if self.fails:
                raise KeyError("gone")
            return super().populate_indicators(dataframe, metadata)

    provider = Candles(100.0, 95.0)
    strategy = Failing()
    bot = holding(strategy, provider)
    strategy.fails = True
    with pytest.raises(KeyError):
        bot.find_opportunity()
    provider.bid = 89.0
    assert round_of(bot) == "stop loss"


def test_the_strategys_own_word_on_entries_counts() -> None:
    class Choosy(OnDataframes):
        stake = 20.0
        confirmed = True

        def custom_stake_amount(self, proposed_stake: float, **_: Any) -> float:
            assert proposed_stake == 50
            return self.stake

        def confirm_trade_entry(self, amount: float, rate: float, **_: Any) -> bool:
            return self.confirmed

    provider = Candles(100.0, 100.0, 103.0)
    strategy = Choosy()
    bot = SignalStrategy(strategy, provider, CONFIG)
    strategy.confirmed = False
    assert round_of(bot) is None
    strategy.confirmed, strategy.stake = True, 0.0
    assert round_of(bot) is None
    strategy.stake = 20.0
    assert round_of(bot) == "entry signal"
    assert provider.orders == [("buy", 20 / 103)]


def test_an_old_entry_signal_expires() -> None:
    class Hasty(OnDataframes):
        ignore_buying_expired_candle_after = 10

    provider = Candles(100.0, 100.0, 103.0)
    assert round_of(SignalStrategy(Hasty(), provider, CONFIG)) is None
    provider.late_ms = -25_000
    assert round_of(SignalStrategy(Hasty(), provider, CONFIG)) == "entry signal"


def test_exit_signals_can_be_switched_off() -> None:
    strategy = OnDataframes()
    strategy.use_exit_signal = False  # type: ignore[attr-defined]
    provider = Candles(104.0, 103.0, 99.0)
    assert round_of(holding(strategy, provider)) is None


def test_an_order_whose_fate_is_not_known_is_waited_for() -> None:
    provider = Candles(100.0, 100.0, 103.0)
    bot = SignalStrategy(OnDataframes(), provider, CONFIG)
    provider.status = "unknown"
    assert round_of(bot) == "entry signal"
    provider.closes.append(104.0)
    assert (round_of(bot), len(provider.orders)) == (None, 1)
    provider.placed["o1"] = Record(provider.placed["o1"], status="closed", filled=0.4, average=103.0)
    provider.status = "closed"
    provider.closes.append(90.0)
    assert round_of(bot) == "exit signal"
    assert provider.orders[1] == ("sell", 0.4)


def test_an_order_that_never_arrived_makes_room_for_the_next_candle() -> None:
    provider = Candles(100.0, 100.0, 103.0)
    bot = SignalStrategy(OnDataframes(), provider, CONFIG)
    provider.status = "unknown"
    round_of(bot)
    provider.placed["o1"] = Record(provider.placed["o1"], status="canceled")
    assert (round_of(bot), bot.amount) == (None, 0.0)
    provider.closes.append(104.0)
    assert round_of(bot) == "entry signal"


def test_a_fee_taken_from_what_was_bought_is_not_sold_and_dust_is_no_position() -> None:
    provider = Candles(100.0, 100.0, 103.0)
    provider.fees = [Record(cost=0.0004854, currency="BTC"), Record(cost=0.1, currency="USDT")]
    bot = SignalStrategy(OnDataframes(), provider, CONFIG)
    round_of(bot)
    provider.fees = []
    provider.closes.append(90.0)
    assert round_of(bot) == "exit signal"
    assert provider.orders[1] == ("sell", 0.484951)
    assert bot.amount == 0.0
    dusty = holding(Silent(), provider, 1e-7)
    assert round_of(dusty) is None
    assert dusty.amount == 0.0


def test_no_candles_no_signal() -> None:
    assert SignalStrategy(OnDataframes(), Candles(), CONFIG).find_opportunity() is None


@pytest.mark.parametrize("config", [{}, {"pair": "BTC/USDT"}, {"pair": "BTC/USDT", "stake_amount": 0}])
def test_a_config_is_needed(config: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        SignalStrategy(OnDataframes(), Candles(), config)


def test_lengths() -> None:
    assert length_ms("5m") == 300_000
    assert length_ms("1h") == 3_600_000
    for wrong in ("m", "5x", "", "five", "0m"):
        with pytest.raises(InvalidInput):
            length_ms(wrong)


def test_candles_of_a_week_begin_on_monday() -> None:
    monday = 1_767_571_200_000  # 2026-01-05
    assert begin_ms(monday + 3 * 86_400_000, length_ms("1w")) == monday
    assert begin_ms(monday - 1, length_ms("1w")) == monday - 7 * 86_400_000


class Marks(OnDataframes):
    """Marks the candles that close at 103 in the columns it is given."""

    columns: dict[str, Any] = {}

    def populate_entry_trend(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
        for name, value in self.columns.items():
            dataframe[name] = 0.0
            dataframe.loc[dataframe["close"] == 103.0, name] = value
        return dataframe

    def populate_exit_trend(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
        return dataframe


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"enter_long": 1}, Signals(enter=True)),
        ({"enter_long": float("nan"), "buy": 1}, Signals()),
        ({"buy": 1}, Signals(enter=True)),
        ({"enter_long": 1, "exit_long": 1}, Signals(enter=True, exit=True)),
        ({"enter_long": 1, "sell": 1}, Signals(enter=True, exit=True)),
        ({"enter_long": 1, "enter_short": 1}, Signals(enter=True, short=True)),
        ({"enter_long": 2}, Signals()),
    ],
)
def test_marks(columns: dict[str, Any], found: Signals) -> None:
    strategy = Marks()
    strategy.columns = columns
    assert Table(strategy, [[MINUTE, 1.0, 1.0, 1.0, 103.0, 1.0]] * 3, "BTC/USDT").signals(-1) == found
    assert found.buys is (found == Signals(enter=True))


class Tagged(OnDataframes):
    """Marks and tags in one statement; pandas makes a column of voids where no row fits."""

    def populate_entry_trend(self, dataframe: Any, metadata: dict[str, Any]) -> Any:
        dataframe.loc[dataframe["close"] > dataframe["mean"], ["enter_long", "enter_tag"]] = (1, "above")
        return dataframe


def test_marks_with_tags_and_none_yet() -> None:
    provider = Candles(100.0, 100.0, 100.0)
    bot = SignalStrategy(Tagged(), provider, CONFIG)
    assert round_of(bot) is None
    provider.closes.append(103.0)
    assert (round_of(bot), bot.enter_tag) == ("entry signal", "above")


def test_a_candle_that_is_marked_both_ways_is_not_traded() -> None:
    strategy = Marks()
    strategy.columns = {"enter_long": 1, "exit_long": 1}
    provider = Candles(100.0, 100.0, 103.0)
    assert round_of(SignalStrategy(strategy, provider, CONFIG)) is None
    assert round_of(holding(strategy, provider)) is None


def test_frames() -> None:
    table = frame([[MINUTE, 1.0, 2.0, 0.5, 1.5, 9.0]])
    assert isinstance(table, pd.DataFrame)
    assert table["date"].iloc[0].isoformat() == "1970-01-01T00:01:00+00:00"
    assert list(table.columns) == ["date", "open", "high", "low", "close", "volume"]
