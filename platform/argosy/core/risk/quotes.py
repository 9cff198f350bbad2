"""Filter of quotes for marks: one bad quote must neither change equity nor trip a halt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from argosy.core.clock import MOST_AHEAD_S
from argosy.core.money.money import ZERO
from argosy.core.risk.snapshot import Mark
from argosy.core.venues.venue import Quote


@dataclass(frozen=True, slots=True)
class QuotePolicy:
    """Policy of the quote filter.

    A quote older than `max_age_s` is stale. One more than `max_ahead_s` in the future is wrong. A price within
    `band` of the last mark is accepted at once. `band` is a fraction; `least_band` is its minimum in quote
    currency, for prices near zero.

    A price outside the band needs `confirmations` quotes. They are at different times and agree within the band.
    The last is at least `span_s` after the first. The first mark of an asset needs `first_confirmations`, however
    close in time.
    """

    max_age_s: float = 30
    max_ahead_s: float = MOST_AHEAD_S
    band: Decimal = Decimal("0.1")
    least_band: Decimal = ZERO
    confirmations: int = 3
    span_s: float = 5
    first_confirmations: int = 2


@dataclass(frozen=True, slots=True)
class PendingQuote:
    """Price that waits for confirmation.

    It was seen `count` times from `since` to `until`, by the quotes' own times.
    """

    price: Decimal
    count: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """Price that may become the mark."""

    price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Suspect:
    """Rejected quote; the mark stays.

    `doubt` is passed to the check of the next quote. `reason` is stable: stale, ahead, old, crossed, no_price,
    not_positive or unconfirmed.
    """

    reason: str
    doubt: PendingQuote | None


def check_quote(
    previous: Mark | None, quote: Quote, now: datetime, policy: QuotePolicy, doubt: PendingQuote | None = None
) -> Accepted | Suspect:
    """Check one quote against the last mark.

    `previous` is the last mark in the quote's own currency. `doubt` is the pending price of the quote before. An
    invalid quote leaves the doubt unchanged; one inside the band ends it. A mark or doubt ahead of `now` comes
    from a wrong clock. Its time is ignored, otherwise all quotes would be old until then.
    """
    price, problem = _price(quote)
    latest = latest_of(now, policy)
    if doubt is not None and doubt.until > latest:
        doubt = None
    if quote.at < now - timedelta(seconds=policy.max_age_s):
        return Suspect("stale", doubt)
    if quote.at > latest:
        return Suspect("ahead", doubt)
    if previous is not None and quote.at < previous.at <= latest:
        return Suspect("old", doubt)
    if price is None:
        return Suspect(problem, doubt)
    if previous is not None and is_within_band(previous.price, price, policy):
        return Accepted(price, quote.at)
    doubt = _counted(doubt, price, quote.at, policy)
    needed, span_s = policy.confirmations, policy.span_s
    if previous is None:
        needed, span_s = policy.first_confirmations, 0.0
    if doubt.count >= needed and doubt.until - doubt.since >= timedelta(seconds=span_s):
        return Accepted(price, quote.at)
    return Suspect("unconfirmed", doubt)


def latest_of(now: datetime, policy: QuotePolicy) -> datetime:
    """Return the latest acceptable time of a quote."""
    return now + timedelta(seconds=policy.max_ahead_s)


def is_within_band(reference: Decimal, price: Decimal, policy: QuotePolicy) -> bool:
    """Return True if `price` is within the band around `reference`."""
    return abs(price - reference) <= max(abs(reference) * policy.band, policy.least_band)


def _price(quote: Quote) -> tuple[Decimal | None, str]:
    """Return the mid price, or the last price if a side is missing, and the problem."""
    sides = [side for side in (quote.bid, quote.ask) if side is not None]
    if any(not side.is_finite() or side <= 0 for side in sides):
        return None, "not_positive"
    if quote.bid is not None and quote.ask is not None and quote.bid >= quote.ask:
        return None, "crossed"
    price = quote.mid
    if price is None:
        return None, "no_price"
    if not price.is_finite() or price <= 0:
        return None, "not_positive"
    return price, ""


def _counted(doubt: PendingQuote | None, price: Decimal, at: datetime, policy: QuotePolicy) -> PendingQuote:
    """Count the quote as a confirmation.

    The same quote read twice does not count. A quote outside the band starts a new count.
    """
    if doubt is None or not is_within_band(doubt.price, price, policy):
        return PendingQuote(price, 1, at, at)
    if at <= doubt.until:
        return doubt
    return PendingQuote(price, doubt.count + 1, doubt.since, at)
