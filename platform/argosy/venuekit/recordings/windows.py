"""Length of a recording's windows, from the file's name or from most of its rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

from argosy.venuekit.recordings.problems import RowProblem
from argosy.venuekit.recordings.source import RecordingSource

_NAMED = re.compile(r"(?<!\d)(\d{1,2})(m|min|h)(?![a-z])")
_GRID_MS = 2_000
_RARE = 20
"""Share of possible outliers: one row in this many."""


class WindowGrid:
    """Windows of one length: finds the end of a row's window."""

    def __init__(self, source: RecordingSource, length_s: int) -> None:
        self._source = source
        self.length_s = length_s

    def end_s(self, line: int, ms: int, left_s: Decimal, row: Sequence[str]) -> int:
        """Return the end of the row's window in Unix seconds.

        A row off the grid is counted and gets the window of its time.
        """
        end_ms = ms + int(left_s * 1000)
        end_s = _to_minute(end_ms)
        if abs(end_ms - end_s * 1000) > _GRID_MS or end_s % self.length_s:
            self._source.warnings.add(RowProblem.OFF_GRID, line, ",".join(row))
            return -(-ms // (self.length_s * 1000)) * self.length_s
        if left_s > self.length_s:
            example = f"{left_s} s to the end of a window of {self.length_s} s: {','.join(row)}"
            self._source.warnings.add(RowProblem.OFF_GRID, line, example)
        return end_s


def window_length_s(
    source: RecordingSource,
    rows: Iterable[tuple[int, Decimal]],
    usual_s: int,
    lengths_s: Sequence[int],
) -> int:
    """Return the window length, one of `lengths_s`, of rows of (time in ms, seconds left).

    The file's name decides. Otherwise the ends of most rows must lie on the grid of the length. Their remaining
    time must fit into it. If several lengths fit, the usual one counts, then the shortest longer one.
    """
    named = _NAMED.search(source.name)
    if named:
        length_s = int(named[1]) * (3600 if named[2] == "h" else 60)
        if length_s in lengths_s:
            return length_s
    ends: Counter[int] = Counter()
    left: list[Decimal] = []
    for ms, left_s in rows:
        ends[_to_minute(ms + int(left_s * 1000))] += 1
        left.append(left_s)
    if not left:
        return usual_s
    most = ends.most_common(1)[0][1]
    bulk = [end for end, count in ends.items() if count * _RARE >= most]
    longest = sorted(left)[-1 - len(left) // _RARE]
    fitting = [length for length in lengths_s if all(end % length == 0 for end in bulk)]
    long_enough = [length for length in fitting if length * 1000 + _GRID_MS >= longest * 1000]
    if usual_s in long_enough:
        return usual_s
    longer = [length for length in long_enough if length > usual_s]
    return min(longer or long_enough or fitting or [usual_s])


def _to_minute(ms: int) -> int:
    return round(ms / 60_000) * 60
