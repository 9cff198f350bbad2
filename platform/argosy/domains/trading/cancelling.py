"""Accounts whose open orders can be cancelled with credentials from the settings alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from argosy.core.venues.venue import OrderCanceller
from argosy.domains.trading.settings import TradingSettings
from argosy.errors import ConfigError
from argosy.venuekit.domain import VenueEnvironment

if TYPE_CHECKING:
    from argosy.domains.trading.settings import ExchangeSettings
    from argosy.infrastructure.resilience.shared import Shared


def polymarket(environment: VenueEnvironment, settings: TradingSettings, common: Shared) -> OrderCanceller:
    from argosy.domains.trading.venues.polymarket.cancelling import PolymarketOrders
    from argosy.domains.trading.venues.polymarket.factory import order_desk, polymarket_client

    if settings.polymarket.private_key is None:
        raise _missing("Polymarket", "trading.polymarket.private_key")
    client = polymarket_client(settings, environment.clock, common)
    return PolymarketOrders(client, order_desk(client, settings, environment.documents, environment.clock))


def exchange(
    name: str, environment: VenueEnvironment, settings: ExchangeSettings, common: Shared
) -> OrderCanceller:
    from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue
    from argosy.domains.trading.venues.exchange.cancelling import ExchangeOrders

    if settings.api_key is None or settings.api_secret is None:
        raise _missing(name, f"trading.{name}.api_key and trading.{name}.api_secret")
    # The trading switch controls placing orders only; cancelling must work even if it is off.
    open_ = settings.model_copy(update={"trading_enabled": True})
    return ExchangeOrders(ExchangeVenue(name, open_, environment.clock, common))


def cancellers(
    environment: VenueEnvironment, settings: TradingSettings, exchanges: Mapping[str, ExchangeSettings]
) -> Mapping[str, Callable[[], OrderCanceller]]:
    """Return a factory of cancellers by venue.

    `exchanges` are the exchanges whose accounts are meant. A factory raises ConfigError without credentials.
    """
    from argosy.infrastructure.resilience.shared import shared

    common = shared(None, environment.clock)
    built: dict[str, Callable[[], OrderCanceller]] = {
        "polymarket": partial(polymarket, environment, settings, common)
    }
    for name, places in exchanges.items():
        built[name] = partial(exchange, name, environment, places, common)
    return built


def _missing(venue: str, names: str) -> ConfigError:
    return ConfigError(
        f"the orders at {venue} cannot be cancelled without its credentials",
        expected=names,
        found="nothing",
        remedy="set them, or cancel at the venue's own page",
    )
