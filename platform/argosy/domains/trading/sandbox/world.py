"""The sandbox's state: clock, feeds, matching engine and faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

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

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def market_of(self, token: str) -> VenueMarket | None:
        return self.markets.market_of(token, self.now_ms())


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
    return World(mode, seed, venue, wall, ruled, prices, engine, spot, FaultTable(seed), list(notes))
