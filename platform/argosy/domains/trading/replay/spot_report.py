"""Spot trades of a replay: fills, positions and profit, added to the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import Position
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.errors import ArgosyError

_LAST = Decimal("0.00000001")


def with_spot(report: Mapping[str, Any], venues: Sequence[SpotPaperVenue]) -> dict[str, Any]:
    """Return `report` with the spot accounts added.

    Holdings count at their last bid, or at cost without one.
    """
    fills = [row for venue in venues for row in _fills(venue)]
    if not fills:
        return dict(report)
    positions = [_position(venue, held) for venue in venues for held in venue.positions()]
    realised = sum((venue.realised() for venue in venues), ZERO)
    unrealised = sum((Decimal(row["value"]) - Decimal(row["cost"]) for row in positions), ZERO)
    cash = realised - sum((Decimal(row["cost"]) for row in positions), ZERO)
    pnl = report["pnl"]
    return {
        **report,
        "fills": sorted([*report["fills"], *fills], key=lambda row: (row["at"], row["symbol"])),
        "positions": [
            *report["positions"],
            *({k: v for k, v in row.items() if k != "cost"} for row in positions),
        ],
        "fees": _plus(report["fees"], sum((Decimal(row["fee"]) for row in fills), ZERO)),
        "cash": _plus(report["cash"], cash),
        "pnl": {
            **pnl,
            "realised": _plus(pnl["realised"], realised),
            "unrealised": _plus(pnl["unrealised"], unrealised),
            "total": _plus(pnl["total"], realised + unrealised),
        },
    }


def _fills(venue: SpotPaperVenue) -> list[dict[str, Any]]:
    return [
        {
            "at": fill.to_wire()["at"],
            "symbol": fill.symbol,
            "outcome": fill.symbol.partition("/")[0],
            "side": fill.side,
            "quantity": str(fill.quantity),
            "price": str(fill.price),
            "fee": str(fill.fee),
            "slug": f"{venue.name} {fill.symbol}",
            "kind": "place_order",
        }
        for result in venue.results()
        for fill in result.fills
    ]


def _position(venue: SpotPaperVenue, held: Position) -> dict[str, Any]:
    mark = _bid(venue, held.symbol)
    cost = held.average_cost * held.quantity
    return {
        "slug": f"{venue.name} {held.symbol}",
        "symbol": held.symbol,
        "outcome": held.symbol.partition("/")[0],
        "quantity": str(held.quantity),
        "averageCost": _short(held.average_cost),
        "mark": None if mark is None else str(mark),
        "value": str(cost if mark is None else mark * held.quantity),
        "state": "open",
        "cost": str(cost),
    }


def _bid(venue: SpotPaperVenue, symbol: str) -> Decimal | None:
    try:
        best = venue.order_book(symbol).best_bid
    except ArgosyError:
        return None
    return None if best is None else best.price


def _plus(text: str, more: Decimal) -> str:
    return _short(Decimal(text) + more)


def _short(value: Decimal) -> str:
    """Return the value to eight decimals: averages may have endless digits."""
    return f"{value.quantize(_LAST).normalize():f}"
