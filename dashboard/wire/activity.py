"""Recent activity in plain sentences."""

from __future__ import annotations

from pydantic import Field

from dashboard.wire.base import Instant, Level, View


class ActivityItem(View):
    seq: str
    at: Instant
    text: str
    level: Level
    bot_id: str | None
    run_id: str | None


class ActivityList(View):
    items: list[ActivityItem]


class ActivityQuery(View):
    limit: int = Field(default=50, ge=1, le=500)
