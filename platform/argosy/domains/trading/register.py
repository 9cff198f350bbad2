"""Registration of the trading domain: nodes, workflows, venues, bots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from argosy.core.bot import Mode
from argosy.core.venues.venue import OrderCanceller, Venue
from argosy.domains.trading.action_kinds import ACTION_SPECS
from argosy.domains.trading.nodes import buy, guard, market, pair, pair_execute, reference, spot, value
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.domains.trading.paper_fees import TAKER_FEES
from argosy.domains.trading.replay.priced import PRICED
from argosy.domains.trading.sandbox.identity import account_of, exchange_secret, private_key
from argosy.domains.trading.settings import ExchangeSettings, TradingSettings
from argosy.errors import ModeRefused
from argosy.infrastructure.config import load_section
from argosy.venuekit.domain import BotSeed, DomainPackage, DomainSandbox, VenueEnvironment, packaged_workflows
from argosy.venuekit.replay.session import ReplayRequest, ReplaySession
from argosy.venuekit.unwind.book_sale import BookSale

if TYPE_CHECKING:
    from argosy.infrastructure.resilience.shared import Shared
    from argosy.venuekit.sandbox.environment import SandboxEnvironment
    from argosy.venuekit.sandbox.module import SandboxModule

NODE_MODULES = (market, guard, pair, pair_execute, reference, value, buy, spot)
_SANDBOX_ABSENCE_S = 15.0
"""Seconds after which an unknown order at the sandbox proves never to have arrived.

The sandbox refuses orders whose credentials are older than ten seconds.
"""


def venues(environment: VenueEnvironment) -> Mapping[str, Callable[[], Venue]]:
    """Return factories of Polymarket and the enabled exchanges.

    In paper mode each venue has a paper account around it. Clients are imported here: signing and HTTP load slowly,
    and most commands need no venue.
    """
    from argosy.domains.trading.venues.exchange.adapter import EXCHANGES
    from argosy.infrastructure.resilience.shared import shared

    settings = load_section(TradingSettings, "trading")
    if environment.switched_on:
        settings = settings.switched_on()
    if environment.sandbox_url is not None and environment.mode is not Mode.LIVE:
        settings = settings.at_sandbox(environment.sandbox_url)
    common = shared(environment.redis_url, environment.clock, environment.events)
    built: dict[str, Callable[[], Venue]] = {
        "polymarket": partial(_polymarket, environment, settings, common)
    }
    for name in EXCHANGES:
        if settings.exchange(name).enabled:
            built[name] = partial(_exchange, name, environment, settings, common)
    return built


def _exchange(name: str, environment: VenueEnvironment, settings: TradingSettings, common: Shared) -> Venue:
    from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue

    places, documents = settings.exchange(name), environment.documents
    if environment.mode is Mode.PAPER:
        return SpotPaperVenue(
            ExchangeVenue(name, places, environment.clock, common),
            documents,
            environment.clock,
            account=environment.account,
            capital=environment.capital,
            fee=TAKER_FEES[name],
        )
    if environment.mode is Mode.SANDBOX:
        places = _with_sandbox_exchange_key(environment, places)
    return ExchangeVenue(name, places, environment.clock, common, documents=documents)


def _with_sandbox_exchange_key(environment: VenueEnvironment, places: ExchangeSettings) -> ExchangeSettings:
    _needs_sandbox(environment)
    key = account_of(environment.account)
    keys = {
        "api_key": SecretStr(key),
        "api_secret": SecretStr(exchange_secret(key)),
        "trading_enabled": True,
    }
    return places.model_copy(update=keys)


def cancellers(environment: VenueEnvironment) -> Mapping[str, Callable[[], OrderCanceller]]:
    """Return the cancellers of open orders.

    In live mode they use the keys in the settings, in sandbox mode the bot's account at the sandbox.
    """
    from argosy.domains.trading import cancelling
    from argosy.domains.trading.venues.exchange.adapter import EXCHANGES, TRADABLE

    settings = load_section(TradingSettings, "trading")
    if environment.mode is not Mode.SANDBOX:
        return cancelling.cancellers(
            environment, settings, {name: settings.exchange(name) for name in EXCHANGES}
        )
    _needs_sandbox(environment)
    settings = _with_sandbox_key(environment, settings.at_sandbox(environment.sandbox_url or ""))
    exchanges = {
        name: _with_sandbox_exchange_key(environment, settings.exchange(name)) for name in sorted(TRADABLE)
    }
    return cancelling.cancellers(environment, settings, exchanges)


def _polymarket(environment: VenueEnvironment, settings: TradingSettings, common: Shared) -> Venue:
    from argosy.domains.trading.venues.polymarket.factory import polymarket_venue

    clock, documents = environment.clock, environment.documents
    if environment.mode is Mode.PAPER:
        return PaperVenue(
            polymarket_venue(settings, clock, common),
            documents,
            clock,
            account=environment.account,
            capital=environment.capital,
        )
    if environment.mode is Mode.SANDBOX:
        settings = _with_sandbox_key(environment, settings)
        return polymarket_venue(
            settings,
            clock,
            common,
            documents=documents,
            trading=True,
            absence_proves_after_s=_SANDBOX_ABSENCE_S,
        )
    return polymarket_venue(settings, clock, common, documents=documents, trading=True)


def _with_sandbox_key(environment: VenueEnvironment, settings: TradingSettings) -> TradingSettings:
    """Return settings with a key derived from the bot's id.

    The key is valid at Argosy's own sandbox only.
    """
    _needs_sandbox(environment)
    keys = {
        "private_key": SecretStr(private_key(environment.account)),
        "trading_enabled": True,
        "api_key": None,
        "api_secret": None,
        "api_passphrase": None,
        "funder": None,
        "signature_type": 0,
    }
    return settings.model_copy(update={"polymarket": settings.polymarket.model_copy(update=keys)})


def _needs_sandbox(environment: VenueEnvironment) -> None:
    if environment.sandbox_url is None:
        raise ModeRefused(
            "sandbox mode needs Argosy's own venue server",
            found="the sandbox is switched off",
            remedy="set sandbox.enabled, or run the bot in paper mode",
        )


def replay(request: ReplayRequest) -> ReplaySession:
    """Return a backtest over recorded markets and prices."""
    from argosy.domains.trading.replay.session import RecordedSession

    return RecordedSession(request)


def _sandbox_modules(environment: SandboxEnvironment) -> Sequence[SandboxModule]:
    from argosy.domains.trading.sandbox.modules import modules

    return modules(environment)


def _check_recording(path: Path) -> None:
    from argosy.domains.trading.recordings import open_recording

    open_recording(path)


PACKAGE = DomainPackage(
    name="trading",
    icon="candlestick-chart",
    settings=TradingSettings,
    node_modules=NODE_MODULES,
    workflows=packaged_workflows("argosy.domains.trading.strategies"),
    venues=venues,
    venue_names=frozenset({"polymarket", *TAKER_FEES}),
    recorded_venue_names=frozenset(PRICED),
    cancellers=cancellers,
    sandboxes=(
        DomainSandbox(
            _sandbox_modules,
            options={"commission": "asset that commissions are taken of: received, or quote"},
            check_recording=_check_recording,
        ),
    ),
    least_bands={"polymarket": Decimal("0.2")},
    action_specs=ACTION_SPECS,
    unwinder=BookSale(),
    replay=replay,
    bots=(
        BotSeed(
            id="btc_15m",
            name="BTC 15 minutes",
            workflow_id="btc_15m_bot",
            capital=Decimal(1000),
            schedule={"kind": "interval", "everyS": 2, "misfireExpiryS": 2},
        ),
    ),
)
