"""Dry run of a workflow: actions are refused, and documents are not stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from argosy.core.actions.action import Action, ActionResult
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.ports import Documents, Versioned
from argosy.core.venues.venue import Venue
from argosy.errors import Conflict, OrderDenied


class LookOnly:
    """Venue that refuses every action and passes everything else to the real venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._venue, name)

    def execute(self, action: Action, *, deadline: SendDeadline | None = None) -> ActionResult:
        raise OrderDenied("only looking: nothing is sent", found=action.kind.value)


class ScratchDocuments:
    """Documents that read from `below` and keep writes in memory until `clear`."""

    def __init__(self, below: Documents) -> None:
        self._below = below
        self._written: dict[tuple[str, str], Versioned | None] = {}

    def clear(self) -> None:
        self._written.clear()

    def get(self, namespace: str, key: str) -> Versioned | None:
        if (namespace, key) in self._written:
            return self._written[namespace, key]
        return self._below.get(namespace, key)

    def put(self, namespace: str, key: str, value: Any, *, expected: int | None = None) -> int:
        found = self.get(namespace, key)
        have = 0 if found is None else found.version
        if expected is not None and expected != have:
            raise Conflict(f"document {namespace}/{key} changed meanwhile", expected=f"version {expected}")
        self._written[namespace, key] = Versioned(value, have + 1)
        return have + 1

    def update(self, namespace: str, key: str, change: Callable[[Any], Any]) -> Any:
        found = self.get(namespace, key)
        value = change(None if found is None else found.value)
        self.put(namespace, key, value)
        return value

    def delete(self, namespace: str, key: str) -> bool:
        there = self.get(namespace, key) is not None
        self._written[namespace, key] = None
        return there

    def keys(self, namespace: str) -> list[str]:
        found = set(self._below.keys(namespace))
        for (space, key), value in self._written.items():
            if space == namespace:
                found = found | {key} if value is not None else found - {key}
        return sorted(found)
