"""Rows of a recording with the time at which they could be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from argosy.core.clock import to_ms


class TimedTick(Protocol):
    """Recorded row with its time; a dataclass."""

    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True)
class RecordedTick:
    """Base of a domain's ticks. `at` is the time at which the row could be seen."""

    at: datetime

    @property
    def at_ms(self) -> int:
        return to_ms(self.at)
