"""Price for every moment: a jump diffusion between hourly anchors.

The anchors never drift away from a base price.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

from argosy.venuekit.sandbox.chance import generator
from argosy.venuekit.sandbox.kept import Kept
from argosy.venuekit.sandbox.shapes import HOUR_S, PARTS_S, Shape, shapes_of

_SCALES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_BLOCK = _SCALES[-1]
_CACHED_BLOCKS = 512
_PACES = (0.5, 0.65, 0.8, 0.95, 1.05, 1.2, 1.45, 1.8)
_CENT = Decimal("0.01")


class _Hour(NamedTuple):
    """Log distance of one hour's prices from the base price.

    At second i it is `start + scale * shape.levels[i] + tilt * i`.
    """

    start: float
    scale: float
    tilt: float
    shape: Shape

    def logs(self, first: int, last: int) -> list[float]:
        """Return the log distances of the seconds from `first` up to `last`, without `last`."""
        start, scale, tilt = self.start, self.scale, self.tilt
        levels = self.shape.levels[first:last]
        return [start + scale * level + tilt * second for second, level in enumerate(levels, first)]

    def extremes(self, length_s: int, part: int) -> tuple[float, float]:
        """Return the lowest and highest log distance of one part of `length_s`."""
        start, scale, tilt = self.start, self.scale, self.tilt
        (low_s, low), (high_s, high) = self.shape.hulls[length_s][part].corners(tilt / scale)
        one, other = start + scale * low + tilt * low_s, start + scale * high + tilt * high_s
        return (one, other) if scale > 0 else (other, one)


class _Block(NamedTuple):
    """Block of 256 hours, with the lowest and highest log distance of each."""

    hours: Sequence[_Hour]
    lows: Sequence[float]
    highs: Sequence[float]


class PricePath:
    """Price of one asset, by its name and base price.

    Each hour uses one of 16 walks, upright or upside down. A walk has 3,600 normal 1-second log returns of
    about `sigma`, at one of eight paces. It also has some two jumps of about 0.12 %. The walk is tilted onto
    the hour's end points.

    The end points are a sum of smooth noises with scales from 1 to 256 hours. The price therefore stays
    within some percent of its base for ever.
    """

    def __init__(self, seed: int, asset: str, base: float, *, sigma: float = 8e-5) -> None:
        self._seed = seed
        self._asset = asset
        self._base = base
        self.sigma = sigma
        self._variants = [
            (shape, sign * sigma * pace) for shape in shapes_of(seed) for pace in _PACES for sign in (1, -1)
        ]
        self._blocks = Kept(_CACHED_BLOCKS, self._plan)
        self._nodes = Kept(_CACHED_BLOCKS, self._draw)

    def at(self, ms: int) -> float:
        """Return the price at a moment, interpolated linearly between seconds."""
        second, rest = divmod(ms, 1000)
        price = self.second(second)
        return price if rest == 0 else price + (self.second(second + 1) - price) * rest / 1000

    def second(self, second: int) -> float:
        hour, offset = divmod(second, HOUR_S)
        found = self._hour(hour)
        return self._base * math.exp(
            found.start + found.scale * found.shape.levels[offset] + found.tilt * offset
        )

    def seconds(self, first: int, count: int) -> list[float]:
        """Return `count` prices from second `first` on."""
        return [self._base * math.exp(log) for log in self._logs(first, count)]

    def extremes(self, first: int, last: int) -> tuple[float, float]:
        """Return the lowest and highest price of the seconds `first` to `last`, both included.

        The extremes of whole hours are stored, so a day costs no more than a minute.
        """
        found: list[float] = []
        hour, end = -(-first // HOUR_S), last // HOUR_S
        if hour < end:
            self._parts(first, hour * HOUR_S, found)
            while hour < end:
                block, offset = divmod(hour, _BLOCK)
                until = min(_BLOCK, offset + end - hour)
                kept = self._blocks.of(block)
                found.append(min(kept.lows[offset:until]))
                found.append(max(kept.highs[offset:until]))
                hour += until - offset
            first = end * HOUR_S
        self._parts(first, last, found)
        return self._base * math.exp(min(found)), self._base * math.exp(max(found))

    def average(self, end_s: int, length_s: int) -> Decimal:
        """Return the settlement price: the mean of `length_s` prices, rounded to cents.

        The last of these prices is that of second `end_s`.
        """
        prices = self.seconds(end_s - length_s + 1, length_s)
        return Decimal(math.fsum(prices) / length_s).quantize(_CENT)

    def _parts(self, first: int, last: int, found: list[float]) -> None:
        """Add log distances whose extremes are those of `first` to `last`, both included."""
        while first <= last:
            hour, offset = divmod(first, HOUR_S)
            for part_s in PARTS_S:
                if offset % part_s == 0 and first + part_s <= last:
                    found += self._hour(hour).extremes(part_s, offset // part_s)
                    break
            else:
                part_s = min(last - first + 1, PARTS_S[-1] - offset % PARTS_S[-1])
                found += self._logs(first, part_s)
            first += part_s

    def _logs(self, first: int, count: int) -> list[float]:
        found: list[float] = []
        while count > 0:
            hour, offset = divmod(first, HOUR_S)
            part = self._hour(hour).logs(offset, min(HOUR_S, offset + count))
            found += part
            first += len(part)
            count -= len(part)
        return found

    def _hour(self, hour: int) -> _Hour:
        return self._blocks.of(hour // _BLOCK).hours[hour % _BLOCK]

    def _plan(self, number: int) -> _Block:
        own, following = self._nodes.of(number), self._nodes.of(number + 1)
        slopes = []
        for scale, nodes, beyond in zip(_SCALES, own, following, strict=True):
            edges = zip(nodes, (*nodes[1:], beyond[0]), strict=True)
            slopes.append([slope for left, right in edges for slope in ((right - left) / scale,) * scale])
        changes = list(map(sum, zip(*slopes, strict=True)))
        start = sum(nodes[0] for nodes in own)
        anchors = list(accumulate(changes, initial=start))
        random = generator(self._seed, self._asset, "hours", number)
        chosen = random.choices(self._variants, k=_BLOCK)
        hours = [
            _Hour(anchor, scale, (change - scale * shape.levels[-1]) / HOUR_S, shape)
            for anchor, change, (shape, scale) in zip(anchors, changes, chosen, strict=False)
        ]
        ends = [hour.extremes(HOUR_S, 0) for hour in hours]
        return _Block(hours, [low for low, _ in ends], [high for _, high in ends])

    def _draw(self, number: int) -> list[list[float]]:
        """Return the noise of a block by scale.

        The lines between these values add up to the anchors.
        """
        gauss = generator(self._seed, self._asset, "anchors", number).gauss
        return [[gauss(0.0, 0.0022 * math.sqrt(scale)) for _ in range(_BLOCK // scale)] for scale in _SCALES]
