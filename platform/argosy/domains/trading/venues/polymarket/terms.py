"""Cache of the venue's terms for trading a token."""

from __future__ import annotations

import threading
from dataclasses import replace

from argosy.core.clock import Clock
from argosy.domains.trading.venues.polymarket.client import PolymarketClient
from argosy.domains.trading.venues.polymarket.orders import OrderTerms
from argosy.domains.trading.venues.polymarket.parse import clob_fees
from argosy.domains.trading.venues.polymarket.schemas import ClobMarket, TokenMarket, read
from argosy.domains.trading.venues.polymarket.ticks import NewestTicks

KEPT = 512


class TermsBook:
    """Terms by token.

    A token's market is read once, since it never changes. Tick, fees and acceptance of orders are read again after
    `ttl_s` seconds.
    """

    def __init__(
        self,
        client: PolymarketClient,
        clock: Clock,
        ttl_s: float = 10.0,
        ticks: NewestTicks | None = None,
    ) -> None:
        self._client = client
        self._ticks = ticks or NewestTicks(clock)
        self._clock = clock
        self._ttl_s = ttl_s
        self._conditions: dict[str, str] = {}
        self._terms: dict[str, tuple[float, OrderTerms]] = {}
        self._lock = threading.Lock()

    def of(self, token_id: str) -> OrderTerms:
        """Return the token's terms.

        Raises VenueNotFound, VenueUnavailable, RateLimited, BadReply, CircuitOpen.
        """
        now = self._clock.monotonic()
        with self._lock:
            known = self._terms.get(token_id)
            condition = self._conditions.get(token_id)
        if known is not None and now - known[0] < self._ttl_s:
            return self._on_newest_grid(known[1], known[0])
        if condition is None:
            condition = read(
                TokenMarket, self._client.market_of_token(token_id), "market of a token"
            ).condition_id
        market = read(ClobMarket, self._client.clob_market(condition), "market terms")
        terms = OrderTerms(
            token_id=token_id,
            condition_id=condition,
            tick=market.mts,
            minimum_size=market.mos,
            negative_risk=market.nr,
            version=market.v,
            accepting_orders=market.ao,
            fees=clob_fees(market, self._clock.now()),
        )
        with self._lock:
            while len(self._terms) >= KEPT:
                self._terms.pop(next(iter(self._terms)))
            while len(self._conditions) >= KEPT:
                self._conditions.pop(next(iter(self._conditions)))
            self._conditions[token_id] = condition
            self._terms[token_id] = (now, terms)
        return terms

    def _on_newest_grid(self, terms: OrderTerms, read_at: float) -> OrderTerms:
        """Return the terms, with the tick size of a book that was read after them."""
        tick = self._ticks.of([terms.token_id], since=read_at)
        return terms if tick is None or tick == terms.tick else replace(terms, tick=tick)
