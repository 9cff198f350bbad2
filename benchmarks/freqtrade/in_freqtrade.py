"""Runs inside the environment of freqtrade: one backtest, on candles from standard input. No network is used."""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from pathlib import Path
from unittest.mock import PropertyMock, patch

import pandas as pd
from freqtrade.enums import CandleType, RunMode
from freqtrade.exchange.exchange import Exchange
from freqtrade.optimize.backtesting import Backtesting

PAIR = "BTC/USDT"


def main() -> None:
    logging.disable(logging.CRITICAL)
    asked = json.load(sys.stdin)
    tables = {timeframe: _table(rows) for timeframe, rows in asked["candles"].items()}
    offline = [
        patch.object(Exchange, "reload_markets", lambda *a, **k: None),
        patch.object(Exchange, "validate_config", lambda *a, **k: None),
        patch.object(Exchange, "validate_timeframes", lambda *a, **k: None),
        patch.object(Exchange, "fill_leverage_tiers", lambda *a, **k: None),
        patch.object(Exchange, "markets", PropertyMock(return_value={PAIR: _market(asked["fee"])})),
        patch.object(Exchange, "timeframes", PropertyMock(return_value=list(tables))),
        patch("freqtrade.optimize.backtesting.migrate_data", lambda *a, **k: None),
        patch(
            "freqtrade.data.dataprovider.load_pair_history",
            lambda pair, timeframe, **k: tables[timeframe].copy(),
        ),
        patch(
            "freqtrade.optimize.backtesting.history.load_data",
            lambda pairs, timeframe, **k: {PAIR: tables[timeframe].copy()},
        ),
    ]
    for one in offline:
        one.start()
    with tempfile.TemporaryDirectory() as folder:
        run = Backtesting(_config(asked, Path(folder)))
        data, timerange = run.load_bt_data()
        strategy = run.strategylist[0]
        run.backtest_one_strategy(strategy, data, timerange)
    trades = run.all_bt_content[strategy.get_strategy_name()]["results"]
    print(json.dumps([_trade(row) for row in trades.itertuples()]))


def _trade(row) -> dict:  # type: ignore[no-untyped-def, type-arg]
    return {
        "opened": int(row.open_date.timestamp() * 1000),
        "closed": int(row.close_date.timestamp() * 1000),
        "reason": row.exit_reason,
    }


def _table(rows: list[list[float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["date", "open", "high", "low", "close", "volume"])
    table["date"] = pd.to_datetime(table["date"], unit="ms", utc=True)
    return table


def _market(fee: float) -> dict:  # type: ignore[type-arg]
    base, _, quote = PAIR.partition("/")
    bounds = {"min": None, "max": None}
    return {
        "id": base + quote, "symbol": PAIR, "base": base, "quote": quote, "active": True, "spot": True,
        "swap": False, "future": False, "linear": None, "type": "spot", "contractSize": None,
        "precision": {"amount": 1e-8, "price": 1e-8}, "maker": fee, "taker": fee, "info": {},
        "limits": {"amount": {"min": 1e-8, "max": 1e9}, "price": bounds, "cost": {"min": 0.01, "max": None}, "leverage": bounds},
    }  # fmt: skip


def _config(asked: dict, folder: Path) -> dict:  # type: ignore[type-arg]
    order_book = {"price_side": "same", "use_order_book": False, "order_book_top": 1}
    return {
        "strategy": asked["name"], "strategy_path": str(Path(asked["file"]).parent),
        "recursive_strategy_search": False, "user_data_dir": folder, "datadir": folder,
        "stake_currency": "USDT", "stake_amount": 100.0, "dry_run_wallet": 1e6, "max_open_trades": 1,
        "fee": asked["fee"], "dry_run": True, "runmode": RunMode.BACKTEST, "trading_mode": "spot", "margin_mode": "",
        "candle_type_def": CandleType.SPOT, "pairlists": [{"method": "StaticPairList"}],
        "exchange": {"name": "binance", "key": "", "secret": "", "pair_whitelist": [PAIR], "pair_blacklist": []},
        "entry_pricing": order_book, "exit_pricing": order_book, "dataformat_ohlcv": "feather",
        "dataformat_trades": "feather", "export": "none", "original_config": {}, "internals": {},
        "unfilledtimeout": {"entry": 10, "exit": 10, "unit": "minutes"},
    }  # fmt: skip


if __name__ == "__main__":
    main()
