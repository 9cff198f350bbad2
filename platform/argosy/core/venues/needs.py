"""Views of a venue as its optional protocols, for callers that need them."""

from __future__ import annotations

from argosy.core.venues.venue import (
    Assets,
    Balances,
    Capability,
    OrderBooks,
    Positions,
    Quotes,
    Venue,
)
from argosy.errors import VenueUnsupported


def with_assets(venue: Venue) -> Assets:
    """Return a venue that lists assets. Raises VenueUnsupported."""
    if isinstance(venue, Assets):
        return venue
    raise _unsupported(venue, "list of assets")


def with_quotes(venue: Venue) -> Quotes:
    """Return a venue with reference prices. Raises VenueUnsupported."""
    if isinstance(venue, Quotes):
        return venue
    raise _unsupported(venue, "prices")


def with_order_books(venue: Venue) -> OrderBooks:
    """Return a venue with order books. Raises VenueUnsupported."""
    if isinstance(venue, OrderBooks):
        return venue
    raise _unsupported(venue, "order books")


def with_balances(venue: Venue) -> Balances:
    """Return a venue that shows its balances. Raises VenueUnsupported."""
    if isinstance(venue, Balances):
        return venue
    raise _unsupported(venue, "balances")


def with_positions(venue: Venue) -> Positions:
    """Return a venue that shows its positions. Raises VenueUnsupported."""
    if isinstance(venue, Positions):
        return venue
    raise _unsupported(venue, "positions")


def readable_balances(venue: Venue) -> Balances | None:
    """Return the venue if its balances can be read with the keys that are set, else None."""
    if Capability.BALANCES in venue.capabilities and isinstance(venue, Balances):
        return venue
    return None


def readable_positions(venue: Venue) -> Positions | None:
    """Return the venue if its positions can be read with the keys that are set, else None."""
    if Capability.POSITIONS in venue.capabilities and isinstance(venue, Positions):
        return venue
    return None


def _unsupported(venue: Venue, what: str) -> VenueUnsupported:
    return VenueUnsupported(
        f"{venue.name} has no {what}", remedy=f"name a venue with {what} in the node's parameters"
    )
