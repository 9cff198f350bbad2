"""Rehearsal of a strategy on generated candles before it trades.

A strategy that fails or looks ahead there is refused.
"""

from __future__ import annotations

import copy
import math
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson

from argosy.domains.trading.candle import length_ms
from argosy.errors import ArgosyError, ConfigError
from argosy.legacy.freqtrade.callbacks import CUSTOM, is_base, own_method
from argosy.legacy.freqtrade.data import DataProvider, Wallets
from argosy.legacy.freqtrade.options import DEFAULT_FEE, Options
from argosy.legacy.freqtrade.position import OpenPosition
from argosy.legacy.freqtrade.refused import NotOffered
from argosy.legacy.freqtrade.table import Table, frame, is_marked
from argosy.legacy.freqtrade.trade import Trade

_ROWS = 999
_CUTS = (998, 800, 990, 970, 940, 900, 995, 997, 650)
_ENOUGH_S = 2.0
"""Seconds after which no further cuts are compared.

The first poll of a slow strategy must fit into the node's time limit.
"""
_START_MS = 1_577_836_800_000
_SIGNALS = ("enter_long", "exit_long", "enter_short", "buy", "sell")
_done: dict[tuple[type, bytes], ArgosyError | None] = {}


def rehearse(strategy: Any, options: Options, pair: str, config: Mapping[str, Any]) -> None:
    """Raise ConfigError for a strategy that cannot run or that uses future candles.

    The check runs once per process and config.
    """
    key = (type(strategy), orjson.dumps(config, default=str, option=orjson.OPT_SORT_KEYS))
    if key not in _done:
        try:
            with _unchanged(strategy):
                _rehearse(copy.copy(strategy), options, pair)
            _done[key] = None
        except ArgosyError as error:
            _done[key] = error
    refused = _done[key]
    if refused is not None:
        raise refused


def _rehearse(strategy: Any, options: Options, pair: str) -> None:
    name = type(strategy).__name__
    data = MadeUp(pair, options)
    strategy.dp, strategy.wallets = data, MadeUpWallets()
    rows = made_up(pair, options.timeframe)
    try:
        start = own_method(strategy, "bot_start")
        if start is not None:
            start()
        began = time.perf_counter()
        whole = Table(strategy, rows, pair, data)
        changed = _changed_by_later_candles(strategy, rows, pair, data, whole, began)
        data.analysed = whole.values
        _ask(strategy, options, pair, rows)
    except ArgosyError:
        raise
    except Exception as error:
        raise ConfigError(
            f"{name} fails on {len(rows)} made-up candles, so it would fail at every poll: it is not run",
            found=f"{type(error).__name__}: {str(error)[:200]}",
            remedy="mend the strategy, or install what it needs",
        ) from error
    if changed:
        raise ConfigError(
            f"{name} changes earlier signals when later candles arrive. Its backtest shows impossible trades, "
            "so it is not run",
            expected="signals that follow from candles up to their own",
            found=f"{changed} changed",
            remedy="find the look-ahead (shift(-1), a minimum or mean over the whole table) and remove it",
        )


def _changed_by_later_candles(
    strategy: Any, rows: list[list[float]], pair: str, data: DataProvider, whole: Table, began: float
) -> str:
    """Return signal columns that differ if the table ends earlier."""
    if isinstance(whole.values, dict):
        return ""
    found: set[str] = set()
    for place, cut in enumerate(_CUTS):
        if place and time.perf_counter() - began > _ENOUGH_S:
            break
        part = Table(strategy, rows[:cut], pair, data).values
        for column in _SIGNALS:
            if (column in part) != (column in whole.values):
                found.add(column)
            elif column in part:
                now, then = whole.values[column].iloc[:cut], part[column]
                if any(is_marked(a) != is_marked(b) for a, b in zip(now, then, strict=True)):
                    found.add(column)
    return ", ".join(sorted(found))


def _ask(strategy: Any, options: Options, pair: str, rows: list[list[float]]) -> None:
    """Call each callback once to find uses of unsupported features."""
    rate, now_ms = rows[-1][4], int(rows[-1][0])
    for profit in (-0.02, 0.04):
        position = OpenPosition(
            rate / (1 + profit), DEFAULT_FEE, now_ms - 40 * length_ms(options.timeframe), rate, rate
        )
        trade = Trade(position, pair=pair, amount=1.0, stake=rate, tag="entry", data={})
        now = trade.open_date_utc.fromtimestamp(now_ms / 1000, trade.open_date_utc.tzinfo)
        for name in CUSTOM:
            method = own_method(strategy, name)
            if method is None or name == "bot_start":
                continue
            try:
                method(**_values(name, pair, trade, now, rate, profit))
            except NotOffered:
                raise
            except Exception:  # noqa: BLE001, S112 - freqtrade goes on when one of these fails, and reports it then
                continue


def _values(name: str, pair: str, trade: Trade, now: Any, rate: float, profit: float) -> dict[str, Any]:
    if name == "bot_loop_start":
        return {"current_time": now}
    if name == "custom_stake_amount":
        return {
            "pair": pair, "current_time": now, "current_rate": rate, "proposed_stake": 100.0, "min_stake": 1.0,
            "max_stake": 1000.0, "leverage": 1.0, "entry_tag": "entry", "side": "long",
        }  # fmt: skip
    if name in ("confirm_trade_entry", "confirm_trade_exit"):
        common = {"pair": pair, "order_type": "market", "amount": 1.0, "rate": rate, "time_in_force": "IOC"}
        if name == "confirm_trade_entry":
            return {**common, "current_time": now, "entry_tag": "entry", "side": "long"}
        return {**common, "trade": trade, "exit_reason": "roi", "sell_reason": "roi", "current_time": now}
    common = {"pair": pair, "trade": trade, "current_time": now}
    if name == "custom_roi":
        return {**common, "trade_duration": 60, "entry_tag": "entry", "side": "long"}
    if name == "custom_stoploss":
        return {**common, "current_rate": rate, "current_profit": profit, "after_fill": False}
    return {**common, "current_rate": rate, "current_profit": profit}


class MadeUp(DataProvider):
    """DataProvider with generated candles for other pairs too."""

    def __init__(self, pair: str, options: Options) -> None:
        super().__init__(
            pair,
            options.timeframe,
            lambda name, length: frame(made_up(name, length)),
            runmode=options.runmode,
        )

    def ticker(self, pair: str) -> dict[str, Any]:
        return {"symbol": pair, "bid": 100.0, "ask": 100.1, "last": 100.0}

    def orderbook(self, pair: str, maximum: int) -> dict[str, Any]:
        return {"bids": [[100.0, 1.0]], "asks": [[100.1, 1.0]]}


class MadeUpWallets(Wallets):
    def __init__(self) -> None:
        super().__init__(None, "")

    def _balance(self, kind: str, currency: str) -> float:
        return 1000.0


def made_up(pair: str, timeframe: str, count: int = _ROWS) -> list[list[float]]:
    """Return generated candles, the same each time.

    They have waves of several lengths, jumps and quiet stretches.
    """
    chance, length = random.Random(f"{pair} {timeframe}"), length_ms(timeframe)  # noqa: S311 - no secret
    price, rows = 100.0, []
    for place in range(count):
        opened = price
        wave = 0.004 * math.sin(place / 9) + 0.003 * math.sin(place / 41) + 0.002 * math.sin(place / 170)
        size = 0.012 * (1.5 + math.sin(place / 60)) / 2.5
        price = max(1.0, price * (1 + wave * 0.5 + chance.gauss(0, size)))
        high = max(opened, price) * (1 + abs(chance.gauss(0, size / 2)))
        low = min(opened, price) * (1 - abs(chance.gauss(0, size / 2)))
        volume = 50 * math.exp(chance.gauss(0, 0.8)) * (1 + 40 * abs(price / opened - 1))
        rows.append([_START_MS + place * length, opened, high, low, price, volume])
    return rows


@contextmanager
def _unchanged(strategy: Any) -> Iterator[None]:
    """Restore lists, sets and dicts of the strategy's classes afterwards."""
    kept = [
        (value, copy.copy(value))
        for cls in type(strategy).__mro__
        if not is_base(cls)
        for value in vars(cls).values()
        if type(value) in (dict, list, set)
    ]
    try:
        yield
    finally:
        for value, before in kept:
            value.clear()
            if isinstance(value, list):
                value.extend(before)
            else:
                value.update(before)
