"""Recent activity in plain sentences."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from argosy.core.bot import ID_PATTERN
from dashboard.wire import Instant, Level, View


class ActivityItem(View):
    """One event, or `count` equal events since `since`, shown as the newest of them.

    `since` is null for a single event.
    """

    seq: str
    at: Instant
    type: str
    text: str
    level: Level
    bot_id: str | None
    run_id: str | None
    count: int = 1
    since: Instant | None = None


class ActivityList(View):
    items: list[ActivityItem]


class ActivityQuery(View):
    """Filter of the activity list. `level` is the lowest level listed."""

    bot: str | None = Field(default=None, pattern=ID_PATTERN)
    level: Literal["warning", "error"] | None = None
    limit: int = Field(default=50, ge=1, le=500)
