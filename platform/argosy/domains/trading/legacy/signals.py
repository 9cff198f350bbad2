"""Strategies that mark entries and exits on candles (freqtrade's populate_… methods), polled like the others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from argosy.domains.trading.legacy.record import Record
from argosy.domains.trading.legacy.stops import forced, refuse_what_is_not_offered
from argosy.errors import ArgosyError, ConfigError, InvalidInput

_COLUMNS = ("date", "open", "high", "low", "close", "volume")
_OLDEST_BOOK_MS = 15_000
_LATE_MS = 5 * 60_000
"""How late a candle may be listed (freqtrade's outdated_offset)."""
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
    """Buys for `stake_amount` when the last closed candle is an entry, sells on an exit, or by what the strategy
    declares (`stops`) at the price of now. One position, long; one entry a candle. Config: `pair`, `stake_amount`,
    and `timeframe` where the strategy has none of its own.

    Nothing is done while the fate of its last order is not known, and nothing is entered on candles that stopped.
    """

    def __init__(self, strategy: Any, provider: Any, config: Mapping[str, Any]) -> None:
        refuse_what_is_not_offered(strategy)
        self._strategy = strategy
        self._provider = getattr(provider, "sync", provider)
        self.pair = str(config.get("pair") or "")
        self.timeframe = str(getattr(strategy, "timeframe", None) or config.get("timeframe") or "5m")
        self.stake = float(config.get("stake_amount") or 0)
        if not self.pair or self.stake <= 0:
            raise ConfigError("a strategy on candles needs its config", expected="pair and stake_amount")
        self.amount = 0.0
        self.entry_price = 0.0
        self.highest = 0.0
        self.entered_ms = 0
        self.entry_candle = 0
        self.open_order: str | None = None

    def find_opportunity(self) -> Record | None:
        if self.open_order is not None and not self._settled():
            return None
        rows = self._closed_candles()
        return self._exit(rows) if self.amount > 0 else self._entry(rows)

    def _entry(self, rows: Sequence[Sequence[float]]) -> Record | None:
        if not rows or self._stopped(rows[-1]) or rows[-1][0] <= self.entry_candle:
            return None
        metadata = {"pair": self.pair}
        table = self._strategy.populate_indicators(frame(rows), metadata)
        if not last(_method(self._strategy, *_ENTRY)(table, metadata), "enter_long", "buy"):
            return None
        close = rows[-1][4]
        return self._signal("buy", self.stake / close, close, rows[-1], "entry signal")

    def _exit(self, rows: Sequence[Sequence[float]]) -> Record | None:
        amount = self._sellable(self.amount)
        if not amount:
            self.amount = 0.0  # what is left is less than can be sold
            return None
        rate = self._rate(rows[-1] if rows else None)
        if rate is None:
            return None
        self.highest = max(self.highest, rate)
        held_min = (self._provider.now_ms() - self.entered_ms) / 60_000
        reason = forced(
            self._strategy, rate=rate, entry=self.entry_price, highest=self.highest, held_min=held_min
        )
        if reason is None and rows and not self._stopped(rows[-1]) and self._exit_marked(rows):
            reason = "exit signal"
        candle = rows[-1] if rows else (self.entry_candle,)
        return None if reason is None else self._signal("sell", amount, rate, candle, reason)

    def _exit_marked(self, rows: Sequence[Sequence[float]]) -> bool:
        strategy, metadata = self._strategy, {"pair": self.pair}
        exits = _method(strategy, *_EXIT)
        if exits is None or getattr(strategy, "use_exit_signal", True) is False:
            return False
        table = strategy.populate_indicators(frame(rows), metadata)
        return last(exits(table, metadata), "exit_long", "sell")

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
            self.entry_candle = details["candle"]
        self._take(order, details["side"])
        return order

    def _settled(self) -> bool:
        """Whether it is known by now what became of the last order."""
        assert self.open_order is not None  # the caller has looked
        order = self._provider.get_order(self.open_order, self.pair)
        self._take(order, order["side"])
        return self.open_order is None

    def _take(self, order: Record, side: str) -> None:
        self.open_order = order["id"] if order["status"] in ("open", "unknown") else None
        if self.open_order is not None or not order["filled"]:
            return
        if side == "sell":
            self.amount = self._sellable(max(self.amount - order["filled"], 0.0))
            return
        base = self.pair.partition("/")[0]
        paid = sum(fee["cost"] for fee in order.get("fees") or () if fee["currency"] == base)
        self.amount = order["filled"] - paid
        self.entry_price = self.highest = order["average"] or 0.0
        self.entered_ms = self._provider.now_ms()

    def _sellable(self, amount: float) -> float:
        return float(self._provider.amount_to_precision(self.pair, amount))

    def _rate(self, row: Sequence[float] | None) -> float | None:
        """What it could be sold at now: the best bid; the last close where there is no quote and that is recent."""
        close = None if row is None or self._stopped(row) else row[4]
        try:
            book = self._provider.get_orderbook(self.pair)
        except ArgosyError:
            return close
        bids, asks = book["bids"], book["asks"]
        age_ms = self._provider.now_ms() - book["timestamp"] * 1000
        if not bids or not asks or bids[0][0] >= asks[0][0] or abs(age_ms) > _OLDEST_BOOK_MS:
            return close
        return float(bids[0][0])

    def _closed_candles(self) -> list[list[float]]:
        """Without the bar that is still forming: its signal may go away again."""
        wanted = int(getattr(self._strategy, "startup_candle_count", 0) or 0) + 50
        rows: list[list[float]] = self._provider.fetch_ohlcv(
            self.pair, self.timeframe, limit=min(wanted, 1000)
        )
        now_ms = self._provider.now_ms()
        return [row for row in rows if row[0] + _length_ms(self.timeframe) <= now_ms]

    def _stopped(self, row: Sequence[float]) -> bool:
        """The last closed candle is so old that at least one more must have closed since."""
        now_ms: int = self._provider.now_ms()
        return now_ms - row[0] > 2 * _length_ms(self.timeframe) + _LATE_MS

    def _signal(self, side: str, amount: float, price: float, row: Sequence[float], reason: str) -> Record:
        return Record(
            confidence=1.0,
            expected_profit=0.0,
            cost=amount * price,
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
