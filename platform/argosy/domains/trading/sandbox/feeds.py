"""Market and price data behind the modules of trading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from argosy.domains.trading.sandbox.exchange.feed import PriceFeed
from argosy.domains.trading.sandbox.prediction.market import MarketFeed
from argosy.venuekit.sandbox.timeline import Playable


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
