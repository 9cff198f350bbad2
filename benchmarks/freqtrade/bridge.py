"""The bridge on candles from memory, polled once as each begins and filled at its opening price."""

from __future__ import annotations

from typing import Any

from argosy.domains.trading.candle import length_ms
from argosy.legacy import strategies
from argosy.legacy.calls import Calls
from argosy.legacy.polling import poll
from argosy.legacy.record import Record

_AFTER_MS = 2_000
Rows = list[list[float]]


class Market:
    """A provider at the moment that `place` says, of candles whose volumes nobody exhausts."""

    name = "recorded"

    def __init__(self, candles: dict[str, Rows], own: str, fee: float) -> None:
        self._candles = candles
        self._rows = candles[own]
        self._fee = fee
        self.place = 0
        self.trades: list[dict[str, Any]] = []

    def now_ms(self) -> int:
        return int(self._rows[self.place][0]) + _AFTER_MS

    @property
    def _price(self) -> float:
        return self._rows[self.place][1]

    def fetch_ohlcv(self, pair: str, timeframe: str, limit: int) -> Rows:
        rows, length = self._candles[timeframe], length_ms(timeframe)
        begun = (self.now_ms() - int(rows[0][0])) // length + 1
        return rows[max(0, begun - limit) : begun]

    def get_orderbook(self, pair: str) -> Record:
        ask = self._price * 1.0000001
        return Record(bids=[[self._price, 1e9]], asks=[[ask, 1e9]], timestamp=self.now_ms() / 1000)

    def get_balance(self, currency: str | None = None) -> float:
        return 1e6

    def amount_to_precision(self, pair: str, amount: float) -> str:
        return f"{amount:.12f}"

    def place_order(self, pair: str, side: str, amount: float, *, order_type: str) -> Record:
        at = int(self._rows[self.place][0])
        if side == "buy":
            self.trades.append({"opened": at, "closed": None, "reason": ""})
        else:
            self.trades[-1]["closed"] = at
        paid = Record(cost=self._fee * amount * self._price, currency="USDT")
        return Record(
            id=f"{at}-{side}", side=side, status="closed", filled=amount, average=self._price, fees=[paid]
        )


def trades(make: Any, candles: dict[str, Rows], own: str, fee: float) -> list[dict[str, Any]]:
    """Raises ConfigError for a strategy that the bridge refuses."""
    market = Market(candles, own, fee)
    strategy = strategies.build(make, market, {"pair": "BTC/USDT", "stake_amount": 100.0, "timeframe": own})
    for market.place in range(1, len(candles[own])):
        calls = Calls(strategy)
        poll(strategy, calls)
        calls.close()
        if market.trades and strategy.warnings:
            market.trades[-1]["warnings"] = list(strategy.warnings)
    return market.trades
