"""When a position of a freqtrade strategy is left, and by which rule first."""

from __future__ import annotations

from typing import Any

import pytest

from argosy.legacy.freqtrade.callbacks import Callbacks
from argosy.legacy.freqtrade.exits import PriceView, exits
from argosy.legacy.freqtrade.names.strategy import IStrategy
from argosy.legacy.freqtrade.options import options_of
from argosy.legacy.freqtrade.position import OpenPosition
from argosy.legacy.freqtrade.refused import NotOffered
from argosy.legacy.freqtrade.trade import Trade

MINUTE = 60_000


class Holder(IStrategy):
    timeframe = "5m"
    stoploss = -0.1
    minimal_roi = {"0": 0.05, "20": 0.01}


class Case:
    """One position entered at 100 with a fee of 0.1 %."""

    def __init__(self, **declared: Any) -> None:
        self.strategy = type("Declared", (Holder,), declared)({})
        self.options = options_of(self.strategy, {})
        self.position = OpenPosition(100.0, 0.001, 0, 100.0, 100.0)
        self.warnings: list[str] = []
        self.ask = Callbacks(self.strategy, self.warnings.append)
        self.data: dict[str, Any] = {}

    def trade(self) -> Trade:
        return Trade(self.position, pair="BTC/USDT", amount=1.0, stake=100.0, tag="up", data=self.data)

    def look(self, rate: float, minute: int = 1, **more: Any) -> list[str]:
        at = PriceView(rate, minute * MINUTE, **more)
        found = exits(self.position, self.options, at, self.ask, self.trade, "BTC/USDT")
        return [one.reason for one in found]


def test_profit_is_net_of_both_fees() -> None:
    assert OpenPosition(100.0, 0.001, 0, 100.0, 100.0).profit(100.0) == pytest.approx(-0.001998, abs=1e-6)
    assert Case().look(105.21) == []
    assert Case().look(105.22) == ["minimal return"]


def test_the_minimal_return_is_that_of_the_whole_minutes_since_the_entry() -> None:
    assert Case().look(101.3, 19) == []
    assert Case().look(101.3, 20) == ["minimal return"]


def test_an_entry_mark_may_hold_the_return_back() -> None:
    held = {"ignore_roi_if_entry_signal": True}
    assert Case(**held).look(110.0, enter=True) == []
    assert Case(**held).look(110.0) == ["minimal return"]


def test_signal_stop_return_and_trailing_stop_in_this_order() -> None:
    case = Case(stoploss=-0.01, minimal_roi={"0": -1})
    assert case.look(98.0, exit=True) == ["exit signal", "stop loss", "minimal return"]
    trailing = Case(trailing_stop=True, stoploss=-0.01, minimal_roi={"0": -1})
    trailing.look(110.0)
    assert trailing.look(105.0, exit=True) == ["exit signal", "minimal return", "trailing stop"]


def test_an_exit_on_an_entry_candle_is_none() -> None:
    assert Case().look(100.0, exit=True, enter=True) == []
    assert Case(use_exit_signal=False).look(100.0, exit=True) == []


@pytest.mark.parametrize(("rate", "left"), [(100.1, False), (100.7, False), (100.8, True)])
def test_a_signal_may_ask_for_profit(rate: float, left: bool) -> None:
    case = Case(exit_profit_only=True, exit_profit_offset=0.005)
    assert (case.look(rate, exit=True) == ["exit signal"]) is left


def test_a_closed_candle_counts_with_its_low_and_high() -> None:
    assert Case().look(100.0, low=89.0, high=101.0, signals=False) == ["stop loss"]
    assert Case().look(100.0, low=99.0, high=106.0, signals=False) == ["minimal return"]
    case = Case(trailing_stop=True, trailing_stop_positive=0.02, trailing_stop_positive_offset=0.03)
    assert case.look(100.0, low=99.5, high=104.0, signals=False) == ["trailing stop"]
    assert case.position.stop == pytest.approx(101.92)


def test_a_stop_that_was_passed_is_not_moved_by_the_same_candle() -> None:
    case = Case(trailing_stop=True)
    assert case.look(100.0, low=89.0, high=120.0, signals=False)[0] == "stop loss"
    assert case.position.stop == 90


def test_custom_exit_is_asked_where_no_exit_is_marked() -> None:
    def custom_exit(self: Any, pair: str, trade: Any, current_profit: float, **_: Any) -> Any:
        return trade.enter_tag == "up" and current_profit > 0.01 and "good enough"

    assert Case(custom_exit=custom_exit).look(102.0) == ["good enough"]
    assert Case(custom_exit=custom_exit).look(100.0) == []
    assert Case(custom_exit=custom_exit).look(102.0, exit=True) == ["exit signal"]
    assert Case(custom_sell=custom_exit).look(102.0) == ["good enough"]
    assert Case(custom_exit=custom_exit, use_exit_signal=False).look(102.0) == []


def test_a_custom_stop_only_rises() -> None:
    parts = iter([-0.02, -0.5, 0.01, None, float("nan")])

    def custom_stoploss(self: Any, **_: Any) -> Any:
        return next(parts)

    case = Case(use_custom_stoploss=True, custom_stoploss=custom_stoploss, minimal_roi={})
    stops = []
    for _ in range(5):
        case.look(100.0)
        stops.append(case.position.stop)
    assert stops == [98.0, 98.0, 99.0, 99.0, 99.0]
    assert case.look(99.0) == ["trailing stop"]


def test_a_custom_return_lowers_the_wanted_one() -> None:
    def custom_roi(self: Any, trade_duration: int, **_: Any) -> float:
        return 0.02 if trade_duration < 5 else 1.0

    assert Case(use_custom_roi=True, custom_roi=custom_roi).look(102.3, 1) == ["minimal return"]
    assert Case(use_custom_roi=True, custom_roi=custom_roi).look(102.3, 6) == []


def test_a_callback_that_fails_counts_as_its_default_and_is_reported() -> None:
    def custom_exit(self: Any, **_: Any) -> Any:
        raise ValueError("its own fault")

    case = Case(custom_exit=custom_exit)
    assert case.look(100.0) == []
    assert "custom_exit of Declared failed (ValueError: its own fault)" in case.warnings[0]


def test_what_a_trade_has_not_is_never_passed_over() -> None:
    def custom_exit(self: Any, trade: Any, **_: Any) -> Any:
        return trade.orders

    with pytest.raises(NotOffered, match=r"trade\.orders"):
        Case(custom_exit=custom_exit).look(100.0)


def test_a_trade_keeps_what_the_strategy_notes() -> None:
    def custom_exit(self: Any, trade: Any, **_: Any) -> Any:
        seen = trade.get_custom_data("seen", 0)
        trade.set_custom_data("seen", seen + 1)
        return seen == 2

    case = Case(custom_exit=custom_exit)
    assert [case.look(100.0) for _ in range(3)] == [[], [], ["custom exit"]]


def test_stops_keep_to_the_grid_of_prices() -> None:
    position = OpenPosition(100.0, 0.001, 0, 100.0, 100.0, tick=0.5)
    position.raise_stop(100.0, -0.033)
    assert position.stop == 97.0
