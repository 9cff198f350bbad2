"""ccxt objects, borrowed by one thread at a time: they are not thread-safe."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from loguru import logger

from argosy.core.clock import Clock
from argosy.domains.trading.settings import ExchangeSettings
from argosy.domains.trading.venues.exchange.errors import translate_errors
from argosy.domains.trading.venues.exchange.loader import exchange_class
from argosy.errors import ArgosyError
from argosy.infrastructure.resilience.http.transport import user_agent

MARKETS_TTL_S = 6 * 3600.0
MARKETS_PAUSE_S = 60.0
"""Seconds for which the old list of markets serves after a failed reload."""
RECV_WINDOW_MS = 5_000
"""Milliseconds after which the exchange refuses a signed request as late."""
# Only the parts that spot reference prices need: the rest would be fetched from unneeded hosts.
_OPTIONS: dict[str, Any] = {
    "defaultType": "spot",
    "fetchMargins": False,
    "fetchCurrencies": False,
    "adjustForTimeDifference": False,
    "recvWindow": RECV_WINDOW_MS,
    "warnOnFetchOpenOrdersWithoutSymbol": False,
}


class ExchangePool:
    """Objects of one exchange with one set of markets.

    Markets are loaded on first use and again after six hours.
    """

    def __init__(self, name: str, settings: ExchangeSettings, clock: Clock) -> None:
        self._name = name
        self._settings = settings
        self._clock = clock
        self._idle: list[Any] = []
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._master: Any = None
        self._loaded_at = 0.0

    @contextmanager
    def borrow(self) -> Iterator[Any]:
        """Lend an object with markets loaded. Raises as `translate_errors` does."""
        master = self._with_markets()
        with self._lock:
            exchange = self._idle.pop() if self._idle else None
        if exchange is None:
            exchange = self._new()
        if exchange.markets is not master.markets:
            exchange.set_markets_from_exchange(master)
        try:
            yield exchange
        finally:
            with self._lock:
                self._idle.append(exchange)

    def _with_markets(self) -> Any:
        with self._loading:
            now = self._clock.monotonic()
            if self._master is None or now - self._loaded_at > MARKETS_TTL_S:
                try:
                    self._master, self._loaded_at = self._loaded(), now
                except ArgosyError as error:
                    if self._master is None:
                        raise
                    # Orders must still be found and cancelled.
                    logger.warning("{} keeps its old list of markets: {}", self._name, error)
                    self._loaded_at = now - MARKETS_TTL_S + MARKETS_PAUSE_S
            return self._master

    def _loaded(self) -> Any:
        fresh = self._new()
        with translate_errors(self._name, "its list of markets"):
            fresh.load_markets()
            if not fresh.markets:
                raise ValueError("an empty list")
        return fresh

    def _new(self) -> Any:
        options = dict(_OPTIONS)
        if self._name == "binance":
            options["fetchMarkets"] = {"types": ["spot"]}
        if self._name == "coinbase":
            # At Coinbase these two are names and dictionaries, not switches.
            del options["fetchCurrencies"]
        exchange = exchange_class(self._name)({"options": options, "enableRateLimit": False})
        if self._settings.tradable and self._settings.api_key and self._settings.api_secret:
            exchange.apiKey = self._settings.api_key.get_secret_value()
            exchange.secret = self._settings.api_secret.get_secret_value()
        exchange.has["fetchCurrencies"] = False
        exchange.number = str
        exchange.enableLastJsonResponse = True
        exchange.timeout = int(self._settings.timeout_s * 1000)
        exchange.userAgent = user_agent()
        # A redirect would send the signature to another host, and turn a POST into a GET.
        exchange.session.max_redirects = 0
        for scheme in ("https://", "http://"):
            exchange.session.mount(scheme, guarded_adapter())
        exchange.on_rest_response = partial(_note_status, exchange)
        if self._settings.base_url is not None:
            exchange.urls["api"] = rebase_urls(exchange.urls["api"], self._settings.base_url.rstrip("/"))
        return exchange


def guarded_adapter() -> Any:
    """Return an HTTP adapter that checks write deadlines.

    Imported late: `requests` comes with ccxt, and most processes load neither.
    """
    from argosy.domains.trading.venues.exchange.session import GuardedAdapter

    return GuardedAdapter()


def _note_status(exchange: Any, status: int, reason: str, *rest: Any) -> str:
    """Store the HTTP status of the reply: ccxt reports only the error code in the body."""
    exchange.last_status = status
    body: str = rest[3]
    return body.strip()


def rebase_urls(urls: Any, base: str) -> Any:
    """Move every address under `base`, keeping its path.

    An address left out would be called at the live host.
    """
    if isinstance(urls, dict):
        return {name: rebase_urls(url, base) for name, url in urls.items()}
    if isinstance(urls, str):
        parts = urls.split("/", 3)
        return f"{base}/{parts[3]}" if len(parts) > 3 and parts[3] else base
    return urls
