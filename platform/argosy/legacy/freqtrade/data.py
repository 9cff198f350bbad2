"""`self.dp` and `self.wallets` of a strategy.

They offer other candles, the analysed table, quotes and balances.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from argosy.errors import ArgosyError
from argosy.legacy.freqtrade.pandas_ import pandas
from argosy.legacy.freqtrade.refused import not_offered

_REMEDY = "leave it out of the strategy, or run the strategy under freqtrade"


class RunMode(StrEnum):
    """Names of freqtrade's modes. A bridged strategy runs as `dry_run` or `live`."""

    LIVE = "live"
    DRY_RUN = "dry_run"
    BACKTEST = "backtest"
    HYPEROPT = "hyperopt"
    OTHER = "other"


class DataProvider:
    """Reading part of freqtrade's DataProvider.

    `candles` returns the closed candles of a pair as a table.
    """

    def __init__(
        self,
        pair: str,
        timeframe: str,
        candles: Callable[[str, str], Any],
        provider: Any = None,
        runmode: str | None = None,
    ) -> None:
        self._runmode = runmode
        self._pair = pair
        self._timeframe = timeframe
        self._candles = candles
        self._provider = provider
        self._seen: dict[tuple[str, str], Any] = {}
        self.analysed: Any = None
        self.rows: int | None = None

    def forget(self) -> None:
        """Clear the cached candles at the start of a poll."""
        self._seen.clear()

    def current_whitelist(self) -> list[str]:
        return [self._pair]

    @property
    def available_pairs(self) -> list[tuple[str, str]]:
        return [(self._pair, self._timeframe)]

    def get_pair_dataframe(self, pair: str, timeframe: str | None = None, candle_type: str = "") -> Any:
        """Return closed candles of any pair of the venue; an empty table if it has none."""
        if candle_type not in ("", "spot", None):
            raise not_offered("dp", f"get_pair_dataframe(candle_type={candle_type!r})", _REMEDY)
        key = (pair, timeframe or self._timeframe)
        if key not in self._seen:
            self._seen[key] = self._candles(*key)
        return self._seen[key].copy()

    def ohlcv(self, pair: str, timeframe: str | None = None, copy: bool = True, candle_type: str = "") -> Any:
        return self.get_pair_dataframe(pair, timeframe, candle_type)

    def historic_ohlcv(self, pair: str, timeframe: str | None = None, candle_type: str = "") -> Any:
        return self.get_pair_dataframe(pair, timeframe, candle_type)

    def get_analyzed_dataframe(self, pair: str, timeframe: str | None = None) -> tuple[Any, datetime]:
        """Return the table up to the last closed candle, and that candle's time.

        The table has indicators and signals.
        """
        if pair != self._pair or self.analysed is None or timeframe not in (None, self._timeframe):
            return pandas().DataFrame(), datetime.fromtimestamp(0, UTC)
        table = self.analysed if self.rows is None else self.analysed.iloc[: self.rows]
        return table, table["date"].iloc[-1].to_pydatetime()

    def market(self, pair: str) -> dict[str, Any] | None:
        base, _, quote = pair.partition("/")
        return {"symbol": pair, "base": base, "quote": quote} if quote else None

    def ticker(self, pair: str) -> dict[str, Any]:
        try:
            return dict(self._provider.get_ticker(pair))
        except ArgosyError:
            return {}

    def orderbook(self, pair: str, maximum: int) -> dict[str, Any]:
        return dict(self._provider.get_orderbook(pair, maximum))

    def send_msg(self, message: str, *, always_send: bool = False) -> None:
        """Do nothing: messages of a strategy change no trade."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name != "runmode":
            raise not_offered("dp", name, _REMEDY)
        if self._runmode is None:  # a strategy that reads the mode trades differently from its backtest
            raise not_offered(
                "dp", name, 'choose one in the config: "runmode": "backtest", "live" or "dry_run"'
            )
        return RunMode(self._runmode)


class Wallets:
    """`self.wallets` on the venue's balances, free and locked."""

    def __init__(self, provider: Any, currency: str) -> None:
        self._provider = provider
        self._currency = currency

    def get_free(self, currency: str) -> float:
        return float(self._balance("free", currency))

    def get_used(self, currency: str) -> float:
        return float(self._balance("used", currency))

    def get_total(self, currency: str) -> float:
        return float(self._balance("total", currency))

    def get_available_stake_amount(self) -> float:
        return self.get_free(self._currency)

    def _balance(self, kind: str, currency: str) -> float:
        found: float = self._provider.fetch_balance()[kind].get(currency, 0.0)
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise not_offered("wallets", name, _REMEDY)
