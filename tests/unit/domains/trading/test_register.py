"""Which venue a bot gets in which mode."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from argosy.core.actions.action import Action, ActionKind
from argosy.core.bot import Mode
from argosy.core.clock import DrivenClock
from argosy.core.venues.venue import Capability
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.domains.trading.register import venues
from argosy.errors import ModeRefused
from argosy.infrastructure.config import load_settings
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.venuekit.domain import VenueEnvironment

SANDBOX = "http://127.0.0.1:8710"


def environment(mode: Mode, sandbox_url: str | None = SANDBOX) -> VenueEnvironment:
    clock = DrivenClock(datetime(2026, 11, 23, tzinfo=UTC))
    return VenueEnvironment(
        settings=load_settings(),
        clock=clock,
        documents=MemoryDocuments(),
        events=MemoryEventBus(clock=clock),
        account="bot",
        mode=mode,
        capital=Decimal(100),
        sandbox_url=sandbox_url,
    )


def test_a_paper_bot_trades_on_its_own_paper_account() -> None:
    found = venues(environment(Mode.PAPER))
    assert set(found) == {"polymarket", "binance", "coinbase", "kraken"}
    venue = found["polymarket"]()
    assert isinstance(venue, PaperVenue)
    assert venue.balances()[0].free == 100


@pytest.mark.parametrize("name", ["binance", "coinbase", "kraken"])
def test_a_paper_bot_trades_at_every_exchange_without_a_key(name: str) -> None:
    venue = venues(environment(Mode.PAPER))[name]()
    assert isinstance(venue, SpotPaperVenue)
    assert Capability.PLACE_ORDER in venue.capabilities
    assert {balance.currency: balance.free for balance in venue.balances()}["USDT"] == 100
    assert list(venue.positions()) == []
    cancellation = Action(
        client_id="c",
        venue=name,
        kind=ActionKind.CANCEL_ORDER,
        symbol="BTC/USDT",
        label="c",
        quantity=Decimal(1),
        currency="USDT",
        parameters={"clientId": "o"},
    )
    assert "api_key" not in str(venue.execute(cancellation).reason)


def test_a_sandbox_bot_trades_at_the_sandbox_with_a_key_of_its_own() -> None:
    venue = venues(environment(Mode.SANDBOX))["polymarket"]()
    assert not isinstance(venue, PaperVenue)
    assert Capability.PLACE_ORDER in venue.capabilities
    assert venue.absence_proves_after_s == 15


def test_only_a_sandbox_bot_trades_at_an_exchange_without_a_key_of_its_own() -> None:
    assert Capability.PLACE_ORDER in venues(environment(Mode.SANDBOX))["binance"]().capabilities
    assert Capability.PLACE_ORDER not in venues(environment(Mode.SANDBOX))["kraken"]().capabilities
    assert Capability.PLACE_ORDER not in venues(environment(Mode.LIVE))["binance"]().capabilities
    with pytest.raises(ModeRefused, match="sandbox"):
        venues(environment(Mode.SANDBOX, None))["binance"]()


def test_sandbox_mode_without_a_sandbox_is_refused() -> None:
    with pytest.raises(ModeRefused, match="sandbox"):
        venues(environment(Mode.SANDBOX, None))["polymarket"]()


def test_a_live_bot_without_a_key_cannot_place_orders() -> None:
    venue = venues(environment(Mode.LIVE, None))["polymarket"]()
    assert Capability.PLACE_ORDER not in venue.capabilities
