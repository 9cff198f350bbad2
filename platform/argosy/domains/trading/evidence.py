"""Proof that two separately read books show a real price, and not an outdated one.

The two tokens of a binary market share one book: an order to buy UP at p is an order to sell DOWN at 1 − p. So
bid(UP) = 1 − ask(DOWN) whenever both are read at the same instant. The two asks then cannot add up to less than 1.
An apparent sum below 1 usually means that one read is older than the other. Such a sum is an *apparent* price that
needs proof:

- With the venue's own time on each book: both are fresh, of nearly the same moment, and seen again later.
- Without it: the disagreement must outlast stale reads. A stale read repeats an earlier content of a book. If one
    book is the exact mirror of the other's content a moment before, lag explains the observation. It then proves
    nothing. The remaining observations must span several reads and seconds. Both books must also be seen to change,
    because a changed book was read anew. A book that stands still while the other keeps moving is frozen. If
    neither moves, only time separates quiet from frozen, so the disagreement must last longer.

An empty side, a locked or crossed book, prices outside (0, 1) and old books are not quotes. They end every streak.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field

from argosy.core.clock import to_ms
from argosy.core.money.money import ONE, ZERO
from argosy.core.venues.venue import OrderBook
from argosy.core.wire import Wire
from argosy.domains.trading.fees import breakeven_sum
from argosy.domains.trading.market import FeeSchedule

FUTURE_MS = 2_000
"""Largest lead of a venue's clock over ours, in milliseconds.

Recorded messages are ahead by tens of milliseconds.
"""

Code = Literal[
    "consistent",
    "proven",
    "one_sided",
    "locked",
    "crossed",
    "stale",
    "skewed",
    "lagging",
    "frozen",
    "unproven",
    "opening",
    "closing",
]


class EvidencePolicy(Wire):
    """Amount of proof that an apparent price needs. Seconds unless named otherwise."""

    max_age_s: float = Field(default=3.0, gt=0, le=60, description="Oldest book that counts as a quote.")
    max_skew_s: float = Field(
        default=0.25, gt=0, le=10, description="Furthest apart the venue's own times of two books may lie."
    )
    observations: int = Field(
        default=2, ge=2, le=20, description="Successive observations, where books carry the venue's time."
    )
    blind_observations: int = Field(
        default=4, ge=3, le=60, description="Successive observations, where they carry none."
    )
    quiet_observations: int = Field(
        default=6, ge=3, le=120, description="The same while neither book moves: nothing shows it is alive."
    )
    persistence_s: float = Field(
        default=3.0, ge=1, le=60, description="Least time the observations without venue time must span."
    )
    max_gap_s: float = Field(
        default=5.0, gt=0, le=60, description="A longer gap between two observations ends the streak."
    )
    lag_s: float = Field(
        default=3.0, ge=0, le=30, description="How old a read may be for lag to explain a disagreement."
    )


@dataclass(frozen=True, slots=True)
class Top:
    """Best bid and ask of one token.

    None for a side that is empty or only holds the bound 0 or 1. `seen_ms` is the time of the read, `at_ms` the
    venue's own time of the book.
    """

    bid: Decimal | None
    ask: Decimal | None
    seen_ms: int
    at_ms: int | None = None

    @classmethod
    def of(cls, book: OrderBook) -> Top:
        bid = book.bids[0].price if book.bids else None
        ask = book.asks[0].price if book.asks else None
        return cls(
            bid if bid is not None and ZERO < bid < ONE else None,
            ask if ask is not None and ZERO < ask < ONE else None,
            to_ms(book.received_at),
            None if book.at is None else to_ms(book.at),
        )

    def same_prices(self, other: Top) -> bool:
        return self.bid == other.bid and self.ask == other.ask

    def mirrors(self, other: Top) -> bool:
        """Return True if both could be one book seen from both sides at one instant."""
        if self.bid is None or self.ask is None or other.bid is None or other.ask is None:
            return False
        return self.bid + other.ask == ONE and self.ask + other.bid == ONE


@dataclass(frozen=True, slots=True)
class Observation:
    """Both tokens as seen at `seen_ms`."""

    seen_ms: int
    up: Top
    down: Top

    @classmethod
    def of(cls, up: OrderBook, down: OrderBook) -> Observation:
        first, second = Top.of(up), Top.of(down)
        return cls(max(first.seen_ms, second.seen_ms), first, second)

    @property
    def timed(self) -> bool:
        return self.up.at_ms is not None and self.down.at_ms is not None

    @property
    def identity(self) -> tuple[int, int, int | None, int | None]:
        """Key of the reads: equal for two observations of the same reads."""
        return (self.up.seen_ms, self.down.seen_ms, self.up.at_ms, self.down.at_ms)

    def ask_sum(self) -> Decimal | None:
        if self.up.ask is None or self.down.ask is None:
            return None
        return self.up.ask + self.down.ask

    def to_json(self) -> list[Any]:
        """Return a compact form for a document."""
        return [self.seen_ms, _top_json(self.up), _top_json(self.down)]

    @classmethod
    def from_json(cls, raw: Sequence[Any]) -> Observation:
        return cls(raw[0], _top(raw[1]), _top(raw[2]))


Claim = Callable[[Observation], Decimal | None]
"""Claimed value per share of an observation if it were true; None if it claims nothing."""


def pair_claim(schedule: FeeSchedule) -> Claim:
    """Return the claim of pair arbitrage: profit of one pair at the best asks.

    The profit is 1 − ask sum − taker fees.
    """

    def claim(observation: Observation) -> Decimal | None:
        up, down = observation.up.ask, observation.down.ask
        return None if up is None or down is None else breakeven_sum(schedule, up, down) - up - down

    return claim


def _top_json(top: Top) -> list[Any]:
    return [None if p is None else str(p) for p in (top.bid, top.ask)] + [top.seen_ms, top.at_ms]


def _top(raw: Sequence[Any]) -> Top:
    bid, ask = (None if p is None else Decimal(p) for p in raw[:2])
    return Top(bid, ask, raw[2], raw[3])


@dataclass(frozen=True, slots=True)
class EvidenceVerdict:
    """Judgement of an observation.

    `ok` means that the shown asks may be traded on. `reason` is text for people.
    """

    code: Code
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.code in ("consistent", "proven")


CONSISTENT = EvidenceVerdict("consistent")


def quote_problem(observation: Observation, now_ms: int, policy: EvidencePolicy) -> EvidenceVerdict | None:
    """Return the problem that makes one of the books no quote, or None."""
    for name, top in (("UP", observation.up), ("DOWN", observation.down)):
        age_ms = now_ms - (top.seen_ms if top.at_ms is None else top.at_ms)
        if age_ms > policy.max_age_s * 1000:
            return EvidenceVerdict("stale", f"the {name} book is {age_ms / 1000:.1f} s old")
        if age_ms < -FUTURE_MS:
            return EvidenceVerdict("stale", f"the {name} book is {-age_ms / 1000:.1f} s ahead of the clock")
        if top.bid is None or top.ask is None:
            return EvidenceVerdict(
                "one_sided", f"the {name} book has no {'bid' if top.bid is None else 'ask'}"
            )
        if top.bid == top.ask:
            return EvidenceVerdict("locked", f"the {name} book is locked at {top.bid}")
        if top.bid > top.ask:
            return EvidenceVerdict("crossed", f"the {name} book is crossed: bid {top.bid}, ask {top.ask}")
    return None


def lag_explains(history: Sequence[Observation], index: int, policy: EvidencePolicy) -> bool:
    """Return True if one book at `index` mirrors the other's content of at most `lag_s` ago."""
    now = history[index]
    for i in range(index - 1, -1, -1):
        before = history[i]
        if now.seen_ms - before.seen_ms > policy.lag_s * 1000:
            return False
        if now.up.mirrors(before.down) or now.down.mirrors(before.up):
            return True
    return False


def assess(
    history: Sequence[Observation], now_ms: int, policy: EvidencePolicy, claim: Claim
) -> EvidenceVerdict:
    """Judge the claim of the last observation by the earlier ones.

    `history` is oldest first; each entry is a read of its own. `claim` returns the value of an observation if it
    were true, such as a profit per share. A claim above 0 needs proof. An earlier observation supports the last one
    only if it claims at least half as much. So a small lasting disagreement does not support a sudden large one.
    """
    last = history[-1]
    problem = quote_problem(last, now_ms, policy)
    if problem is not None:
        return problem
    claimed = claim(last)
    if claimed is None or claimed <= 0:
        return CONSISTENT
    if last.timed and _skew_ms(last) > policy.max_skew_s * 1000:
        return EvidenceVerdict("skewed", f"the two books lie {_skew_ms(last) / 1000:.2f} s apart")
    if lag_explains(history, len(history) - 1, policy):
        return EvidenceVerdict(
            "lagging", "one book repeats what the other implied a moment before: a stale read"
        )
    start = _streak_start(history, policy, claim, claimed / 2)
    seen = len(history) - start
    if last.timed:
        if seen < policy.observations:
            return EvidenceVerdict("unproven", f"seen {seen} of {policy.observations} times")
        return EvidenceVerdict("proven", f"{seen} observations with fresh books of one moment")
    return _blind(history, start, policy)


def _skew_ms(observation: Observation) -> int:
    return abs((observation.up.at_ms or 0) - (observation.down.at_ms or 0))


def _streak_start(
    history: Sequence[Observation], policy: EvidencePolicy, claim: Claim, least: Decimal
) -> int:
    """Return the start of the longest unbroken tail of observations that claim `least`.

    Observations explained by lag, skew or a missing quote break the tail.
    """
    timed = history[-1].timed
    start = len(history)
    for i in range(len(history) - 1, -1, -1):
        now = history[i]
        claimed = claim(now)
        if (
            claimed is None
            or claimed <= 0
            or claimed < least
            or now.timed != timed
            or quote_problem(now, now.seen_ms, policy) is not None
            or (timed and _skew_ms(now) > policy.max_skew_s * 1000)
            or (i + 1 < len(history) and history[i + 1].seen_ms - now.seen_ms > policy.max_gap_s * 1000)
            or lag_explains(history, i, policy)
        ):
            break
        start = i
    return start


def _blind(history: Sequence[Observation], start: int, policy: EvidencePolicy) -> EvidenceVerdict:
    """Judge books without the venue's time.

    Only time and the visible movement of both books are proof.
    """
    if _frozen(history):
        return EvidenceVerdict("frozen", "one book stands still while the other moves")
    streak = history[start:]
    alive = any(not a.up.same_prices(b.up) for a, b in pairwise(streak)) and any(
        not a.down.same_prices(b.down) for a, b in pairwise(streak)
    )
    needed = policy.blind_observations if alive else policy.quiet_observations
    span_s = (streak[-1].seen_ms - streak[0].seen_ms) / 1000
    if len(streak) < needed or span_s < policy.persistence_s:
        return EvidenceVerdict("unproven", f"seen {len(streak)} of {needed} times over {span_s:.1f} s")
    return EvidenceVerdict("proven", f"{len(streak)} observations over {span_s:.1f} s")


def _frozen(history: Sequence[Observation]) -> bool:
    """Return True if one book has moved more than once since the other last moved."""
    up_since_down = down_since_up = 0
    for before, after in pairwise(history):
        up_moved = not before.up.same_prices(after.up)
        down_moved = not before.down.same_prices(after.down)
        up_since_down = 0 if down_moved else up_since_down + up_moved
        down_since_up = 0 if up_moved else down_since_up + down_moved
    return max(up_since_down, down_since_up) > 1


HISTORY = 40
"""Number of observations to remember.

This is enough to see a book stand still for most of a minute.
"""
