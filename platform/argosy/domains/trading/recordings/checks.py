"""Checks for doubtful rows, shared by all formats."""

from __future__ import annotations

from decimal import Decimal

from argosy.domains.trading.recordings.tick import BookTick, QuoteTick
from argosy.venuekit.recordings.problems import RowProblem
from argosy.venuekit.recordings.source import RecordingSource

STALE_MS = 2_000
_ONE = Decimal(1)


def check_pair(source: RecordingSource, line: int, tick: QuoteTick) -> None:
    """Count locked, crossed and empty sides, and asks that add up to less than 1."""
    add = source.warnings.add
    for name, bid, ask in (("up", tick.up_bid, tick.up_ask), ("down", tick.down_bid, tick.down_ask)):
        if bid is None or ask is None:
            add(RowProblem.EMPTY_SIDE, line, f"{name}: bid {bid}, ask {ask}")
        elif bid >= ask:
            problem = RowProblem.LOCKED if bid == ask else RowProblem.CROSSED
            add(problem, line, f"{name}: bid {bid}, ask {ask}")
    if tick.up_ask is not None and tick.down_ask is not None and tick.up_ask + tick.down_ask < _ONE:
        add(RowProblem.PAIR_SUM_BELOW_ONE, line, f"ask {tick.up_ask} + ask {tick.down_ask}")


def check_book(source: RecordingSource, line: int, tick: BookTick) -> None:
    """Count empty sides, locked and crossed books, and books received long after their creation."""
    add = source.warnings.add
    if not tick.bids or not tick.asks:
        add(RowProblem.EMPTY_SIDE, line, f"{tick.slug} {len(tick.bids)} bids, {len(tick.asks)} asks")
    elif tick.bids[0][0] >= tick.asks[0][0]:
        problem = RowProblem.LOCKED if tick.bids[0][0] == tick.asks[0][0] else RowProblem.CROSSED
        add(problem, line, f"{tick.slug} bid {tick.bids[0][0]}, ask {tick.asks[0][0]}")
    if tick.venue_at is not None and (tick.at - tick.venue_at).total_seconds() * 1000 > STALE_MS:
        add(
            RowProblem.STALE_TIMESTAMP,
            line,
            f"{tick.slug} of {tick.venue_at.isoformat()} seen {tick.at.isoformat()}",
        )
