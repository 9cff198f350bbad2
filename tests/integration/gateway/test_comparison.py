"""Under which name a venue holds what was bought there."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from support.scripted_venue import ScriptedVenue

from argosy.core.actions.action import ActionStatus
from argosy.core.money.money import ZERO
from argosy.core.venues.asset import Asset, AssetKind
from argosy.core.venues.venue import Balance, Capability

pytestmark = pytest.mark.integration


class SpotVenue(ScriptedVenue):
    """Shows what was bought as balances of its unit, and counts how often it is asked for its list of assets."""

    capabilities = ScriptedVenue.capabilities - {Capability.POSITIONS}
    listed = 0

    def balances(self) -> Sequence[Balance]:
        units = {"BTC/USD": "BTC", "XXBTZUSD": "BTC", "ETH/USD": "ETH"}
        held = [
            Balance(venue=self.name, currency=units[symbol], free=quantity)
            for symbol, quantity in self.held.items()
            if quantity
        ]
        return [*super().balances(), *held]

    def assets(self) -> list[object]:
        self.listed += 1
        return [Asset(venue=self.name, symbol="XXBTZUSD", kind=AssetKind.SPOT, unit="BTC")]


def look(desk) -> str:
    return desk.reconciler.bot(desk.caller, desk.venues, trigger="beat").status


@pytest.mark.parametrize("symbols", [["BTC/USD"], ["XXBTZUSD"], ["BTC/USD", "XXBTZUSD", "ETH/USD"]])
def test_a_spot_venue_holds_the_unit_of_what_was_bought(desk_on, symbols: list[str]) -> None:
    desk = desk_on(venue := SpotVenue())
    assert look(desk) == "clean"
    for symbol in symbols:
        assert desk.submit(desk.order(symbol=symbol))[0].status is ActionStatus.FILLED
    assert look(desk) == "clean"
    venue.held[symbols[0]] -= 1
    assert look(desk) == "drift"


@pytest.mark.parametrize(
    ("more", "status"), [("0.0000009", "clean"), ("-0.0000009", "clean"), ("0.000001", "drift")]
)
def test_balances_are_compared_as_finely_as_the_venue_shows_them(desk_on, more: str, status: str) -> None:
    desk = desk_on(venue := ScriptedVenue())
    venue.balance_step = Decimal("0.000001")
    assert look(desk) == "clean"
    assert desk.submit(desk.order())[0].status is ActionStatus.FILLED
    venue.cash += Decimal(more)
    assert look(desk) == status


def test_assets_are_listed_only_for_names_that_the_venue_does_not_show(desk_on) -> None:
    desk = desk_on(venue := SpotVenue())
    assert look(desk) == "clean"
    desk.submit(desk.order(symbol="BTC/USD"))
    assert look(desk) == "clean"
    listed = venue.listed
    assert listed
    desk.submit(desk.order("sell", symbol="BTC/USD"))
    assert venue.held["BTC/USD"] == ZERO
    assert look(desk) == "clean"
    assert venue.listed == listed


def test_a_venue_with_positions_shows_them_by_their_own_names(desk_on) -> None:
    desk = desk_on(venue := ScriptedVenue())
    assert look(desk) == "clean"
    desk.submit(desk.order(symbol="BTC/USD"))
    assert look(desk) == "clean"
    assert desk.submit(desk.order(symbol="BTC/USD"))[0].status is ActionStatus.FILLED
    venue.held["BTC/USD"] += 1
    assert look(desk) == "drift"
