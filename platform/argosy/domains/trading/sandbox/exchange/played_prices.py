"""Recorded prices of the underlyings as a feed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter

from argosy.core.clock import to_ms
from argosy.domains.trading.recordings import PriceTick, Tick
from argosy.domains.trading.sandbox.exchange.feed import Bar
from argosy.domains.trading.sandbox.exchange.pairs import ASSETS

_KEPT = 50_000
_OLDEST_MS = 30_000
_START, _HIGH, _LOW, _VOLUME = (attrgetter(name) for name in ("start_ms", "high", "low", "volume"))
_ANYWHERE = ("recorder", "recorded")
"""Sources that name no exchange; their prices stand for any exchange."""


@dataclass(slots=True)
class _Series:
    """Bars by start; the oldest half is dropped when there are too many."""

    symbol: str
    interval_ms: int = 0
    last_ms: int = 0
    bars: list[Bar] = field(default_factory=list)

    def add(self, bar: Bar) -> None:
        if self.bars and bar.start_ms < self.bars[-1].start_ms:
            self.bars.insert(bisect_right(self.bars, bar.start_ms, key=_START), bar)
        else:
            self.bars.append(bar)
        if len(self.bars) > 2 * _KEPT:
            del self.bars[:_KEPT]


class PlayedPrices:
    """`PriceFeed` of recordings.

    `advance` brings the recording up to a time. A price older than 30 s (or two bars, if longer) counts as
    none.
    """

    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance
        self._series: dict[tuple[str, str], _Series] = {}

    def apply(self, tick: Tick, shift_ms: int) -> None:
        """Store a recorded price.

        Only an exchange's first pair of an asset counts. Pairs with another quote currency are dropped.
        """
        if not isinstance(tick, PriceTick):
            return
        asset = tick.symbol.split("/", 1)[0].lower()
        series = self._series.setdefault((asset, tick.source), _Series(tick.symbol))
        if series.symbol != tick.symbol:
            return
        end_ms = to_ms(tick.at) + shift_ms
        series.last_ms = end_ms
        candle = tick.candle
        if candle is None:
            bar = Bar(end_ms, tick.price, tick.price, tick.price, tick.price, Decimal(0))
        else:
            series.interval_ms = (tick.interval_s or 60) * 1000
            start_ms = to_ms(candle.at) + shift_ms
            bar = Bar(start_ms, candle.open, candle.high, candle.low, candle.close, candle.volume)
        series.add(bar)

    def assets(self) -> Sequence[str]:
        return [asset for asset in ASSETS if any(key[0] == asset for key in self._series)]

    def price(self, asset: str, source: str, now_ms: int) -> Decimal | None:
        series = self._of(asset, source, now_ms)
        if series is None or not series.bars:
            return None
        oldest = max(_OLDEST_MS, 2 * series.interval_ms)
        return series.bars[-1].close if now_ms - series.last_ms <= oldest else None

    def bars(
        self, asset: str, source: str, interval_s: int, start_ms: int, count: int, now_ms: int
    ) -> Sequence[Bar]:
        """Return bars merged from the recorded ones.

        None are returned for an interval shorter than the recorded bars.
        """
        series = self._of(asset, source, now_ms)
        if series is None or interval_s * 1000 < series.interval_ms:
            return []
        step = interval_s * 1000
        first = -(-start_ms // step) * step
        found: list[Bar] = []
        bars, at = series.bars, bisect_left(series.bars, first, key=_START)
        end = bisect_right(bars, now_ms, key=_START)
        while at < end and len(found) < count:
            slot = bars[at].start_ms // step * step
            until = bisect_left(bars, slot + step, at, end, key=_START)
            found.append(_merged(slot, bars[at:until]))
            at = until
        return found

    def _of(self, asset: str, source: str, now_ms: int) -> _Series | None:
        self._advance(now_ms)
        names = (source, *_ANYWHERE)
        return next((self._series[(asset, name)] for name in names if (asset, name) in self._series), None)


def _merged(start_ms: int, bars: Sequence[Bar]) -> Bar:
    return Bar(
        start_ms,
        bars[0].open,
        max(map(_HIGH, bars)),
        min(map(_LOW, bars)),
        bars[-1].close,
        sum(map(_VOLUME, bars), Decimal(0)),
    )
