"""The sandbox's state: clock, feeds, matching engine and faults."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from argosy.core.clock import Clock, SystemClock
from argosy.domains.trading.sandbox.clock import VenueClock
from argosy.domains.trading.sandbox.dealing.matching import MatchingEngine
from argosy.domains.trading.sandbox.faults import FaultTable
from argosy.domains.trading.sandbox.journal import Journal
from argosy.domains.trading.sandbox.market import pairs
from argosy.domains.trading.sandbox.market.simulator import SimulatedMarkets, SimulatedPrices
from argosy.domains.trading.sandbox.rulings import RuledMarkets
from argosy.domains.trading.sandbox.spot.engine import Commission, SpotEngine
from argosy.domains.trading.sandbox.venue import MarketFeed, PriceFeed, VenueMarket

_DEPTH = 100
_SLICE_TICKS, _SLICE_LOOKS = 200, 16
"""Recorded ticks, and looks at resting orders, without a pause: some milliseconds of work."""


class Played(Protocol):
    """Something that follows the venue's time."""

    def advance(self, now_ms: int, most: int | None = None) -> bool:
        """Go on to `now_ms`, at most `most` ticks. False: there is more to do."""
        ...


@dataclass(slots=True)
class World:
    """`mode` is "simulated" or "replay"; `wall` is the machine's own clock."""

    mode: str
    seed: int
    clock: VenueClock
    wall: Clock
    markets: RuledMarkets
    prices: PriceFeed
    engine: MatchingEngine
    spot: SpotEngine
    faults: FaultTable
    notes: list[str] = field(default_factory=list)
    timelines: Sequence[Played] = ()
    revoked: set[str] = field(default_factory=set)
    """Wallets whose CLOB key was deleted."""

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def market_of(self, token: str) -> VenueMarket | None:
        return self.markets.market_of(token, self.now_ms())

    async def catch_up(self) -> None:
        """Bring recordings and resting orders up to now; other requests are served in between.

        After a long silence that is much work: nobody looked at the venue, so nothing moved.
        """
        for _ in self._slices(self.now_ms()):
            await asyncio.sleep(0)

    def _slices(self, now_ms: int) -> Iterator[None]:
        for timeline in self.timelines:
            while not timeline.advance(now_ms, _SLICE_TICKS):
                yield
        while not self.engine.advance(now_ms, _SLICE_LOOKS):
            yield


def simulated(
    *,
    seed: int = 7,
    speed: float = 1.0,
    clock: Clock | None = None,
    assets: Sequence[str] = ("btc",),
    opening_balance: Decimal = Decimal(10_000),
    journal: Journal | None = None,
    commission: Commission | None = None,
) -> World:
    """A simulated world; with a driven clock the same seed gives the same replies.

    `journal` is where it goes on from and keeps what it acknowledges; None keeps nothing.
    """
    prices = SimulatedPrices(seed)
    return world_of(
        "simulated",
        SimulatedMarkets(seed, prices, assets),
        prices,
        seed=seed,
        speed=speed,
        clock=clock,
        opening_balance=opening_balance,
        journal=journal,
        commission=commission,
    )


def world_of(
    mode: str,
    markets: MarketFeed,
    prices: PriceFeed,
    *,
    seed: int = 7,
    speed: float = 1.0,
    clock: Clock | None = None,
    venue_clock: VenueClock | None = None,
    opening_balance: Decimal = Decimal(10_000),
    notes: Sequence[str] = (),
    timelines: Sequence[Played] = (),
    journal: Journal | None = None,
    commission: Commission | None = None,
) -> World:
    """A world on any feeds."""
    wall = clock or SystemClock()
    venue = venue_clock or VenueClock(wall, speed)
    journal = journal or Journal()
    ruled = RuledMarkets(markets, journal)
    engine = MatchingEngine(ruled, venue, opening_balance=opening_balance, journal=journal)
    spot = SpotEngine(
        pairs.markets(prices.assets(), "binance"),
        lambda market: pairs.ladder(prices, seed, market, _DEPTH, venue.now_ms()),
        venue,
        opening_balance=opening_balance,
        journal=journal,
        commission=commission,
    )
    return World(
        mode, seed, venue, wall, ruled, prices, engine, spot, FaultTable(seed), list(notes), timelines
    )
