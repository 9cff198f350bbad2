"""Meters of the live view."""

from __future__ import annotations

from typing import Protocol


class LiveMeters(Protocol):
    def sent(self, count: int) -> None: ...

    def coalesced(self, count: int) -> None: ...

    def dropped(self, count: int) -> None: ...

    def reset(self, reason: str) -> None: ...
