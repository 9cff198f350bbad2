"""Fill kernel of simulated venues: walks through offers, and fees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Generic, Protocol, TypeVar

from argosy.core.money.money import ZERO, floor_to


class PricedOffer(Protocol):
    """Offer at one price, such as a level of a book or a resting order."""

    @property
    def price(self) -> Decimal: ...

    @property
    def size(self) -> Decimal: ...


OfferT = TypeVar("OfferT", bound=PricedOffer)


@dataclass(frozen=True, slots=True)
class TakenOffer(Generic[OfferT]):
    """Quantity `size` taken of an offer, at its price."""

    offer: OfferT
    price: Decimal
    size: Decimal


@dataclass(frozen=True, slots=True)
class Walk(Generic[OfferT]):
    """Offers taken, best first.

    `shares` is the quantity taken, at most the requested one. `notional` is its value without fees.
    """

    taken: tuple[TakenOffer[OfferT], ...] = ()
    shares: Decimal = ZERO
    notional: Decimal = ZERO

    @property
    def average(self) -> Decimal | None:
        """Volume-weighted average price; None if nothing was taken."""
        return self.notional / self.shares if self.shares else None

    @property
    def worst(self) -> Decimal | None:
        """Price of the last offer taken: a limit that allows exactly this walk."""
        return self.taken[-1].price if self.taken else None

    def first(self, quantity: Decimal) -> Walk[OfferT]:
        """Return the first `quantity` of the walk."""
        return _walked(
            TakenOffer(part.offer, part.price, size) for part, size in _shares(self.taken, quantity)
        )


def walk(
    offers: Iterable[OfferT], quantity: Decimal, limit: Decimal | None = None, *, side: str = "buy"
) -> Walk[OfferT]:
    """Take up to `quantity` from `offers` (best first) at prices within `limit`.

    A buy walks asks upwards, a sale walks bids downwards. Offers without size are skipped.
    """
    taken = _shares(_within(offers, limit, side), quantity)
    return _walked(TakenOffer(offer, offer.price, size) for offer, size in taken)


def spend(
    offers: Iterable[OfferT], amount: Decimal, step: Decimal, limit: Decimal | None = None
) -> Walk[OfferT]:
    """Buy for up to `amount` from `offers` (best first) at prices up to `limit`.

    Offers are taken whole while the amount lasts. The rest of the amount buys multiples of `step`, rounded down.
    """

    def sizes() -> Iterator[TakenOffer[OfferT]]:
        left = amount
        for offer in _within(offers, limit, "buy"):
            size = min(offer.size, floor_to(left / offer.price, step))
            if size > 0:
                left -= size * offer.price
                yield TakenOffer(offer, offer.price, size)

    return _walked(sizes())


def rounded_fee(amount: Decimal, rate: Decimal, step: Decimal) -> Decimal:
    """Return the fee of one fill: a fraction of `amount`, rounded to `step`, halves up."""
    return (amount * rate).quantize(step, rounding=ROUND_HALF_UP)


def _within(offers: Iterable[OfferT], limit: Decimal | None, side: str) -> Iterator[OfferT]:
    for offer in offers:
        if limit is not None and (offer.price > limit if side == "buy" else offer.price < limit):
            return
        yield offer


def _shares(offers: Iterable[OfferT], quantity: Decimal) -> Iterator[tuple[OfferT, Decimal]]:
    for offer in offers:
        if quantity <= 0:
            return
        size = min(offer.size, quantity)
        if size > 0:
            quantity -= size
            yield offer, size


def _walked(taken: Iterable[TakenOffer[OfferT]]) -> Walk[OfferT]:
    parts = tuple(taken)
    return Walk(
        parts,
        sum((part.size for part in parts), ZERO),
        sum((part.price * part.size for part in parts), ZERO),
    )
