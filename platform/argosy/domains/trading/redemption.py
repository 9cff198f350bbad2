"""Redemption of shares in decided markets, by a strategy's node or by a replay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol, runtime_checkable

from argosy.core.actions.action import Action
from argosy.core.money.money import ZERO
from argosy.domains.trading.action_kinds import REDEEM
from argosy.domains.trading.market import BinaryVenue
from argosy.domains.trading.paper.account import PaperHolding


@dataclass(frozen=True, slots=True)
class Redeemable:
    """Holdings whose market is decided, and slugs of finished but undecided markets."""

    due: Sequence[PaperHolding]
    unresolved: Sequence[str]


@runtime_checkable
class Redemptions(Protocol):
    """Prediction market that redeems shares of decided markets by an action.

    Other markets pay by themselves, or people redeem the shares elsewhere.
    """

    def holdings(self) -> Sequence[PaperHolding]:
        """Return the shares held, with market and end of window."""
        ...


def own_part(
    holdings: Sequence[PaperHolding], venue: str, own: Mapping[tuple[str, str], Decimal]
) -> list[PaperHolding]:
    """Return the part of the holdings that a strategy with these positions may redeem."""
    found = []
    for holding in holdings:
        quantity = min(own.get((venue, holding.symbol), ZERO), holding.quantity)
        if quantity > 0:
            cost = holding.cost * quantity / holding.quantity
            found.append(holding.model_copy(update={"quantity": quantity, "cost": cost}))
    return found


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
