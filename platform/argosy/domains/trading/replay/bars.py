"""Bars shown by a recording so far, in the lengths that strategies request."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import groupby

from argosy.core.clock import from_ms, to_ms
from argosy.core.money.money import ZERO
from argosy.domains.trading.candle import Candle, begin_ms, length_ms
from argosy.domains.trading.replay.sight import PriceSeen
from argosy.errors import InvalidInput

_KEPT = 100_000


class Bars:
    """Bars by source and symbol, oldest first."""

    def __init__(self) -> None:
        self._bars: dict[tuple[str, str], deque[Candle]] = {}
        self._length_s: dict[tuple[str, str], int] = {}

    def add(self, seen: PriceSeen) -> None:
        if seen.candle is None or not seen.interval_s:
            return
        key = (seen.source, seen.symbol)
        self._bars.setdefault(key, deque(maxlen=_KEPT)).append(seen.candle)
        self._length_s[key] = seen.interval_s

    def of(self, key: tuple[str, str], interval: str, limit: int) -> list[Candle]:
        """Return the last bars of a length, the newest last.

        Raises InvalidInput if they cannot be built from the recorded ones.
        """
        length, own = length_ms(interval), self._length_s.get(key, 0) * 1000
        if not own or length % own:
            raise InvalidInput(
                f"the recording has no bars of {interval} of {key[1]}",
                expected="a multiple of the recorded length",
                found=f"bars of {own // 1000} s" if own else "prices without bars",
                remedy="give a recording of shorter bars",
            )
        bars = self._bars[key]
        wanted = (limit + 1) * (length // own)
        recent = [bars[place] for place in range(max(0, len(bars) - wanted), len(bars))]
        return list(_merged(recent, length, own))[-limit:]


def _merged(bars: list[Candle], length: int, own: int) -> Iterable[Candle]:
    """Yield merged bars; a first bar with a missing beginning is left out."""
    for start, group in groupby(bars, key=lambda bar: begin_ms(to_ms(bar.at), length)):
        parts = list(group)
        if parts[0] is bars[0] and to_ms(parts[0].at) - start >= own:
            continue
        yield Candle(
            at=from_ms(start),
            open=parts[0].open,
            high=max(part.high for part in parts),
            low=min(part.low for part in parts),
            close=parts[-1].close,
            volume=sum((part.volume for part in parts), ZERO),
        )
