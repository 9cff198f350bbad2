"""How strict the simulation is, and what a recording can say beside what a living venue can."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from pydantic import Field

from argosy.core.wire import Wire
from argosy.domains.trading.evidence import EvidencePolicy, Observation


@runtime_checkable
class RecordedBooks(Protocol):
    """What a venue that plays a recording can say beside what a living one can."""

    def next_look(self, slug: str, after: datetime) -> datetime | None:
        """When the market's books were next observed at or later than `after`; None when they never were."""
        ...

    def history(self, slug: str) -> Sequence[Observation]:
        """What has been observed until now, oldest first."""
        ...


class PaperPolicy(Wire):
    """How strict the simulation is."""

    taker_delay_s: float = Field(
        default=0.15,
        ge=0,
        le=5,
        description="Taker orders meet the book this much later (venue rule, 2026-10).",
    )
    latest_look_s: float = Field(
        default=6.0, gt=0, le=60, description="In recordings: no fill when the next observation is later."
    )
    evidence: EvidencePolicy = EvidencePolicy()
