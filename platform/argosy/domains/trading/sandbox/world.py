"""State of the sandbox: clock, feeds, matching engine and faults."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from argosy.core.clock import Clock, SystemClock
from argosy.domains.trading.sandbox.dealing.matching import MatchingEngine
from argosy.domains.trading.sandbox.market import pairs
from argosy.domains.trading.sandbox.market.simulator import SimulatedMarkets, SimulatedPrices
from argosy.domains.trading.sandbox.rulings import RuledMarkets
from argosy.domains.trading.sandbox.spot.engine import Commission, SpotEngine
from argosy.domains.trading.sandbox.venue import MarketFeed, PriceFeed, VenueMarket
from argosy.venuekit.sandbox.clock import VenueClock
from argosy.venuekit.sandbox.faults import FaultTable
from argosy.venuekit.sandbox.journal import SandboxJournal

_DEPTH = 100
_SLICE_TICKS, _SLICE_LOOKS = 200, 16
"""Recorded ticks, and checks of resting orders, in one slice without a pause.

A slice takes some milliseconds.
"""


class Playable(Protocol):
    """Recording or simulation that follows the venue's time."""

    def advance(self, now_ms: int, most: int | None = None) -> bool:
        """Advance to `now_ms` by at most `most` ticks.

        Returns False if ticks are left.
        """
        ...


@dataclass(slots=True)
class World:
    """State of one sandbox.

    `mode` is "simulated" or "replay". `wall` is the machine's own clock.
    """

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
    timelines: Sequence[Playable] = ()
    revoked: set[str] = field(default_factory=set)
    """Wallets whose CLOB key was deleted."""

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def market_of(self, token: str) -> VenueMarket | None:
        return self.markets.market_of(token, self.now_ms())

    async def catch_up(self) -> None:
        """Bring recordings and resting orders up to now, in slices between other requests.

        After a long pause there is much to do: the venue advances only when it is asked.
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
    journal: SandboxJournal | None = None,
    commission: Commission | None = None,
) -> World:
    """Return a simulated world.

    With a driven clock the same seed gives the same replies. The world starts from the rows of `journal`,
    which then keeps everything the venue acknowledges. None keeps nothing.
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
    timelines: Sequence[Playable] = (),
    journal: SandboxJournal | None = None,
    commission: Commission | None = None,
) -> World:
    """Return a world on any feeds of markets and prices."""
    wall = clock or SystemClock()
    venue = venue_clock or VenueClock(wall, speed)
    journal = journal or SandboxJournal()
    ruled = RuledMarkets(markets, journal)
    engine = MatchingEngine(
        ruled, venue, opening_balance=opening_balance, journal=journal, on_paid=ruled.mark_paid
    )
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
