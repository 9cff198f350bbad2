"""Times in the output of commands, in UTC: one format for people, one for programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def format_time(moment: datetime | None, *, millis: bool = False) -> str:
    """Return a time for people, like `2026-02-02 11:00:05 UTC`; empty text for None.

    With `millis`, like `2026-02-02 11:00:05.038 UTC`.
    """
    if moment is None:
        return ""
    text = moment.astimezone(UTC).isoformat(sep=" ", timespec="milliseconds" if millis else "seconds")
    return text.replace("+00:00", " UTC")


def wire(moment: datetime | None) -> str | None:
    """Return a time as the API has it, like `2026-02-02T11:00:05.038Z`; None for None."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def readable(value: Any) -> Any:
    """Convert a time from the format for programs to the one for people; None stays None."""
    return None if value is None else format_time(datetime.fromisoformat(value))
