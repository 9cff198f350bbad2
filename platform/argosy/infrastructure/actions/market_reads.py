"""Reads of market facts before a decision."""

from __future__ import annotations

from collections.abc import Sequence

from loguru import logger

from argosy.core.actions.action import Action
from argosy.core.ports import Venues
from argosy.core.venues.market_facts import MarketFacts, Markets


def read_markets(venues: Venues, actions: Sequence[Action]) -> dict[tuple[str, str], MarketFacts]:
    """Return the facts of the actions' markets, by venue and symbol.

    A venue that tells no facts is left out. Of a market that cannot be read nothing is known: what needs it is denied.
    """
    found: dict[tuple[str, str], MarketFacts] = {}
    for venue_name, symbol in dict.fromkeys((action.venue, action.symbol) for action in actions):
        try:
            venue = venues.get(venue_name)
            if isinstance(venue, Markets):
                found[venue_name, symbol] = MarketFacts(is_known=False)
                found[venue_name, symbol] = venue.market_facts(symbol)
        except Exception as error:  # noqa: BLE001 - a fault in an adapter: the facts count as unknown
            logger.warning(
                "the market of {} at {} cannot be read, so actions that need its facts are denied: {}",
                symbol,
                venue_name,
                error,
            )
    return found
