"""Candle strategies with freqtrade's populate_… methods, polled like other strategies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from argosy.domains.trading.candle import begin_ms, length_ms
from argosy.errors import ArgosyError, ConfigError
from argosy.legacy.freqtrade.callbacks import Callbacks, own_method
from argosy.legacy.freqtrade.data import DataProvider, Wallets
from argosy.legacy.freqtrade.exits import Exit, PriceView, exits
from argosy.legacy.freqtrade.features import MOST_CANDLES, refuse_what_is_not_offered
from argosy.legacy.freqtrade.options import DEFAULT_FEE, Options, options_of, take_over
from argosy.legacy.freqtrade.parameters import load_parameters
from argosy.legacy.freqtrade.position import OpenPosition
from argosy.legacy.freqtrade.rehearsal import rehearse
from argosy.legacy.freqtrade.table import ENTRY, Signals, Table, frame, method
from argosy.legacy.freqtrade.trade import Trade
from argosy.legacy.record import Record

_OLDEST_BOOK_MS = 15_000
_LATE_MS = 5 * 60_000
"""Longest delay of a listed candle, in milliseconds (freqtrade's outdated_offset)."""


def gives_signals(strategy: Any) -> bool:
    return callable(getattr(strategy, "populate_indicators", None)) and method(strategy, ENTRY) is not None


def prepare(strategy: Any, config: Mapping[str, Any]) -> Options:
    """Load a strategy's parameters and options.

    Raises ConfigError with the reason for a strategy that is refused.
    """
    pair = str(config.get("pair") or "")
    if not pair or _stake(config) <= 0:
        raise ConfigError(
            "a strategy on candles needs its config",
            expected="pair, and stake_amount as a number above 0",
            found=f"pair {config.get('pair')!r}, stake_amount {config.get('stake_amount')!r}",
        )
    take_over(strategy, config)
    load_parameters(strategy)
    refuse_what_is_not_offered(strategy)
    options = options_of(strategy, config)
    length_ms(options.timeframe)
    rehearse(strategy, options, pair, config)
    return options


@dataclass(slots=True)
class _Poll:
    """State of one poll.

    `again`: if this poll's order ends in this state, the strategy is asked once more.
    """

    warnings: list[str] = field(default_factory=list)
    again: Literal["flat", "holding"] | None = None

    def warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)


class SignalStrategy:
    """Trader of one pair by a freqtrade strategy's signals, stops and callbacks.

    It is long only, with one position at a time. Config: `pair`, `stake_amount`, and the values that freqtrade's
    config may override (`timeframe`, `minimal_roi`, …). It waits while the outcome of its last order is unknown. It
    enters no position on outdated candles. Raises ConfigError for a strategy that would trade differently from
    freqtrade.
    """

    def __init__(self, strategy: Any, provider: Any, config: Mapping[str, Any]) -> None:
        self._strategy = strategy
        self._provider = getattr(provider, "sync", provider)
        self._options = prepare(strategy, config)
        self.pair = str(config["pair"])
        self.stake = _stake(config)
        self.timeframe = self._options.timeframe
        self._length = length_ms(self.timeframe)
        self._now = _Poll()
        self._ask = Callbacks(strategy, self._now.warn)
        self._data = DataProvider(
            self.pair, self.timeframe, self._other_candles, self._provider, self._options.runmode
        )
        self._attach()
        self.amount = 0.0
        self.entry_price = 0.0
        self.highest = 0.0
        self.lowest = 0.0
        self.stop_price = 0.0
        self.first_stop = 0.0
        self.stop_part = 0.0
        self.fee_rate: float | None = None
        self.staked = 0.0
        self.enter_tag: str | None = None
        self.entered_ms = 0
        self.watched_ms = 0
        self.entry_candle = 0
        self.locked_ms = 0
        self.trade_data: dict[str, Any] = {}
        self.open_order: str | None = None

    def _attach(self) -> None:
        quote = self.pair.partition("/")[2]
        self._strategy.dp = self._data
        self._strategy.wallets = Wallets(self._provider, quote)
        start = own_method(self._strategy, "bot_start")
        if start is not None:
            start()

    @property
    def warnings(self) -> Sequence[str]:
        """Warnings of this poll, as sentences."""
        return self._now.warnings

    @property
    def looks_again(self) -> bool:
        """True if this poll has another decision to make after its order is settled."""
        after = "holding" if self.amount > 0 else "flat"
        return self._now.again == after and self.open_order is None

    # --- deciding ---------------------------------------------------------------------------------------

    def find_opportunity(self) -> Record | None:
        self._now.again = None
        self._data.forget()
        if self.open_order is not None and not self._settled():
            return None
        self._ask("bot_loop_start", None, current_time=self._moment())
        rows = self._closed_candles()
        return self._exit(rows) if self.amount > 0 else self._entry(rows)

    def _entry(self, rows: Sequence[Sequence[float]]) -> Record | None:
        if not rows or self._stopped(rows[-1]) or self._too_few(rows):
            return None
        if rows[-1][0] <= self.entry_candle or rows[-1][0] < self.locked_ms:
            return None
        marked = self._table(rows).signals(-1)
        late_s = (self._provider.now_ms() - rows[-1][0] - self._length) / 1000
        expires_s = self._options.expires_after_s
        if not marked.buys or (expires_s and late_s > expires_s):
            return None
        rate = rows[-1][4]
        stake = self._staking(rate, marked.tag)
        if stake <= 0 or not self._confirmed_entry(stake / rate, rate, marked.tag):
            return None
        signal = self._signal("buy", stake / rate, rate, rows[-1], "entry signal")
        signal["metadata"]["tag"] = marked.tag
        if self._ask.has("custom_exit") or self._ask.has("custom_sell"):
            self._now.again = "holding"  # freqtrade asks for an exit in the candle of the entry too
        return signal

    def _exit(self, rows: Sequence[Sequence[float]]) -> Record | None:
        amount = self._sellable(self.amount)
        if not amount:
            self.amount = 0.0  # the rest is less than can be sold
            return None
        failure: Exception | None = None
        table = None
        if rows and not self._stopped(rows[-1]):
            try:
                table = self._table(rows)
            except Exception as error:  # noqa: BLE001 - stops are watched even if the strategy fails
                failure = error
        rate = self._rate(rows[-1] if rows else None)
        position = self._position()
        found = self._due(position, rows, table, rate, amount)
        self._note(position)
        if found is None:
            if failure is not None:
                raise failure
            return None
        leaving, candle = found
        price = self.entry_price if rate is None else rate
        row = rows[-1] if rows else (self.entry_candle,)
        signal = self._signal("sell", amount, price, row, leaving.reason)
        signal["metadata"]["locks"] = candle
        return signal

    def _due(
        self,
        position: OpenPosition,
        rows: Sequence[Sequence[float]],
        table: Table | None,
        rate: float | None,
        amount: float,
    ) -> tuple[Exit, int] | None:
        """Return the first exit that the strategy confirms, and its candle."""
        for look, candle in self._looks(rows, table, rate):
            trade = self._trade(position)
            for leaving in exits(position, self._options, look, self._ask, partial(_same, trade), self.pair):
                if self._confirmed_exit(trade, amount, look.rate if rate is None else rate, leaving):
                    self._now.again = None if look.high is None else "flat"
                    return leaving, candle
        return None

    def _looks(
        self, rows: Sequence[Sequence[float]], table: Table | None, rate: float | None
    ) -> Iterator[tuple[PriceView, int]]:
        """Yield closed candles that no poll watched, then the present price.

        Each comes with the start of its candle.
        """
        now_ms = self._provider.now_ms()
        since = max(self.entered_ms, self.watched_ms) - self._length // 10
        for place, row in enumerate(rows):
            if row[0] >= since:
                before = Signals() if table is None or not place else table.signals(place - 1)
                self._data.rows = place or 1
                yield (
                    PriceView(
                        row[1], int(row[0]), low=row[3], high=row[2], enter=before.enter, signals=False
                    ),
                    int(row[0]),
                )
        self._data.rows = None
        self.watched_ms = now_ms
        if rate is not None:
            marked = Signals() if table is None else table.signals(-1)
            candle = begin_ms(now_ms, self._length)
            yield (
                PriceView(rate, now_ms, enter=marked.enter, exit=marked.exit, signals=table is not None),
                candle,
            )

    def _table(self, rows: Sequence[Sequence[float]]) -> Table:
        table = Table(self._strategy, rows, self.pair, self._data)
        self._data.analysed = table.values
        if table.silent:
            self._now.warn(
                f"no number in {', '.join(table.silent[:5])} on any of {len(rows)} candles: conditions on it "
                "are never met; shorten its period, or use a venue with more candles"
            )
        return table

    def _too_few(self, rows: Sequence[Sequence[float]]) -> bool:
        """Return True if the venue has fewer candles than the strategy needs for a first signal."""
        wanted = self._options.startup_candles
        if len(rows) > wanted or len(rows) >= MOST_CANDLES:
            return False
        self._now.warn(
            f"{self.pair} has {len(rows)} closed candles of {self.timeframe} and the strategy wants {wanted} "
            "before its first signal: nothing is entered until there are more"
        )
        return True

    # --- the strategy's answers -------------------------------------------------------------------------

    def should_execute(self, opportunity: Record) -> bool:
        return bool(opportunity["metadata"]["amount"] > 0)

    def _staking(self, rate: float, tag: str | None) -> float:
        if not self._ask.has("custom_stake_amount"):
            return self.stake
        free = self._free()
        found = self._ask(
            "custom_stake_amount",
            self.stake,
            pair=self.pair,
            current_time=self._moment(),
            current_rate=rate,
            proposed_stake=self.stake,
            min_stake=self._least_stake(rate),
            max_stake=free,
            leverage=1.0,
            entry_tag=tag,
            side="long",
        )
        return min(float(found or 0), free)

    def _confirmed_entry(self, amount: float, rate: float, tag: str | None) -> bool:
        return bool(
            self._ask(
                "confirm_trade_entry",
                True,
                pair=self.pair,
                order_type="market",
                amount=amount,
                rate=rate,
                time_in_force="IOC",
                current_time=self._moment(),
                entry_tag=tag,
                side="long",
            )
        )

    def _confirmed_exit(self, trade: Trade, amount: float, rate: float, leaving: Exit) -> bool:
        return bool(
            self._ask(
                "confirm_trade_exit",
                True,
                pair=self.pair,
                trade=trade,
                order_type="market",
                amount=amount,
                rate=rate,
                time_in_force="IOC",
                exit_reason=leaving.kind if leaving.kind != "custom_exit" else leaving.reason,
                sell_reason=leaving.kind,
                current_time=self._moment(),
            )
        )

    # --- acting -----------------------------------------------------------------------------------------

    def execute(self, opportunity: Record) -> Record:
        details = opportunity["metadata"]
        order: Record = self._provider.place_order(
            self.pair, details["side"], details["amount"], order_type="market"
        )
        if details["side"] == "buy":
            self.entry_candle = details["candle"]
            self.enter_tag = details.get("tag")
        else:
            self.locked_ms = details.get("locks", self.locked_ms)
        self._take(order, details["side"])
        return order

    def _settled(self) -> bool:
        """Return True if the outcome of the last order is known."""
        assert self.open_order is not None  # the caller has checked
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
        self.entry_price = self.highest = self.lowest = order["average"] or 0.0
        self.fee_rate = self._fee_of(order)
        self.staked = self.entry_price * order["filled"]
        self.stop_price = self.first_stop = self.stop_part = 0.0
        self.trade_data = {}
        self.entered_ms = self.watched_ms = self._provider.now_ms()
        self._stop_after_fill()

    def _stop_after_fill(self) -> None:
        """Set a custom stop that accepts `after_fill` at once, relative to the entry."""
        own = own_method(self._strategy, "custom_stoploss")
        code = getattr(own, "__code__", None)
        if not self._options.use_custom_stoploss or code is None or self._options.stoploss is None:
            return
        if "after_fill" not in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
            return
        position = self._position()
        position.raise_stop(position.entry, self._options.stoploss, initial=True)
        part = self._ask(
            "custom_stoploss",
            None,
            pair=self.pair,
            trade=self._trade(position),
            current_time=self._moment(),
            current_rate=position.entry,
            current_profit=position.profit(position.entry),
            after_fill=True,
        )
        if part:
            position.raise_stop(position.entry, float(part), refresh=True)
        self._note(position)

    def _fee_of(self, order: Record) -> float | None:
        """Return the entry's fee as a fraction of the turnover; None if the order has no fee."""
        base, _, quote = self.pair.partition("/")
        cost = self.entry_price * order["filled"]
        parts = order.get("fees") or ([order["fee"]] if order.get("fee") else [])
        worth = {quote: 1.0, base: self.entry_price}
        told = [fee["cost"] * worth[fee["currency"]] for fee in parts if fee.get("currency") in worth]
        return sum(told) / cost if told and cost else None

    def _fee(self) -> float:
        """Return the fee of one side: the config's, else the entry's, else the default."""
        if self._options.fee is not None:
            return self._options.fee
        return DEFAULT_FEE if self.fee_rate is None else self.fee_rate

    # --- the position -----------------------------------------------------------------------------------

    def _position(self) -> OpenPosition:
        begin = begin_ms(self.entered_ms, self._length)
        early = self.entered_ms - begin <= self._length // 10
        return OpenPosition(
            entry=self.entry_price,
            fee=self._fee(),
            opened_ms=begin if early else self.entered_ms,
            highest=self.highest,
            lowest=self.lowest,
            stop=self.stop_price,
            first_stop=self.first_stop,
            stop_part=self.stop_part,
            tick=self._tick(),
        )

    def _note(self, position: OpenPosition) -> None:
        self.highest, self.lowest = position.highest, position.lowest
        self.stop_price, self.first_stop = position.stop, position.first_stop
        self.stop_part = position.stop_part

    def _trade(self, position: OpenPosition) -> Trade:
        return Trade(
            position,
            pair=self.pair,
            amount=self.amount,
            stake=self.staked,
            tag=self.enter_tag,
            data=self.trade_data,
            exchange=str(getattr(self._provider, "name", "")),
            timeframe=self._length // 60_000,
        )

    # --- the venue --------------------------------------------------------------------------------------

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._provider.now_ms() / 1000, UTC)

    def _sellable(self, amount: float) -> float:
        return float(self._provider.amount_to_precision(self.pair, amount))

    def _asset(self) -> Any:
        find = getattr(self._provider, "asset", None)
        return None if find is None else find(self.pair)

    def _tick(self) -> float | None:
        step = getattr(self._asset(), "price_step", None)
        return None if not step else float(step)

    def _least_stake(self, rate: float) -> float | None:
        least = getattr(self._asset(), "minimum_quantity", None)
        return None if least is None else float(least) * rate

    def _free(self) -> float:
        balance = getattr(self._provider, "get_balance", None)
        return self.stake if balance is None else float(balance(self.pair.partition("/")[2]))

    def _rate(self, row: Sequence[float] | None) -> float | None:
        """Return the present best bid; without a fresh book the last close, if recent."""
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
        """Return the closed candles, as many as freqtrade requests."""
        return self._candles_of(self.pair, self.timeframe)

    def _candles_of(self, pair: str, timeframe: str) -> list[list[float]]:
        rows: list[list[float]] = self._provider.fetch_ohlcv(pair, timeframe, limit=MOST_CANDLES + 1)
        now_ms, length = self._provider.now_ms(), length_ms(timeframe)
        return [row for row in rows if row[0] + length <= now_ms][-MOST_CANDLES:]

    def _other_candles(self, pair: str, timeframe: str) -> Any:
        try:
            return frame(self._candles_of(pair, timeframe))
        except ArgosyError as error:
            raise ConfigError(
                f"the strategy reads candles of {pair} in {timeframe} and the venue gives none: it decides nothing",
                found=str(error),
                remedy="use a venue that has them, or leave them out of the strategy",
            ) from error

    def _stopped(self, row: Sequence[float]) -> bool:
        """Return True if at least one more candle must have closed since the last one."""
        now_ms: int = self._provider.now_ms()
        return now_ms - row[0] > 2 * self._length + _LATE_MS

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


def _same(trade: Trade) -> Trade:
    return trade


def _stake(config: Mapping[str, Any]) -> float:
    try:
        return float(config.get("stake_amount") or 0)
    except (TypeError, ValueError):
        return 0.0
