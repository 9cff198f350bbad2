"""Walks of one hour, from which price paths are built.

A path scales a walk and tilts it to fit an hour. Under any tilt the highest and lowest point lie on the
walk's convex hull. The extremes of an hour therefore cost two binary searches instead of 3,600 prices.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from argosy.venuekit.sandbox.chance import generator

HOUR_S = 3600
PARTS_S = (HOUR_S, 1800, 900, 300, 60)
"""Lengths in seconds of the parts whose extremes are stored, longest first.

Each length divides the one before.
"""
COUNT = 16
_JUMPS = (0, 1, 1, 2, 2, 2, 3, 5)
_JUMP = 15.0

Point = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Hull:
    """Convex hull of a part of a walk: its corners, left to right, and their slopes.

    Slopes of the upper side are negated, so that both lists ascend.
    """

    upper: tuple[Point, ...]
    lower: tuple[Point, ...]
    upper_slopes: tuple[float, ...]
    lower_slopes: tuple[float, ...]

    def corners(self, tilt: float) -> tuple[Point, Point]:
        """Return the lowest and the highest point after a tilt of `tilt` per second."""
        return (
            self.lower[bisect_left(self.lower_slopes, -tilt)],
            self.upper[bisect_left(self.upper_slopes, tilt)],
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """One walk of an hour.

    `levels` are those of the seconds 0 to 3,600, in standard deviations of one second. `hulls` are those of
    the walk's parts, by length. Both ends of a part belong to it.
    """

    levels: tuple[float, ...]
    hulls: dict[int, tuple[Hull, ...]]


@lru_cache(maxsize=4)
def shapes_of(seed: int) -> tuple[Shape, ...]:
    """Return all shapes of a seed."""
    return tuple(_walk(seed, number) for number in range(COUNT))


def _walk(seed: int, number: int) -> Shape:
    random = generator(seed, "shape", number)
    steps = [random.gauss(0.0, 1.0) for _ in range(HOUR_S)]
    for _ in range(random.choice(_JUMPS)):
        steps[random.randrange(HOUR_S)] += _JUMP * random.gauss(0.0, 1.0)
    levels = tuple(accumulate(steps, initial=0.0))
    points = list(enumerate(levels))
    shortest = PARTS_S[-1]
    parts = [points[first : first + shortest + 1] for first in range(0, HOUR_S, shortest)]
    hulls = {shortest: tuple(_hull(part, part) for part in parts)}
    for part, length in zip(PARTS_S[:0:-1], PARTS_S[-2::-1], strict=True):
        shorter, count = hulls[part], length // part
        hulls[length] = tuple(
            _merged(shorter[first : first + count]) for first in range(0, len(shorter), count)
        )
    return Shape(levels, hulls)


def _merged(hulls: Sequence[Hull]) -> Hull:
    return _hull(
        [point for hull in hulls for point in hull.upper], [point for hull in hulls for point in hull.lower]
    )


def _hull(above: Sequence[Point], below: Sequence[Point]) -> Hull:
    """Return the hull of points in order of time.

    `above` are the candidates of the upper side, `below` those of the lower side.
    """
    lower, lower_slopes = _chain(below)
    mirrored, upper_slopes = _chain([(second, -level) for second, level in above])
    upper = tuple((second, -level) for second, level in mirrored)
    return Hull(upper, lower, upper_slopes, lower_slopes)


def _chain(points: Sequence[Point]) -> tuple[tuple[Point, ...], tuple[float, ...]]:
    """Return the lower side of the hull and its slopes (monotone chain, Andrew 1979)."""
    corners: list[Point] = [points[0]]
    slopes: list[float] = []
    for point in points:
        second, level = point
        if second == corners[-1][0]:
            continue
        slope = (level - corners[-1][1]) / (second - corners[-1][0])
        while slopes and slope <= slopes[-1]:
            slopes.pop()
            corners.pop()
            slope = (level - corners[-1][1]) / (second - corners[-1][0])
        corners.append(point)
        slopes.append(slope)
    return tuple(corners), tuple(slopes)
