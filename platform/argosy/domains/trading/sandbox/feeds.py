"""Market and price data behind the modules of trading, and its play in slices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from argosy.domains.trading.sandbox.prediction.market import MarketFeed, PriceFeed

_SLICE_TICKS = 200
"""Recorded ticks in one slice without a pause; a slice takes some milliseconds."""


class Playable(Protocol):
    """Recording or simulation that follows the venue's time."""

    def advance(self, now_ms: int, most: int | None = None) -> bool:
        """Advance to `now_ms` by at most `most` ticks.

        Returns False if ticks are left.
        """
        ...


@dataclass(frozen=True, slots=True)
class Feeds:
    """Source of markets and prices that several modules share.

    `mode` is "simulated" or "replay". `notes` are remarks for the operator.
    """

    mode: str
    markets: MarketFeed
    prices: PriceFeed
    notes: Sequence[str] = ()
    timelines: Sequence[Playable] = ()


def play(timelines: Sequence[Playable], now_ms: int) -> Iterator[None]:
    """Bring timelines up to a time; other requests are served at each `yield`."""
    for timeline in timelines:
        while not timeline.advance(now_ms, _SLICE_TICKS):
            yield
