"""Redemptions of shares in decided markets, by a strategy's node or by a replay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from argosy.core.actions.action import Action
from argosy.domains.trading.action_kinds import REDEEM
from argosy.domains.trading.market import BinaryVenue
from argosy.domains.trading.paper.account import PaperHolding


@dataclass(frozen=True, slots=True)
class Redeemable:
    """Holdings whose market is decided, and slugs of finished but undecided markets."""

    due: Sequence[PaperHolding]
    unresolved: Sequence[str]


def redeemable(venue: BinaryVenue, holdings: Sequence[PaperHolding], now: datetime) -> Redeemable:
    """Return the redeemable holdings among those whose window is over at `now`.

    Reads the resolution of each such market from `venue`.
    """
    unresolved: list[str] = []
    due: list[PaperHolding] = []
    over = [holding for holding in holdings if holding.expires_at <= now]
    for slug in dict.fromkeys(holding.slug for holding in over):
        if venue.resolution(slug) is None:
            unresolved.append(slug)
        else:
            due += [holding for holding in over if holding.slug == slug]
    return Redeemable(due, unresolved)


def redemption(holding: PaperHolding, venue: str, client_id: Callable[[str], str]) -> Action:
    """Return the action that redeems the whole holding.

    `client_id` derives the action's id from the symbol.
    """
    return Action(
        client_id=client_id(holding.symbol),
        venue=venue,
        kind=REDEEM,
        symbol=holding.symbol,
        label=f"shares of {holding.slug}",
        quantity=holding.quantity,
        parameters={"slug": holding.slug},
    )
