"""Payouts per share of a two-outcome market, from a venue's final words and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from argosy.core.money.money import ONE, ZERO

HALF = Decimal("0.5")
SURE = Decimal("0.9")
"""Limit from which a number other than 1 is a last price, not a payout.

No market is decided at 0.97 to 0.03.
"""

_FINAL_WORDS = frozenset({"", "resolved"})
_SPLIT_WORDS = frozenset(
    [
        "split",
        "half",
        "50-50",
        "50/50",
        "0.5",
        "tie",
        "draw",
        "both",
        "void",
        "voided",
        "invalid",
        "unresolvable",
        "cancelled",
        "canceled",
    ]
)
_REFUND_WORDS = frozenset({"refund", "refunded"})


def final_payouts(
    closed: bool, status: str | None, prices: Sequence[Decimal] | None
) -> tuple[Decimal, Decimal] | None:
    """Return the payout per share of two outcomes, in the order of `prices`.

    Returns None while the venue has not decided. `closed` and `status` are Gamma's `closed` and
    `umaResolutionStatus`. Exactly 1 and 0 in a closed market are payouts. An even split or odd payouts (0.3 and
    0.7) count only if the oracle says `resolved`. A closed market may show its last prices.
    """
    word = (status or "").strip().lower()
    if closed is not True or word not in _FINAL_WORDS or prices is None or len(prices) != 2:
        return None
    first, second = prices
    if not (first.is_finite() and second.is_finite()) or min(first, second) < 0 or first + second != ONE:
        return None
    if {first, second} == {ZERO, ONE}:
        return first, second
    return (first, second) if word == "resolved" and max(first, second) < SURE else None


def is_split(word: str) -> bool:
    """Return True for a recorded word meaning that each outcome gets one half.

    Polymarket's contract pays a voided market in this way too.
    """
    return word.strip().lower() in _SPLIT_WORDS


def is_refund(word: str) -> bool:
    """Return True for a recorded word meaning that all purchases are refunded."""
    return word.strip().lower() in _REFUND_WORDS


def payout_words(payouts: Mapping[str, Decimal], symbol: str, *, refund: bool = False) -> str:
    """Describe a share's payout: won, lost, "paid ½ each", "paid 0.3 of 1" or refunded."""
    if refund:
        return "refunded"
    paid = payouts.get(symbol)
    if paid is None:
        return ""
    if paid in (ZERO, ONE):
        return "won" if paid else "lost"
    return "paid ½ each" if paid == HALF else f"paid {paid} of 1"
