"""A provider that a plug-in brings, in each mode."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from support.old_exchange import OldExchange

from argosy.core.bot import Mode
from argosy.core.clock import DrivenClock
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.errors import ModeRefused
from argosy.infrastructure.config import Settings
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy.offered import offered
from argosy.legacy.venue import ProviderVenue
from argosy.venuekit.domain import VenueEnvironment


def built(mode: Mode, **more: Any) -> Any:
    clock = DrivenClock(datetime(2026, 1, 1, tzinfo=UTC))
    environment = VenueEnvironment(
        settings=Settings(),
        clock=clock,
        documents=MemoryDocuments(),
        events=MemoryEventBus(clock=clock),
        account="bot",
        mode=mode,
        capital=Decimal(500),
    )
    venues = offered("mine", lambda environment: OldExchange(), **more)(environment)
    assert list(venues) == ["mine"]
    return venues["mine"]()


def test_paper_money_in_paper_mode_only() -> None:
    paper = built(Mode.PAPER, currencies=("USDT",))
    assert isinstance(paper, SpotPaperVenue)
    assert [(b.currency, b.free) for b in paper.balances()] == [("USDT", Decimal(500))]
    live = built(Mode.LIVE)
    assert isinstance(live, ProviderVenue)
    assert live.name == "mine"


def test_a_sandbox_must_be_one() -> None:
    with pytest.raises(ModeRefused):
        built(Mode.SANDBOX)
    assert isinstance(built(Mode.SANDBOX, sandboxed=True), ProviderVenue)
