"""Warnings about a recording: problems and assumptions, counted, with the first example."""

from __future__ import annotations

from typing import Any


class ReplayWarnings:
    """Warnings by code, in the order of first occurrence."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Any]] = {}

    def add(self, code: str, example: str, count: int = 1) -> None:
        entry = self._found.setdefault(code, {"code": code, "count": 0, "example": example[:300]})
        entry["count"] += count

    def once(self, code: str, example: str) -> None:
        """Add a warning about the whole recording, once."""
        if code not in self._found:
            self.add(code, example)

    def to_wire(self) -> list[dict[str, Any]]:
        return list(self._found.values())
