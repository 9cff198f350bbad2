"""What was odd about a recording or had to be assumed: counted, with the first example of each."""

from __future__ import annotations

from typing import Any


class Warnings:
    """Counts by code, in the order they first came up."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Any]] = {}

    def add(self, code: str, example: str, count: int = 1) -> None:
        entry = self._found.setdefault(code, {"code": code, "count": 0, "example": example[:300]})
        entry["count"] += count

    def once(self, code: str, example: str) -> None:
        """For what is true of the whole recording."""
        if code not in self._found:
            self.add(code, example)

    def to_wire(self) -> list[dict[str, Any]]:
        return list(self._found.values())
