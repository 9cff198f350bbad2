"""Skipped runs, counted by bot and reason.

A schedule with too short an interval skips one run a tick.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from argosy.core.clock import from_ms
from argosy.core.event import Event
from argosy.infrastructure.storage.records import SkipRecord
from dashboard.bots.wire import BotWarning
from dashboard.live.now import newer_seq

OVERLAP = "overlap"
WINDOW = timedelta(hours=1)


def count_skips(recorded: Sequence[SkipRecord], live: Iterable[Event], since: datetime) -> list[SkipRecord]:
    """Return the counts of history plus newer live events of the same bot and reason."""
    found = {(each.bot_id, each.reason): each for each in recorded}
    known = {key: each.seq for key, each in found.items()}
    for event in live:
        at = from_ms(event.timestamp)
        if event.bot_id is None or at < since:
            continue
        key = event.bot_id, str(event.data.get("reason") or "")
        if key in known and not newer_seq(event.seq, known[key]):
            continue
        before = found.get(key)
        if before is None:
            found[key] = SkipRecord(*key, 1, at, at, event.seq)
        else:
            found[key] = replace(before, count=before.count + 1, last=at, seq=event.seq)
    return list(found.values())


def overlap_warning(skips: Iterable[SkipRecord], bot_id: str) -> BotWarning | None:
    """Return a warning about runs that were skipped because the run before had not ended."""
    for each in skips:
        if each.bot_id == bot_id and each.reason == OVERLAP:
            runs = "1 run was" if each.count == 1 else f"{each.count:,} runs were"
            return BotWarning(
                code="overlap",
                text=f"{runs} skipped in the last hour: the run before had not ended. "
                "Lengthen the schedule, or shorten the run.",
                count=each.count,
                since=each.first,
            )
    return None
