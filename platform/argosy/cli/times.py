"""Times as commands print them: one shape for people, one for programs, both with their zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def shown(moment: datetime | None, *, millis: bool = False) -> str:
    """`2026-02-02 11:00:05 UTC`, with `millis` `2026-02-02 11:00:05.038 UTC`; empty for none."""
    if moment is None:
        return ""
    text = moment.astimezone(UTC).isoformat(sep=" ", timespec="milliseconds" if millis else "seconds")
    return text.replace("+00:00", " UTC")


def wire(moment: datetime | None) -> str | None:
    """`2026-02-02T11:00:05.038Z`, as the API has it; None for none."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def readable(value: Any) -> Any:
    """A time in the shape for programs in the one for people; anything else as it is."""
    return None if value is None else shown(datetime.fromisoformat(value))
