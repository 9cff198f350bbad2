"""Modules of trading for a sandbox host: the prediction market and the spot exchanges."""

from __future__ import annotations

from collections.abc import Sequence

from argosy.domains.trading.sandbox.exchange import pairs
from argosy.domains.trading.sandbox.exchange.engine import Commission, SpotEngine
from argosy.domains.trading.sandbox.exchange.simulated_prices import SimulatedPrices
from argosy.domains.trading.sandbox.exchange.world import ExchangeWorld
from argosy.domains.trading.sandbox.feeds import Feeds
from argosy.domains.trading.sandbox.prediction.matching import MatchingEngine
from argosy.domains.trading.sandbox.prediction.rulings import RuledMarkets
from argosy.domains.trading.sandbox.prediction.simulator import SimulatedMarkets
from argosy.domains.trading.sandbox.prediction.world import PredictionWorld
from argosy.errors import InvalidInput
from argosy.venuekit.sandbox.environment import SandboxEnvironment

_DEPTH = 100


def modules(environment: SandboxEnvironment) -> Sequence[PredictionWorld | ExchangeWorld]:
    """Return both modules, simulated or from the recordings. Raises InvalidInput."""
    commission = environment.options.get("commission", "received")
    if commission not in {"received", "quote"}:
        raise InvalidInput(
            "not what a commission is taken of", expected="received or quote", found=commission
        )
    kind = Commission(asset="quote" if commission == "quote" else "received")
    return worlds(environment, feeds_of(environment), kind)


def feeds_of(environment: SandboxEnvironment, assets: Sequence[str] = ("btc",)) -> Feeds:
    """Return the feeds of the recordings, else of the simulator."""
    if environment.recordings:
        from argosy.domains.trading.sandbox.replay.feeds import recorded_feeds

        return recorded_feeds(environment)
    prices = SimulatedPrices(environment.seed)
    return Feeds("simulated", SimulatedMarkets(environment.seed, prices, assets), prices)


def worlds(
    environment: SandboxEnvironment, feeds: Feeds, commission: Commission | None = None
) -> tuple[PredictionWorld, ExchangeWorld]:
    """Return both modules on any feeds of markets and prices.

    The journal's rows have the kinds of the time when both were one: older files are read as they are.
    """
    seed, clock, prices, journal = environment.seed, environment.clock, feeds.prices, environment.journal
    ruled = RuledMarkets(feeds.markets, journal)
    engine = MatchingEngine(
        ruled,
        clock,
        opening_balance=environment.opening_balance,
        journal=journal,
        on_paid=ruled.mark_paid,
    )
    spot = SpotEngine(
        pairs.markets(prices.assets(), "binance"),
        lambda market: pairs.ladder(prices, seed, market, _DEPTH, clock.now_ms()),
        clock,
        opening_balance=environment.opening_balance,
        journal=journal,
        commission=commission,
    )
    return (
        PredictionWorld(
            feeds.mode,
            seed,
            clock,
            environment.wall,
            ruled,
            engine,
            notes=feeds.notes,
            timelines=feeds.timelines,
        ),
        ExchangeWorld(
            seed, clock, environment.wall, prices, spot, notes=feeds.notes, timelines=feeds.timelines
        ),
    )
