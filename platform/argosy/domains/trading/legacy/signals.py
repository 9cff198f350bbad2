"""Strategies that mark entries and exits on candles (freqtrade's populate_… methods), polled like the others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from argosy.domains.trading.legacy.record import Record
from argosy.errors import ConfigError, InvalidInput

_COLUMNS = ("date", "open", "high", "low", "close", "volume")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def gives_signals(strategy: Any) -> bool:
    return callable(getattr(strategy, "populate_indicators", None)) and _method(strategy, *_ENTRY) is not None


_ENTRY = ("populate_entry_trend", "populate_buy_trend")
_EXIT = ("populate_exit_trend", "populate_sell_trend")


def _method(strategy: Any, *names: str) -> Any:
    return next((getattr(strategy, name) for name in names if callable(getattr(strategy, name, None))), None)


def frame(rows: Sequence[Sequence[float]]) -> Any:
    """Candles `[ms, open, high, low, close, volume]` as a pandas DataFrame, or a dict of lists without pandas."""
    columns: dict[str, Any] = {name: [row[place] for row in rows] for place, name in enumerate(_COLUMNS)}
    if find_spec("pandas") is None:
        return columns
    pandas = import_module("pandas")
    columns["date"] = pandas.to_datetime(columns["date"], unit="ms", utc=True)
    return pandas.DataFrame(columns)


def last(table: Any, *names: str) -> bool:
    """Whether the last row is marked in one of the columns `names`."""
    for name in names:
        column = table.get(name)
        if column is None or not len(column):
            continue
        value = column.iloc[-1] if hasattr(column, "iloc") else column[-1]
        if value is None or (isinstance(value, float) and math.isnan(value)):
            continue
        if value:
            return True
    return False


class SignalStrategy:
    """Buys for `stake_amount` when the last closed candle is an entry, sells on an exit, the stop loss or the
    minimal return. One position, long; one entry a candle. Config: `pair`, `stake_amount`, and `timeframe` where
    the strategy has none of its own.
    """

    def __init__(self, strategy: Any, provider: Any, config: Mapping[str, Any]) -> None:
        self._strategy = strategy
        self._provider = getattr(provider, "sync", provider)
        self.pair = str(config.get("pair") or "")
        self.timeframe = str(getattr(strategy, "timeframe", None) or config.get("timeframe") or "5m")
        self.stake = float(config.get("stake_amount") or 0)
        if not self.pair or self.stake <= 0:
            raise ConfigError("a strategy on candles needs its config", expected="pair and stake_amount")
        self.amount = 0.0
        self.entry_price = 0.0
        self.entered_ms = 0
        self.entry_candle = 0

    def find_opportunity(self) -> Record | None:
        rows = self._closed_candles()
        if not rows:
            return None
        strategy, metadata = self._strategy, {"pair": self.pair}
        table = strategy.populate_indicators(frame(rows), metadata)
        if self.amount > 0:
            exits = _method(strategy, *_EXIT)
            reason = self._forced(rows[-1])
            if reason is None and exits is not None and last(exits(table, metadata), "exit_long", "sell"):
                reason = "exit signal"
            return None if reason is None else self._signal("sell", self.amount, rows[-1], reason)
        if rows[-1][0] <= self.entry_candle:
            return None
        entry = _method(strategy, *_ENTRY)(table, metadata)
        if not last(entry, "enter_long", "buy"):
            return None
        return self._signal("buy", self.stake / rows[-1][4], rows[-1], "entry signal")

    def should_execute(self, opportunity: Record) -> bool:
        """The strategy's own word (`confirm_trade_entry`, `confirm_trade_exit`) is not asked: it wants objects of
        freqtrade's database.
        """
        return bool(opportunity["metadata"]["amount"] > 0)

    def execute(self, opportunity: Record) -> Record:
        details = opportunity["metadata"]
        order: Record = self._provider.place_order(
            self.pair, details["side"], details["amount"], order_type="market"
        )
        if details["side"] == "buy":
            self.amount = order["filled"]
            self.entry_price = order["average"] or 0.0
            self.entered_ms = self.entry_candle = details["candle"]
        else:
            self.amount = max(self.amount - order["filled"], 0.0)
        return order

    def _closed_candles(self) -> list[list[float]]:
        """Without the bar that is still forming: its signal may go away again."""
        wanted = int(getattr(self._strategy, "startup_candle_count", 0) or 0) + 50
        rows: list[list[float]] = self._provider.fetch_ohlcv(
            self.pair, self.timeframe, limit=min(wanted, 1000)
        )
        now_ms = self._provider.now_ms()
        return [row for row in rows if row[0] + _length_ms(self.timeframe) <= now_ms]

    def _forced(self, row: Sequence[float]) -> str | None:
        """Stop loss and minimal return, as parts of the entry price; minutes after the entry."""
        gain = round(row[4] / self.entry_price - 1, 12) if self.entry_price else 0.0
        stop = getattr(self._strategy, "stoploss", None)
        if isinstance(stop, int | float) and stop < 0 and gain <= stop:
            return "stop loss"
        held_min = (self._provider.now_ms() - self.entered_ms) / 60_000
        table = getattr(self._strategy, "minimal_roi", None) or {}
        due = [(float(minutes), float(part)) for minutes, part in table.items() if held_min >= float(minutes)]
        return "minimal return" if due and gain >= max(due)[1] else None

    def _signal(self, side: str, amount: float, row: Sequence[float], reason: str) -> Record:
        return Record(
            confidence=1.0,
            expected_profit=0.0,
            cost=amount * row[4],
            metadata={
                "side": side,
                "amount": amount,
                "candle": int(row[0]),
                "pair": self.pair,
                "reason": reason,
            },
        )


def _length_ms(timeframe: str) -> int:
    unit = _SECONDS.get(timeframe[-1:])
    if unit is None or not timeframe[:-1].isdigit():
        raise InvalidInput("not a length of candles", expected="1m, 5m, 1h, …", found=timeframe)
    return int(timeframe[:-1]) * unit * 1000
