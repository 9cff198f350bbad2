"""Short builders of snapshots and proposals, for tests of risk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from argosy.core.risk import (
    AccountFacts,
    Constraint,
    ConstraintKind,
    Holding,
    Mark,
    Open,
    Proposal,
    Snapshot,
)
from argosy.core.scope import ScopePath

NOW = datetime(2026, 2, 2, 11, 0, tzinfo=UTC)
PATH = ScopePath("trading", "b", "s", "v", "X")
SCOPES = PATH.scopes
D = Decimal


def path(
    bot: str = "b", strategy: str = "s", venue: str = "v", symbol: str = "X", domain: str = "trading"
) -> ScopePath:
    return ScopePath(domain, bot, strategy, venue, symbol)


def limit(kind: ConstraintKind | str, amount: Any, scope: str = "platform", **more: Any) -> Constraint:
    return Constraint(
        **{
            "id": f"{scope}.{kind}".replace("/", "-"),
            "scope": scope,
            "kind": kind,
            "limit": D(str(amount)),
            **more,
        }
    )


def buy(units: Any = 10, price: Any = 1, at: ScopePath = PATH, **more: Any) -> Proposal:
    """Return a purchase; `reserve` is its cost at `price`."""
    amount = D(str(units))
    cost = amount * D(str(price)) if price is not None else D(0)
    values = {
        "client_id": "new",
        "path": at,
        "kind": "place_order",
        "delta": amount,
        "price": None if price is None else D(str(price)),
        "reserve": cost,
        "reducing": False,
        "quantity": amount,
    }
    return Proposal(**{**values, **more})


def sell(units: Any = 10, price: Any = 1, at: ScopePath = PATH, **more: Any) -> Proposal:
    return buy(units, price, at, **{"delta": -D(str(units)), **more})


def held(quantity: Any, cost: Any = 0, at: ScopePath = PATH) -> Holding:
    return Holding(at, D(str(quantity)), D(str(cost)))


def waiting(delta: Any, reserved: Any = 0, at: ScopePath = PATH, reducing: bool = False) -> Open:
    return Open("open", at, D(str(delta)), D(str(reserved)), reducing, NOW)


def mark(price: Any, volatility: Any = None) -> Mark:
    return Mark(D(str(price)), NOW, None if volatility is None else D(str(volatility)))


def account(scope: str = "platform", **more: Any) -> AccountFacts:
    values = {
        "capital": 1000, "cash": 1000, "equity": 1000, "reserved": 0, "day_start_equity": 1000, "high_water": 1000,
    }  # fmt: skip
    return AccountFacts(scope, **{name: D(str(value)) for name, value in {**values, **more}.items()})


def facts(*things: Holding | Open, marks: dict[Any, Mark] | None = None, **more: Any) -> Snapshot:
    """Return a snapshot; `account=…` values hold for every scope of PATH."""
    values = more.pop("account", None)
    if values is not None:
        more["accounts"] = {scope: account(scope, **values) for scope in SCOPES}
    return Snapshot(
        now=NOW,
        holdings=[each for each in things if isinstance(each, Holding)],
        open=[each for each in things if isinstance(each, Open)],
        marks={("v", "X"): mark(1)} if marks is None else marks,
        **more,
    )


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)
