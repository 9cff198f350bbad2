"""Open position for a strategy's callbacks.

It is the part of freqtrade's Trade that one long trade needs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from argosy.legacy.freqtrade.position import OpenPosition
from argosy.legacy.freqtrade.refused import not_offered


class Trade:
    """Attributes of freqtrade's Trade for a spot position entered once.

    Other attributes raise NotOffered.
    """

    id = 1
    is_open = True
    is_short = False
    leverage = 1.0
    nr_of_successful_entries = 1
    nr_of_successful_exits = 0
    nr_of_successful_buys = 1
    nr_of_successful_sells = 0
    has_open_orders = False
    trade_direction = "long"
    trading_mode = "spot"
    entry_side = "buy"
    exit_side = "sell"
    liquidation_price = None
    strategy = ""
    close_rate = None
    close_date = None
    close_profit = None
    exit_reason = None
    funding_fees = 0.0
    interest_rate = 0.0
    realized_profit = 0.0

    def __init__(
        self,
        position: OpenPosition,
        *,
        pair: str,
        amount: float,
        stake: float,
        tag: str | None,
        data: dict[str, Any],
        exchange: str = "",
        timeframe: int = 0,
    ) -> None:
        self._position = position
        self._data = data
        self.pair = pair
        self.base_currency, _, self.stake_currency = pair.partition("/")
        self.exchange = exchange
        self.timeframe = timeframe
        self.amount = self.amount_requested = amount
        self.stake_amount = self.max_stake_amount = stake
        self.enter_tag = self.buy_tag = tag
        self.open_rate = self.open_rate_requested = position.entry
        self.fee_open = self.fee_close = position.fee
        self.open_date = self.open_date_utc = datetime.fromtimestamp(position.opened_ms / 1000, UTC)
        self.date_last_filled_utc = self.date_entry_fill_utc = self.open_date
        self.open_trade_value = position.entry * amount * (1 + position.fee)

    @property
    def max_rate(self) -> float:
        return self._position.highest

    @property
    def min_rate(self) -> float:
        return self._position.lowest

    @property
    def stop_loss(self) -> float:
        return self._position.stop

    @property
    def stoploss_or_liquidation(self) -> float:
        return self._position.stop

    @property
    def initial_stop_loss(self) -> float:
        return self._position.first_stop

    @property
    def stop_loss_pct(self) -> float:
        return self._position.stop_part

    def calc_profit_ratio(
        self, rate: float, amount: float | None = None, open_rate: float | None = None
    ) -> float:
        return self._position.profit(rate)

    def calc_profit(self, rate: float, amount: float | None = None, open_rate: float | None = None) -> float:
        """Return the profit in stake currency after fees."""
        sold = self.amount if amount is None else amount
        position = self._position
        paid = position.entry * sold * (1 + position.fee)
        return round(rate * sold * (1 - position.fee) - paid, 8)

    def get_custom_data(self, key: str, default: Any = None) -> Any:
        return self._data.get(key, default)

    def set_custom_data(self, key: str, value: Any) -> None:
        """Store a value with the strategy's memory until the trade ends."""
        self._data[key] = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise not_offered("trade", name, "leave it out of the strategy, or run the strategy under freqtrade")
