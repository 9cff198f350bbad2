"""Build Polymarket's client, executor and venue from settings."""

from __future__ import annotations

import httpx

from argosy.core.clock import Clock
from argosy.core.ports import Documents
from argosy.domains.trading.settings import PolymarketSettings, TradingSettings
from argosy.domains.trading.venues.polymarket.adapter import ABSENCE_S, PolymarketVenue
from argosy.domains.trading.venues.polymarket.client import PolymarketClient, inspect_clob
from argosy.domains.trading.venues.polymarket.executor import PolymarketExecutor
from argosy.domains.trading.venues.polymarket.signing import ApiCredentials, OrderSigner
from argosy.domains.trading.venues.polymarket.terms import TermsBook
from argosy.domains.trading.venues.polymarket.ticks import NewestTicks
from argosy.errors import ConfigError
from argosy.infrastructure.resilience.http import HttpClient, Inspect, Timeouts
from argosy.infrastructure.resilience.shared import Shared


def polymarket_client(
    settings: TradingSettings, clock: Clock, shared: Shared, *, transport: httpx.BaseTransport | None = None
) -> PolymarketClient:
    """Return the client of the three services, each of them with its own circuit breaker."""
    timeouts = Timeouts(read_s=settings.timeout_s, total_s=settings.timeout_s)

    def service(url: str, name: str, inspect: Inspect | None = None) -> HttpClient:
        return HttpClient(
            url,
            name=name,
            clock=clock,
            timeouts=timeouts,
            limiter=shared.limiter,
            breakers=shared.breakers,
            inspect=inspect,
            correlation_id=shared.correlation_id,
            transport=transport,
        )

    places = settings.polymarket
    return PolymarketClient(
        service(places.gamma_url, "polymarket.gamma"),
        service(places.clob_url, "polymarket.clob", inspect_clob),
        service(places.data_url, "polymarket.data"),
    )


def order_desk(
    client: PolymarketClient,
    settings: TradingSettings,
    documents: Documents,
    clock: Clock,
    ticks: NewestTicks | None = None,
) -> PolymarketExecutor:
    """Return the order executor for the private key of the settings. The key must be set."""
    places = settings.polymarket
    assert places.private_key is not None  # the caller has checked
    signer = OrderSigner(places.private_key, places.chain_id)
    _check_wallet(places, signer)
    credentials = None
    if places.api_key and places.api_secret and places.api_passphrase:
        credentials = ApiCredentials(places.api_key, places.api_secret, places.api_passphrase)
    return PolymarketExecutor(
        client,
        signer,
        TermsBook(client, clock, ticks=ticks),
        documents,
        clock,
        funder=places.funder,
        signature_type=places.signature_type,
        credentials=credentials,
    )


def _check_wallet(places: PolymarketSettings, signer: OrderSigner) -> None:
    """Raise ConfigError if the wallet cannot be of the kind named by `signature_type`."""
    own = places.funder is None or places.funder.lower() == signer.address.lower()
    if (places.signature_type == 0) != own:
        raise ConfigError(
            "trading.polymarket.funder and signature_type do not fit together",
            expected="with signature_type 0 the key's own wallet (no funder), with 1, 2 or 3 the wallet's address",
            found=f"signature_type {places.signature_type} and "
            + ("the key's own address" if own else "another wallet"),
            remedy="accounts made since May 2026 have a deposit wallet: signature_type 3, and its address as funder",
        )


def polymarket_venue(
    settings: TradingSettings,
    clock: Clock,
    shared: Shared,
    *,
    documents: Documents | None = None,
    trading: bool = False,
    transport: httpx.BaseTransport | None = None,
    absence_proves_after_s: float = ABSENCE_S,
) -> PolymarketVenue:
    """Return a venue that reads, and trades if everything for trading is there.

    Trading takes `trading=True`, `documents`, and in the settings a private key and `trading_enabled`.
    """
    client = polymarket_client(settings, clock, shared, transport=transport)
    places = settings.polymarket
    desk, ticks = None, NewestTicks(clock)
    if trading and documents is not None and places.trading_enabled and places.private_key is not None:
        desk = order_desk(client, settings, documents, clock, ticks)
    return PolymarketVenue(
        client,
        clock,
        desk=desk,
        series=places.series,
        absence_proves_after_s=absence_proves_after_s,
        ticks=ticks,
    )
