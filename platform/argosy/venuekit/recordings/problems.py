"""Problems of rows, counted by kind with the first example.

No problem is dropped without a count, and none is fatal.
"""

from __future__ import annotations

from enum import StrEnum

from argosy.core.wire import Wire

_EXAMPLE_LENGTH = 240


class RowProblem(StrEnum):
    """Kind of problem.

    `locked`/`crossed`: bid equals/exceeds ask on one token. `pair_sum_below_one`: the two asks add up to less than
    1. `empty_side`: no bid or no ask. `stale_timestamp`: the venue's time is more than 2 s before receipt. `gap`:
    rows are missing. `off_grid`: the row does not match the grid of windows or bars. `newest_first`: the whole file
    runs backwards and was reversed. `interval_assumed`: the length of a bar is not known.
    """

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
    """Invalid row, or an invalid value in it."""


BROKEN = (KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError)
"""Errors of an invalid row."""


class RowWarning(Wire):
    """Problem with its count. `example` is the first such row, `line` its number from 1."""

    code: RowProblem
    count: int
    line: int
    example: str


class RecordingWarnings:
    """Collector of problems while a recording is read."""

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
        """Return one entry per kind, in the order of first occurrence."""
        return [
            RowWarning(code=code, count=self._counts[code], line=line, example=text)
            for code, (line, text) in self._first.items()
        ]
