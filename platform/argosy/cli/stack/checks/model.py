"""The outcome of one check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["ok", "warn", "fail", "skip"]


@dataclass(frozen=True, slots=True)
class Check:
    """Result of one check: `found` is the present state, `remedy` the repair.

    `remedy` is empty when nothing needs repair.
    """

    name: str
    status: Status
    found: str
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "status": self.status, "found": self.found, "remedy": self.remedy or None}
