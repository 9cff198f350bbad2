"""Build actions, deadlines and documents for tests of venues."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from argosy.core.actions.action import Action, ActionKind
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import DrivenClock
from argosy.core.ports import Documents, Versioned
from argosy.errors import NeverSent, Unavailable


def place_order(venue: str, symbol: str, client_id: str, **changes: Any) -> Action:
    """Return a resting order to buy one unit at a limit of 1; `changes` replace its fields."""
    fields: dict[str, Any] = {
        "client_id": client_id,
        "venue": venue,
        "kind": ActionKind.PLACE_ORDER,
        "symbol": symbol,
        "side": "buy",
        "quantity": Decimal(1),
        "limit_price": Decimal(1),
        "time_in_force": "GTC",
    }
    return Action.model_validate(fields | changes)


def cancel_order(order: Action, client_id: str) -> Action:
    """Return the cancellation of an order."""
    changes = {"client_id": client_id, "kind": ActionKind.CANCEL_ORDER}
    return order.model_copy(update={**changes, "parameters": {"clientId": order.client_id}})


class PassesAfter(SendDeadline):
    """Deadline that allows so many checks and no more; `checks` counts them."""

    __slots__ = ("checks", "left")

    def __init__(self, allowed: int) -> None:
        made = SendDeadline.from_now(DrivenClock(datetime(2026, 11, 29, tzinfo=UTC)), 3.0)
        super().__init__(made.clock, made.began, made.wall_end, made.monotonic_end)
        object.__setattr__(self, "left", allowed)
        object.__setattr__(self, "checks", 0)

    checks: int
    left: int

    @property
    def is_passed(self) -> bool:
        object.__setattr__(self, "checks", self.checks + 1)
        object.__setattr__(self, "left", self.left - 1)
        return self.left < 0

    def check(self) -> None:
        if self.is_passed:
            raise NeverSent("the deadline has passed")

    def extended(self, seconds: float) -> SendDeadline:
        return self


class ScriptedDocuments:
    """Documents over other ones that a test takes away, or looks into before the next write.

    While `away` is True every call raises Unavailable. `before_write` is called once, before the next write.
    """

    def __init__(self, inner: Documents) -> None:
        self._inner = inner
        self.away = False
        self.before_write: Callable[[], None] | None = None

    def get(self, namespace: str, key: str) -> Versioned | None:
        self._check()
        return self._inner.get(namespace, key)

    def put(self, namespace: str, key: str, value: Any, *, expected: int | None = None) -> int:
        self._write()
        return self._inner.put(namespace, key, value, expected=expected)

    def update(self, namespace: str, key: str, change: Callable[[Any], Any]) -> Any:
        self._write()
        return self._inner.update(namespace, key, change)

    def delete(self, namespace: str, key: str) -> bool:
        self._write()
        return self._inner.delete(namespace, key)

    def keys(self, namespace: str) -> list[str]:
        self._check()
        return self._inner.keys(namespace)

    def _check(self) -> None:
        if self.away:
            raise Unavailable("the database is unavailable")

    def _write(self) -> None:
        before, self.before_write = self.before_write, None
        if before is not None:
            before()
        self._check()
