"""Fills and bookings with defaults, so that a test names only the values it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from argosy.core.actions.action import ActionKind, Fill
from argosy.core.actions.action_spec import spec_of
from argosy.core.money.ledger import Booking, Entry, EntryKind
from argosy.infrastructure.storage.catalog import bots, workflows
from argosy.infrastructure.storage.engine.database import Database

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


def booking(strategy_id: str = "one", kind: str = ActionKind.PLACE_ORDER, **changes: Any) -> Booking:
    values: dict[str, Any] = {
        "mode": "paper",
        "domain": "trading",
        "bot_id": "b",
        "strategy_id": strategy_id,
        "kind": spec_of(kind).entry_kind,
        "base_currency": "USD",
    }
    return Booking(**values | changes)


def entry(kind: EntryKind, amount: str, **changes: Any) -> Entry:
    """Return an entry in USD at venue v."""
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


def a_bot(database: Database, id: str, capital: str = "100") -> None:
    """Save a bot with one node, in paper mode."""
    constant = {"id": "a", "type": "core.constant", "params": {"value": 1}, "position": {"x": 0, "y": 0}}
    document: dict[str, Any] = {
        "id": "w",
        "name": "W",
        "kind": "bot",
        "schema": 1,
        "nodes": [constant],
        "edges": [],
    }
    saved = database.run(workflows.save(document, "test"))
    database.run(
        bots.save(
            id=id,
            name=id.upper(),
            domain="trading",
            workflow_id="w",
            workflow_digest=saved.digest,
            capital=Decimal(capital),
        )
    )
