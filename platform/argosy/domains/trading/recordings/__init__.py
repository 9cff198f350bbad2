"""Readers of recorded market data: every format becomes the same time-ordered ticks."""

from argosy.domains.trading.recordings.formats import FORMATS, open_recording
from argosy.domains.trading.recordings.tick import (
    BookTick,
    MarketTick,
    PriceTick,
    QuoteTick,
    RecordedMarket,
    Tick,
    TickSizeTick,
)
from argosy.venuekit.recordings.problems import RowProblem, RowWarning
from argosy.venuekit.recordings.recording import Recording

__all__ = [
    "FORMATS",
    "BookTick",
    "MarketTick",
    "PriceTick",
    "QuoteTick",
    "RecordedMarket",
    "Recording",
    "RowProblem",
    "RowWarning",
    "Tick",
    "TickSizeTick",
    "open_recording",
]
