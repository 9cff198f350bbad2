"""Spot venues and our record of them: what was bought is held in the asset's own currency there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from pydantic import SecretStr
from support.node_context import TheseVenues

from argosy.core.actions.action import ActionStatus
from argosy.core.clock import SystemClock
from argosy.core.venues.venue import Venue
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.domains.trading.sandbox.identity import exchange_secret
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated
from argosy.domains.trading.settings import ExchangeSettings
from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue
from argosy.infrastructure.resilience.shared import Shared
from argosy.infrastructure.state.memory_documents import MemoryDocuments

KEY = "spotReconcile01"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(simulated(seed=7)) as served:
        yield served


@pytest.fixture(params=["exchange", "paper"])
def venue(request: pytest.FixtureRequest, sandbox: SandboxThread) -> Venue:
    settings = ExchangeSettings(
        base_url=f"{sandbox.url}/binance",
        api_key=SecretStr(KEY),
        api_secret=SecretStr(exchange_secret(KEY)),
        trading_enabled=True,
    )
    documents, clock = MemoryDocuments(), SystemClock()
    real = ExchangeVenue("binance", settings, clock, Shared(), documents=documents)
    if request.param == "exchange":
        return real
    return SpotPaperVenue(real, documents, clock, account="bot", capital=Decimal(1000))


def test_what_was_bought_and_sold_is_no_difference(desk_on: Callable, venue: Venue) -> None:
    desk = desk_on()
    desk.venues = TheseVenues({"binance": venue})
    desk.reconciler.bot(desk.caller, desk.venues, trigger="start")
    for side, off, quantity in (("buy", "1.01", "0.001"), ("sell", "0.99", "0.0005")):
        ask = venue.quote("BTC/USDT").ask
        assert ask is not None
        action = desk.order(
            side,
            quantity,
            str((ask * Decimal(off)).quantize(Decimal("0.01"))),
            venue="binance",
            symbol="BTC/USDT",
            currency="USDT",
            time_in_force="FAK",
            max_fee=Decimal(1),
        )
        (done,) = desk.submit(action)
        assert (done.status, done.reason) == (ActionStatus.FILLED, None)
        record = desk.reconciler.bot(desk.caller, desk.venues, trigger="beat")
        assert (record.status, list(record.differences)) == ("clean", [])
