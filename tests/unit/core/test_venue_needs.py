"""A venue offers only what its market has, and a caller that needs more gets a clear error."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from support.cash_venue import CashVenue
from support.scripted_venue import ScriptedVenue

from argosy.core.money.portfolio import Position
from argosy.core.venues import needs
from argosy.core.venues.venue import Capability, OrderBooks, Quotes, Venue
from argosy.errors import VenueUnsupported


def test_a_venue_without_a_market_is_a_venue() -> None:
    for venue in (CashVenue("machines"), ScriptedVenue()):
        assert isinstance(venue, Venue)
        assert not isinstance(venue, OrderBooks | Quotes)


@pytest.mark.parametrize(
    ("need", "what"),
    [
        (needs.with_assets, "list of assets"),
        (needs.with_quotes, "prices"),
        (needs.with_order_books, "order books"),
    ],
)
def test_a_caller_that_needs_more_is_refused(need: Callable[[Venue], object], what: str) -> None:
    with pytest.raises(VenueUnsupported) as refused:
        need(CashVenue("machines"))
    assert f"machines has no {what}" in str(refused.value)
    assert refused.value.code == "venue_unsupported"


def test_what_a_venue_offers_is_returned() -> None:
    position = Position(venue="machines", symbol="gpu", quantity=Decimal(2), average_cost=Decimal(0))
    venue = CashVenue("machines", [("USD", "5")], [position])
    assert needs.with_balances(venue) is venue
    assert needs.with_positions(venue) is venue
    assert needs.readable_balances(venue) is venue
    assert needs.readable_positions(venue) is venue


def test_an_account_whose_keys_are_missing_is_not_readable() -> None:
    venue = CashVenue("machines")
    venue.capabilities = frozenset({Capability.QUOTES})
    assert needs.readable_balances(venue) is None
    assert needs.readable_positions(venue) is None
