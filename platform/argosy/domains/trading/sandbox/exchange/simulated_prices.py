"""Simulated prices of the exchanges."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from argosy.domains.trading.sandbox.exchange.feed import Bar
from argosy.domains.trading.sandbox.exchange.pairs import ASSETS
from argosy.venuekit.sandbox.chance import uniform, word
from argosy.venuekit.sandbox.price_path import PricePath

_CENT = Decimal("0.01")
_BASES = {"btc": 64_000.0, "eth": 3_100.0, "sol": 150.0}


class SimulatedPrices:
    """Simulated prices: one path for all exchanges, and a basis for each exchange."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.paths = {asset: path_of(seed, asset) for asset in ASSETS}

    def assets(self) -> Sequence[str]:
        return ASSETS

    def price(self, asset: str, source: str, now_ms: int) -> Decimal | None:
        path = self.paths.get(asset)
        if path is None:
            return None
        return Decimal(path.at(now_ms) * (1 + basis(self._seed, source, now_ms))).quantize(_CENT)

    def bars(
        self, asset: str, source: str, interval_s: int, start_ms: int, count: int, now_ms: int
    ) -> Sequence[Bar]:
        path = self.paths.get(asset)
        if path is None:
            return []
        first = -(-start_ms // (interval_s * 1000)) * interval_s
        found: list[Bar] = []
        for start_s in range(first, first + count * interval_s, interval_s):
            if start_s * 1000 > now_ms:
                break
            last_s = min(start_s + interval_s, now_ms // 1000)
            scale = 1 + basis(self._seed, source, start_s * 1000)
            low, high = path.extremes(start_s, last_s)
            opening, highest, lowest, closing = (
                Decimal(value * scale).quantize(_CENT)
                for value in (path.second(start_s), high, low, path.second(last_s))
            )
            length = last_s - start_s + 1
            volume = Decimal(word(self._seed, "volume", asset, source, start_s) % 10_000) * length / 60_000
            volume = volume.quantize(Decimal("0.00001"))
            found.append(Bar(start_s * 1000, opening, highest, lowest, closing, volume))
        return found


def path_of(seed: int, asset: str) -> PricePath:
    """Return the common price path of an asset, in USD."""
    return PricePath(seed, asset, _BASES[asset])


def basis(seed: int, source: str, ms: int) -> float:
    """Return the distance of an exchange's price from the common one, as a fraction.

    The distance is at most 0.01 % and changes by the minute.
    """
    minute, rest = divmod(ms, 60_000)
    left = uniform(seed, "basis", source, minute) - 0.5
    right = uniform(seed, "basis", source, minute + 1) - 0.5
    return 2e-4 * (left + (right - left) * rest / 60_000)
