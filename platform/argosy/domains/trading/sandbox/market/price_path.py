"""A price for every moment: a jump diffusion in each hour between anchors that never drift away."""

from __future__ import annotations

import math
from collections import OrderedDict
from decimal import Decimal

from argosy.domains.trading.sandbox.chance import generator, normal, uniform

_HOUR_S = 3600
_SCALES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_CACHED_HOURS = 96
_CENT = Decimal("0.01")
BASE_PRICES = {"btc": 64_000.0, "eth": 3_100.0, "sol": 150.0}


class PricePath:
    """One asset's price in USD.

    Per hour: 3600 normal 1-second log returns of about `sigma` (with slow changes of pace), and `jumps_per_hour`
    jumps of about 0.12 %, bent linearly onto the hour's end points. The end points are a sum of smooth noises of
    scales from 1 to 256 hours, so that the price stays within some percent of its base for ever.
    """

    def __init__(self, seed: int, asset: str, *, sigma: float = 8e-5, jumps_per_hour: float = 2.0) -> None:
        self._seed = seed
        self._asset = asset
        self._base = BASE_PRICES.get(asset, 100.0)
        self.sigma = sigma
        self._jumps = jumps_per_hour
        self._hours: OrderedDict[int, list[float]] = OrderedDict()

    def at(self, ms: int) -> float:
        """USD at a moment, linear between two seconds."""
        second, rest = divmod(ms, 1000)
        price = self.second(second)
        return price if rest == 0 else price + (self.second(second + 1) - price) * rest / 1000

    def second(self, second: int) -> float:
        hour, offset = divmod(second, _HOUR_S)
        return self._hour(hour)[offset]

    def seconds(self, first: int, count: int) -> list[float]:
        """`count` prices from second `first` on."""
        found: list[float] = []
        while count > 0:
            hour, offset = divmod(first, _HOUR_S)
            part = self._hour(hour)[offset : offset + count]
            found += part
            first += len(part)
            count -= len(part)
        return found

    def average(self, end_s: int, length_s: int) -> Decimal:
        """Mean of the `length_s` prices up to and with second `end_s`, in cents: the settlement price."""
        prices = self.seconds(end_s - length_s + 1, length_s)
        return Decimal(math.fsum(prices) / length_s).quantize(_CENT)

    def _hour(self, hour: int) -> list[float]:
        cached = self._hours.get(hour)
        if cached is not None:
            return cached
        prices = self._walk(hour)
        self._hours[hour] = prices
        if len(self._hours) > _CACHED_HOURS:
            self._hours.popitem(last=False)
        return prices

    def _walk(self, hour: int) -> list[float]:
        random = generator(self._seed, self._asset, "hour", hour)
        pace = self.sigma * math.exp(0.35 * normal(self._seed, self._asset, "pace", hour))
        jump_chance = self._jumps / _HOUR_S
        logs = [0.0]
        level = 0.0
        for _ in range(_HOUR_S):
            level += pace * random.gauss(0.0, 1.0)
            if random.random() < jump_chance:
                level += 0.0012 * random.gauss(0.0, 1.0)
            logs.append(level)
        start, end = self._anchor(hour), self._anchor(hour + 1)
        bend = (end - start - level) / _HOUR_S
        return [self._base * math.exp(start + logs[i] + bend * i) for i in range(_HOUR_S)]

    def _anchor(self, hour: int) -> float:
        """Log distance from the base price at the start of an hour."""
        total = 0.0
        for scale in _SCALES:
            cell, offset = divmod(hour, scale)
            share = offset / scale
            left = normal(self._seed, self._asset, "anchor", scale, cell)
            right = normal(self._seed, self._asset, "anchor", scale, cell + 1)
            total += 0.0022 * math.sqrt(scale) * (left + (right - left) * share)
        return total


def basis(seed: int, source: str, ms: int) -> float:
    """How far one exchange's price lies from the common one, as a fraction: some 0.01 %, changing by the minute."""
    minute, rest = divmod(ms, 60_000)
    left = uniform(seed, "basis", source, minute) - 0.5
    right = uniform(seed, "basis", source, minute + 1) - 0.5
    return 2e-4 * (left + (right - left) * rest / 60_000)
