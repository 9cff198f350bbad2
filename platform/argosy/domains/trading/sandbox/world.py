"""Trading's two modules in one host, for tests, examples and notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from argosy.core.clock import Clock
from argosy.domains.trading.sandbox.exchange.engine import Commission, SpotEngine
from argosy.domains.trading.sandbox.exchange.feed import PriceFeed
from argosy.domains.trading.sandbox.exchange.world import ExchangeWorld
from argosy.domains.trading.sandbox.feeds import Feeds
from argosy.domains.trading.sandbox.modules import feeds_of, worlds
from argosy.domains.trading.sandbox.prediction.market import VenueMarket
from argosy.domains.trading.sandbox.prediction.matching import MatchingEngine
from argosy.domains.trading.sandbox.prediction.rulings import RuledMarkets
from argosy.domains.trading.sandbox.prediction.world import PredictionWorld
from argosy.venuekit.sandbox.clock import VenueClock
from argosy.venuekit.sandbox.control import record_page
from argosy.venuekit.sandbox.environment import SandboxEnvironment
from argosy.venuekit.sandbox.faults import FaultTable
from argosy.venuekit.sandbox.host import SandboxHost
from argosy.venuekit.sandbox.journal import SandboxJournal
from argosy.venuekit.sandbox.span import Span


@dataclass(frozen=True, slots=True)
class World:
    """Prediction market and spot exchanges with the host that serves both."""

    host: SandboxHost
    prediction: PredictionWorld
    exchanges: ExchangeWorld

    @property
    def clock(self) -> VenueClock:
        return self.host.clock

    @property
    def faults(self) -> FaultTable:
        return self.host.faults

    @property
    def notes(self) -> list[str]:
        return self.host.notes

    @property
    def markets(self) -> RuledMarkets:
        return self.prediction.markets

    @property
    def engine(self) -> MatchingEngine:
        return self.prediction.engine

    @property
    def prices(self) -> PriceFeed:
        return self.exchanges.prices

    @property
    def spot(self) -> SpotEngine:
        return self.exchanges.spot

    def now_ms(self) -> int:
        return self.host.now_ms()

    def market_of(self, token: str) -> VenueMarket | None:
        return self.prediction.market_of(token)

    async def catch_up(self) -> None:
        """Bring both modules up to now, in slices between other requests."""
        await self.host.catch_up()


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
    environment = SandboxEnvironment.at(
        seed=seed, speed=speed, clock=clock, journal=journal, opening_balance=opening_balance
    )
    return world_of(environment, feeds_of(environment, assets), commission)


def world_of(environment: SandboxEnvironment, feeds: Feeds, commission: Commission | None = None) -> World:
    """Return a world on any feeds of markets and prices."""
    prediction, exchanges = worlds(environment, feeds, commission)
    host = SandboxHost(
        (prediction, exchanges),
        seed=environment.seed,
        clock=environment.clock,
        wall=environment.wall,
        mode=feeds.mode,
    )
    return World(host, prediction, exchanges)


def record_of(world: World, account: str, span: Span | None = None) -> dict[str, Any]:
    """Return one page of an account's record at all venues of trading, with exact numbers."""
    return record_page(world.host.modules, account, span or Span(), world.now_ms())
