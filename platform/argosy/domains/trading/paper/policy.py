"""Strictness of the simulation, and the extra data that recordings offer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from pydantic import Field

from argosy.core.wire import Wire
from argosy.domains.trading.evidence import EvidencePolicy, Observation


@runtime_checkable
class RecordedBooks(Protocol):
    """Data that a venue which plays a recording offers beyond a real one."""

    def next_look(self, slug: str, after: datetime) -> datetime | None:
        """Return the time of the next observation of the market's books, at or after `after`.

        None if there is no such observation.
        """
        ...

    def history(self, slug: str) -> Sequence[Observation]:
        """Return the observations until now, oldest first."""
        ...


class PaperPolicy(Wire):
    """Strictness of the simulation."""

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
