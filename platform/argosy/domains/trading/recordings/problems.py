"""Problems of rows: counted by kind with the first example, never dropped in silence, never fatal."""

from __future__ import annotations

from enum import StrEnum

from argosy.core.wire import Wire

_EXAMPLE_LENGTH = 240


class RowProblem(StrEnum):
    """`locked`/`crossed`: bid equals/exceeds ask on one token. `pair_sum_below_one`: the two asks add up to less
    than 1. `empty_side`: no bid or no ask. `stale_timestamp`: the venue's time lies more than 2 s before receipt.
    `gap`: rows are missing. `off_grid`: the row does not meet the grid of windows or bars. `newest_first`: the
    whole file runs backwards and was turned round. `interval_assumed`: nothing says how long a bar is."""

    UNPARSEABLE = "unparseable"
    NEWEST_FIRST = "newest_first"
    TIME_BACKWARDS = "time_backwards"
    LOCKED = "locked"
    CROSSED = "crossed"
    PAIR_SUM_BELOW_ONE = "pair_sum_below_one"
    EMPTY_SIDE = "empty_side"
    STALE_TIMESTAMP = "stale_timestamp"
    GAP = "gap"
    OFF_GRID = "off_grid"
    INTERVAL_ASSUMED = "interval_assumed"
    UNKNOWN_MARKET = "unknown_market"
    IGNORED = "ignored"


class UnreadableRow(ValueError):
    """A row, or a value of it, is not what it should be."""


class RowWarning(Wire):
    """`example` is the first such row, `line` its number in the file (1 is the first)."""

    code: RowProblem
    count: int
    line: int
    example: str


class Warnings:
    """Collects them while a recording is read."""

    def __init__(self) -> None:
        self._counts: dict[RowProblem, int] = {}
        self._first: dict[RowProblem, tuple[int, str]] = {}

    def add(self, code: RowProblem, line: int, example: object, count: int = 1) -> None:
        before = self._counts.get(code, 0)
        self._counts[code] = before + count
        if before == 0:
            text = example if isinstance(example, str) else repr(example)
            self._first[code] = (line, text.strip()[:_EXAMPLE_LENGTH])

    def clear(self) -> None:
        self._counts.clear()
        self._first.clear()

    def found(self) -> list[RowWarning]:
        """One entry a kind, in the order they first occurred."""
        return [
            RowWarning(code=code, count=self._counts[code], line=line, example=text)
            for code, (line, text) in self._first.items()
        ]
