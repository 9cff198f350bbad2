"""Candle table of a strategy with its indicators and signals.

A DataFrame, or a dict of lists without pandas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from argosy.errors import ConfigError
from argosy.legacy.freqtrade.data import DataProvider
from argosy.legacy.freqtrade.informative import add_informatives
from argosy.legacy.freqtrade.pandas_ import pandas

COLUMNS = ("date", "open", "high", "low", "close", "volume")
ENTRY = ("populate_entry_trend", "populate_buy_trend")
EXIT = ("populate_exit_trend", "populate_sell_trend")
Rows = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Signals:
    """Signals on one candle. `enter` and `exit` are of long positions."""

    enter: bool = False
    exit: bool = False
    short: bool = False
    tag: str | None = None

    @property
    def buys(self) -> bool:
        """True for an entry signal without an exit or short signal on the same candle."""
        return self.enter and not self.exit and not self.short


def method(strategy: Any, names: Sequence[str]) -> Any:
    return next((getattr(strategy, name) for name in names if callable(getattr(strategy, name, None))), None)


def frame(rows: Rows) -> Any:
    """Return candles `[ms, open, high, low, close, volume]` as a table.

    The table is a pandas DataFrame, or a dict of lists without pandas.
    """
    columns: dict[str, Any] = {name: [row[place] for row in rows] for place, name in enumerate(COLUMNS)}
    if find_spec("pandas") is None:
        return columns
    columns["date"] = pandas().to_datetime(columns["date"], unit="ms", utc=True)
    return pandas().DataFrame(columns)


class Table:
    """Indicators and signals of all rows.

    Raises ConfigError for a strategy that changes the candles.
    """

    def __init__(self, strategy: Any, rows: Rows, pair: str, data: DataProvider | None = None) -> None:
        metadata = {"pair": pair}
        table = frame(rows)
        if data is not None and not isinstance(table, dict):
            table = add_informatives(strategy, table, pair, data)
        table = strategy.populate_indicators(table, metadata)
        _check(strategy, table, rows, "populate_indicators")
        self._plain = isinstance(table, dict)
        self.silent = () if self._plain else _never_numbers(table)
        for names, tag in ((ENTRY, "enter_tag"), (EXIT, "exit_tag")):
            mark = method(strategy, names)
            if mark is None:
                continue
            if not self._plain:
                table.loc[:, tag] = ""
            table = mark(table, metadata)
            _check(strategy, table, rows, names[0])
        self.values = table
        self.length = len(rows)

    def signals(self, place: int) -> Signals:
        """Return the signals of the row at `place`; negative places count from the end."""
        enter = self._marked(place, "enter_long", "buy")
        tag = self._cell("enter_tag", place)
        if tag is None:
            tag = self._cell("buy_tag", place)
        return Signals(
            enter=enter,
            exit=self._marked(place, "exit_long", "sell"),
            short=self._marked(place, "enter_short"),
            tag=tag if isinstance(tag, str) and tag not in ("", "nan") else None,
        )

    def _marked(self, place: int, name: str, old: str | None = None) -> bool:
        """Return True if column `name` is marked; `old` is read only if `name` is missing."""
        column = name if name in self.values or old is None else old
        return is_marked(self._cell(column, place))

    def _cell(self, name: str, place: int) -> Any:
        if name not in self.values or abs(place) > self.length or place >= self.length:
            return None
        column = self.values[name]
        return column[place] if self._plain else column.iloc[place]


def is_marked(value: Any) -> bool:
    try:
        return bool(value == 1)
    except TypeError:  # pandas fills with voids if no row was ever marked
        return False


def _check(strategy: Any, table: Any, rows: Rows, name: str) -> None:
    """Raise ConfigError if the candles come back changed, as freqtrade does."""
    found = None
    if table is None:
        found = "nothing (is there a `return`?)"
    elif len(table["close"]) != len(rows):
        found = f"{len(table['close'])} rows of {len(rows)}"
    elif rows and float(next(iter(table["close"][-1:]))) != float(rows[-1][4]):
        found = "another last close"
    if found is not None:
        raise ConfigError(
            f"{name} of {type(strategy).__name__} does not return the candles it was given: nothing is run",
            found=found,
            remedy="return the same table with columns added",
        )


def _never_numbers(table: Any) -> tuple[str, ...]:
    """Return float columns without any number."""
    return tuple(
        str(name)
        for name in table.columns
        if name not in COLUMNS and table[name].dtype.kind == "f" and not table[name].notna().any()
    )
