"""The end of positions and commitments: each domain brings the actions that end its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from argosy.core.actions.action import Action
from argosy.core.money.money import ZERO
from argosy.core.risk.quotes import QuotePolicy
from argosy.core.venues.venue import RunningCost, Venue


@dataclass(frozen=True, slots=True)
class Obligation:
    """Position, commitment or both, of one strategy in one asset at a venue.

    `quantity` is the position, 0 without one. `commitment` is the newest action that began a lasting cost or offer,
    None without one.
    """

    bot: str
    strategy: str
    venue: str
    symbol: str
    quantity: Decimal = ZERO
    commitment: Action | None = None

    @property
    def is_open(self) -> bool:
        return bool(self.quantity) or self.commitment is not None


@dataclass(frozen=True, slots=True)
class UnwindRequest:
    """Request for the next action that ends an obligation.

    The action takes `client_id`. `number` counts the actions so far, and `first` is the first of them. `slices` is
    the number of parts of a sale. `slippage` is the largest distance from the best price, as a fraction 0..1. `mark`
    is the last sane price; it is None for later actions and for an asset without a price. `policy` judges a price
    beside it.
    """

    obligation: Obligation
    venue: Venue
    client_id: str
    number: int = 0
    first: Action | None = None
    slices: int = 1
    slippage: Decimal = ZERO
    mark: Decimal | None = None
    policy: QuotePolicy = field(default_factory=QuotePolicy)


@dataclass(frozen=True, slots=True)
class Remainder:
    """Reason why no action ends an obligation now; with `for_good` none ever will.

    `cost` is what the remainder goes on costing, None if the unwinder does not know it.
    """

    reason: str
    for_good: bool = False
    cost: RunningCost | None = None


class Unwinder(Protocol):
    """Unwinder of a domain's venues; subclass it.

    It never acts by itself: the gateway carries out the actions, and their number is limited.
    """

    def arrange(self, obligations: Sequence[Obligation]) -> Sequence[Obligation]:
        """Return the obligations of one bot at one venue in the order in which they must end."""
        return obligations

    def next_action(self, request: UnwindRequest) -> Action | Remainder:
        """Return the next action that ends the obligation, or the reason why there is none.

        It is called again after each action while the obligation is open. An action must add no risk. Raises like a
        read of the venue.
        """
        ...
