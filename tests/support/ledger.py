"""Fills and bookings that say only what a test is about."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from argosy.core.action import ActionKind, Fill
from argosy.core.ledger import Booking, Entry, EntryKind

NOON = datetime(2026, 2, 2, 12, 0, tzinfo=UTC)


def fill(id: str, side: Any, quantity: str, price: str, fee: str = "0", **changes: Any) -> Fill:
    values: dict[str, Any] = {
        "id": id,
        "client_id": f"c-{id}",
        "venue": "v",
        "symbol": "s",
        "side": side,
        "quantity": Decimal(quantity),
        "price": Decimal(price),
        "fee": Decimal(fee),
        "at": NOON,
    }
    return Fill(**values | changes)


def booking(strategy_id: str = "one", kind: ActionKind = ActionKind.PLACE_ORDER, **changes: Any) -> Booking:
    values: dict[str, Any] = {
        "mode": "paper",
        "domain": "trading",
        "bot_id": "b",
        "strategy_id": strategy_id,
        "kind": kind,
        "base_currency": "USD",
    }
    return Booking(**values | changes)


def entry(kind: EntryKind, amount: str, **changes: Any) -> Entry:
    """An entry in USD at venue v."""
    values: dict[str, Any] = {
        "at": NOON,
        "mode": "paper",
        "domain": "trading",
        "bot_id": "b",
        "strategy_id": "one",
        "venue": "v",
        "kind": kind,
        "currency": "USD",
        "amount": Decimal(amount),
        "rate": Decimal(1),
        "rate_source": "same",
        "base_currency": "USD",
        "base_amount": Decimal(amount),
    }
    return Entry(**values | changes)
