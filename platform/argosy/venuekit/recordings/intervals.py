"""Length of a recording's bars: the length of most bars, not of the shortest one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from argosy.venuekit.recordings.problems import RowProblem, UnreadableRow
from argosy.venuekit.recordings.source import RecordingSource

_NAMED = re.compile(r"(?<![a-z\d])(\d{1,3})(s|m|min|h|d|w)(?![a-z\d])")
_UNIT_MS = {"s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_DAY_MS = 86_400_000
_JITTER_MS = 1_000


class Interval:
    """Length and end of the bars of one file.

    `bars` are (start, end or None) in ms. Recorded ends count first, then the most frequent step between bars, then
    the file's name. A single bar without any of these is assumed to last a day: an end that is too late is not
    look-ahead.
    """

    def __init__(self, source: RecordingSource, bars: Iterable[tuple[int, int | None]]) -> None:
        self._source = source
        starts: list[int] = []
        lengths: Counter[int] = Counter()
        for start, end in bars:
            starts.append(start)
            if end is not None and end > start:
                lengths[_to_second(end - start)] += 1
        steps = Counter(_to_second(after - before) for before, after in pairwise(sorted(starts)))
        self.length_ms = _most(lengths) if 2 * lengths.total() >= len(starts) else 0
        self.length_ms = self.length_ms or _most(steps) or _named_ms(source)
        if not self.length_ms:
            self.length_ms = _DAY_MS
            source.warnings.add(
                RowProblem.INTERVAL_ASSUMED, 1, "nothing says how long a bar is: a day is taken"
            )
        phases = Counter(start % self.length_ms for start in starts)
        self._phase_ms = phases.most_common(1)[0][0] if phases else 0

    def end_ms(self, line: int, start_ms: int, close_ms: int | None) -> int:
        """Return the time at which the bar's price is known.

        Raises ValueError for a bar that ends before it starts.
        """
        if close_ms is not None and close_ms <= start_ms:
            raise UnreadableRow("the bar ends before it starts")
        length_ms = self.length_ms if close_ms is None else close_ms - start_ms
        beside = (start_ms - self._phase_ms + self.length_ms // 2) % self.length_ms - self.length_ms // 2
        if abs(beside) > _JITTER_MS or abs(length_ms - self.length_ms) > _JITTER_MS:
            self._source.warnings.add(
                RowProblem.OFF_GRID,
                line,
                f"a bar of {length_ms / 1000:g} s, {beside / 1000:g} s beside the grid of {self.length_ms / 1000:g} s",
            )
        return start_ms + max(length_ms, self.length_ms)


def _most(lengths: Counter[int]) -> int:
    """Return the most frequent length, the longer of two; 0 without any."""
    return max(((count, length) for length, count in lengths.items() if length), default=(0, 0))[1]


def _named_ms(source: RecordingSource) -> int:
    found = _NAMED.search(source.name)
    return int(found[1]) * _UNIT_MS[found[2]] if found else 0


def _to_second(ms: int) -> int:
    return round(ms / 1000) * 1000
