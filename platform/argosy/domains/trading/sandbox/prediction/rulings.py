"""The operator's rulings on how markets end, laid over any feed.

A market can be split, void, paid with odd payouts, or left without an end.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

from pydantic import model_validator

from argosy.core.money.money import ONE, ZERO
from argosy.core.wire import Wire
from argosy.domains.trading.market import DOWN, UP
from argosy.domains.trading.payout import HALF
from argosy.domains.trading.recordings.tick import Pair
from argosy.domains.trading.sandbox.prediction.market import BookState, MarketFeed, VenueMarket
from argosy.venuekit.sandbox.journal import SandboxJournal

RESOLUTION_DELAY_MS = 60_000
_KIND = "ruling"


class Ruling(Wire):
    """The operator's decision on how one market ends.

    `payouts` are those of one share of UP and of DOWN. `at_ms` is the time of the ruling.

    - up, down, split, payouts: the market ends at its normal time of resolution.
    - void: the market ends at once and pays ½ each, as the venue's contract pays an undecidable market.
    - disputed: the market is never resolved.
    """

    kind: Literal["up", "down", "split", "void", "payouts", "disputed"]
    payouts: tuple[Decimal, Decimal] | None = None
    at_ms: int = 0

    @model_validator(mode="after")
    def _adds_up(self) -> Ruling:
        if (self.kind == "payouts") is (self.payouts is None):
            raise ValueError("payouts are given with kind payouts, and with no other")
        if self.payouts is not None and (min(self.payouts) < 0 or sum(self.payouts) != ONE):
            raise ValueError("payouts lie between 0 and 1 and add up to 1")
        return self

    @property
    def paid(self) -> Pair | None:
        fixed = {"up": (ONE, ZERO), "down": (ZERO, ONE), "split": (HALF, HALF), "void": (HALF, HALF)}
        return self.payouts or fixed.get(self.kind)


class RuledMarkets:
    """`MarketFeed` that puts rulings over another feed.

    Rulings survive a restart: the venue's journal keeps them.
    """

    def __init__(self, feed: MarketFeed, journal: SandboxJournal) -> None:
        self._feed = feed
        self.step_ms = feed.step_ms
        self._journal = journal
        self._rulings = {slug: Ruling.model_validate(row) for slug, row in journal.rows(_KIND)}
        self._paid: dict[str, Pair] = {}

    def rule(self, slug: str, ruling: Ruling) -> None:
        """Decide how the market ends; the newest ruling counts.

        The journal is written by the next commit.
        """
        self._rulings[slug] = ruling
        self._journal.put(_KIND, slug, ruling.to_wire())

    def mark_paid(self, slug: str, payouts: Pair) -> None:
        """Keep the payouts of a market that was paid: a clock that is set back opens it no more."""
        self._paid[slug] = payouts

    def ruling(self, slug: str) -> Ruling | None:
        return self._rulings.get(slug)

    # Feed -------------------------------------------------------------------------------------------------

    def market(self, slug: str, now_ms: int) -> VenueMarket | None:
        return self._feed.market(slug, now_ms)

    def market_of(self, token: str, now_ms: int) -> VenueMarket | None:
        return self._feed.market_of(token, now_ms)

    def market_by_condition(self, condition_id: str, now_ms: int) -> VenueMarket | None:
        return self._feed.market_by_condition(condition_id, now_ms)

    def listed(self, now_ms: int) -> Sequence[VenueMarket]:
        return self._feed.listed(now_ms)

    def shown(self, token: str, now_ms: int) -> BookState | None:
        return None if self._is_void(token, now_ms) else self._feed.shown(token, now_ms)

    def real(self, token: str, now_ms: int) -> BookState | None:
        return None if self._is_void(token, now_ms) else self._feed.real(token, now_ms)

    def price_to_beat(self, market: VenueMarket, now_ms: int) -> Decimal | None:
        return self._feed.price_to_beat(market, now_ms)

    def final_price(self, market: VenueMarket, now_ms: int) -> Decimal | None:
        return self._feed.final_price(market, now_ms) if market.slug not in self._rulings else None

    def payouts(self, market: VenueMarket, now_ms: int) -> Pair | None:
        if market.slug in self._paid:
            return self._paid[market.slug]
        ruling = self._rulings.get(market.slug)
        if ruling is None:
            return self._feed.payouts(market, now_ms)
        moment = self.resolved_ms(market)
        return ruling.paid if moment is not None and now_ms >= moment else None

    def winner(self, market: VenueMarket, now_ms: int) -> str | None:
        return winner_of(self.payouts(market, now_ms))

    def resolved_ms(self, market: VenueMarket) -> int | None:
        ruling = self._rulings.get(market.slug)
        if ruling is None:
            return self._feed.resolved_ms(market)
        if ruling.paid is None:
            return None
        if ruling.kind == "void":
            return ruling.at_ms
        return self._feed.resolved_ms(market) or market.end_ms + RESOLUTION_DELAY_MS

    def _is_void(self, token: str, now_ms: int) -> bool:
        if not any(ruling.kind == "void" for ruling in self._rulings.values()):
            return False
        market = self._feed.market_of(token, now_ms)
        ruling = None if market is None else self._rulings.get(market.slug)
        return ruling is not None and ruling.kind == "void" and now_ms >= ruling.at_ms


def winner_of(payouts: Pair | None) -> str | None:
    """Return the outcome that gets the whole payout (UP or DOWN), or None."""
    if payouts is None or ONE not in payouts:
        return None
    return UP if payouts[0] == ONE else DOWN


def ruling_of(body: dict[str, Any], now_ms: int) -> Ruling:
    """Return the ruling that a request describes. Raises ValidationError."""
    return Ruling.model_validate({**body, "atMs": now_ms})
