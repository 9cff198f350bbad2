"""Legacy provider as a venue for bots, with simulated fills in paper mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from argosy.core.bot import Mode
from argosy.core.venues.venue import Venue
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.errors import ModeRefused
from argosy.legacy.venue import ProviderVenue
from argosy.venuekit.domain import VenueEnvironment

MakeProvider = Callable[[VenueEnvironment], Any]


def offered(
    name: str,
    make: MakeProvider,
    *,
    refusals: tuple[type[Exception], ...] = (),
    currencies: Sequence[str] = ("USD", "USDT", "USDC"),
    fee: Decimal = Decimal("0.001"),
    sandboxed: bool = False,
) -> Callable[[VenueEnvironment], Mapping[str, Callable[[], Venue]]]:
    """Return the `venues` of a DomainPackage with one provider, which `make` builds per bot.

    `sandboxed` states that `make` respects `environment.sandbox_url`. Without it sandbox mode is refused, because
    the provider would trade at the real venue.
    """

    def venues(environment: VenueEnvironment) -> Mapping[str, Callable[[], Venue]]:
        return {name: lambda: build(environment)}

    def build(environment: VenueEnvironment) -> Venue:
        if environment.mode is Mode.SANDBOX and not sandboxed:
            raise ModeRefused(f"{name} has no sandbox", remedy="run the bot in paper mode")
        venue = ProviderVenue(
            make(environment),
            environment.documents,
            environment.clock,
            name=name,
            account=environment.account,
            refusals=refusals,
        )
        venue.connect()
        if environment.mode is not Mode.PAPER:
            return venue
        return SpotPaperVenue(
            venue,
            environment.documents,
            environment.clock,
            account=environment.account,
            capital=environment.capital,
            currencies=currencies,
            fee=fee,
        )

    return venues
