"""Expiration times of orders that carry one (Polymarket order rules, 2026-10)."""

from __future__ import annotations

from datetime import datetime, timedelta

from argosy.core.actions.action import Action
from argosy.core.clock import from_ms, to_ms

GTD_MARGIN_S = 180
"""Shortest time in seconds from now to an expiration."""
_EARLY = timedelta(seconds=60)


def expiration(action: Action) -> int:
    """Return Unix seconds from `parameters["expiresAt"]`; 0 for orders without."""
    text = action.parameters.get("expiresAt", "0")
    return int(text) if text.isdecimal() and len(text) < 12 and action.time_in_force == "GTD" else 0


def expires_too_soon(action: Action, now: datetime) -> bool:
    return action.time_in_force == "GTD" and expiration(action) < to_ms(now) // 1000 + GTD_MARGIN_S


def works_until(action: Action) -> datetime | None:
    """Return the time until which the order works: a minute before its expiration.

    None for an order without expiration.
    """
    seconds = expiration(action)
    return from_ms(seconds * 1000) - _EARLY if seconds else None
