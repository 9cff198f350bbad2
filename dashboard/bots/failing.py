"""Warning about bots with failing runs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from dashboard.bots.wire import BotWarning
from dashboard.runs.wire import RunSummary

LOOKED_AT = 10
_ENOUGH = 3


def failing_warning(newest: Sequence[RunSummary]) -> BotWarning | None:
    """Return a warning if the newest three runs failed, or all runs of a bot with fewer.

    `newest` begins with the newest run.
    """
    ended = [run for run in newest if run.status in ("success", "failed")]
    failed = list(takewhile(lambda run: run.status == "failed", ended))
    if not failed or len(failed) < min(_ENOUGH, len(ended)):
        return None
    runs = "The newest run" if len(failed) == 1 else f"The newest {len(failed)} runs"
    more = " or more" if len(failed) >= LOOKED_AT else ""
    return BotWarning(
        code="failing",
        text=f"{runs}{more} failed: {failed[0].reason or 'no reason was given'}",
        count=len(failed),
        since=failed[-1].started_at,
    )
