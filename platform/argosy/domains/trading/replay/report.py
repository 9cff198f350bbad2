"""Report of a replay: runs, opportunities, fills, profit and warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from argosy.core.actions.action import ActionKind, ActionResult
from argosy.core.clock import Clock
from argosy.core.event import Event
from argosy.core.money.money import ZERO
from argosy.core.money.trades import TradeRecord
from argosy.domains.trading.paper.account import PaperHolding
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.domains.trading.payout import payout_words
from argosy.domains.trading.replay.tape import Tape
from argosy.venuekit.replay.activity import Activity
from argosy.venuekit.replay.warnings import ReplayWarnings

_REDEEM = ActionKind.REDEEM.value
_QUIET = frozenset({"opening", "closing"})
"""Codes of guard rejections that say nothing about the recording."""


class ReplayReport:
    """Report built from a runner's events; `to_wire` returns it at the end of the recording.

    `spot`: the workflow places orders at exchanges, where a recorded price is enough.
    """

    def __init__(self, warnings: ReplayWarnings, workflow_id: str = "", *, spot: bool = False) -> None:
        self._spot = spot
        self.activity = Activity(workflow_id)
        self.runs: Counter[str] = Counter()
        self.found = 0
        self.taken = 0
        self._warnings = warnings
        self._actions: dict[str, dict[str, Any]] = {}

    def on_event(self, event: Event) -> None:
        data = event.data
        self.activity.on_event(event)
        if event.type == "node_execution":
            self._node(event, data)
        elif event.type == "opportunity":
            self.found += 1
            self.taken += bool(data["taken"])
        elif event.type == "action":
            self._actions[data["clientId"]] = dict(data)
            if data["status"] != "filled" and data["reason"]:
                self._warnings.add(f"order_{data['status']}", f"{data['kind']}: {data['reason']}")
        elif event.type == "run_finished":
            self.runs[data["status"]] += 1
        elif event.type == "alarm":
            self._warnings.add("alarm", str(data.get("text", "")))

    def _node(self, event: Event, data: Any) -> None:
        if data["status"] == "failed":
            error = data["error"]
            self._warnings.add(error["code"], f"{event.node_id}: {error['message']}")
        elif data.get("branch") == "reject" and data["type"].startswith("trading."):
            value = data["outputs"].get("value") or {}
            code = value.get("code", "rejected")
            if code not in _QUIET:
                total = f" (ask sum {value['sum']})" if value.get("sum") else ""
                self._warnings.add(f"skipped_{code}", f"{value.get('reason', '')}{total}")

    def to_wire(
        self,
        paper: PaperVenue,
        tape: Tape,
        clock: Clock,
        trades: Mapping[str, TradeRecord] | None = None,
    ) -> dict[str, Any]:
        """Return the figures, JSON-ready: decimals as strings, times as ISO-8601.

        `trades` are closed trades by strategy. `pnl.realised` is the amount from sales, merges and payouts minus
        their cost. `pnl.unrealised` values holdings at their last valid bid, or at cost without one. Its part in
        finished but unresolved markets is also in `pnl.unresolved`. No win is booked without a resolution.
        """
        portfolio = paper.portfolio()
        now = clock.now()
        results = paper.results()
        unrealised = unresolved = ZERO
        positions = []
        for holding in paper.holdings():
            over = holding.expires_at <= now
            gain = _value(holding) - holding.cost
            unrealised += gain
            if over:
                unresolved += gain
                self._warnings.add(
                    "unresolved_position",
                    f"{holding.slug} {holding.outcome}: the window is over and the recording has no resolution; "
                    + ("valued at its last sane bid" if holding.mark is not None else "valued at cost"),
                )
            positions.append(_position(holding, over=over))
        return {
            "runs": {"total": sum(self.runs.values()), **{k: self.runs[k] for k in _STATUSES}},
            **self.activity.to_wire(),
            "buying": self._buying(tape),
            "opportunities": {"found": self.found, "taken": self.taken},
            "fills": self._fills(results, tape, (ActionKind.PLACE_ORDER,)),
            "settlements": self._fills(results, tape, (ActionKind.MERGE_PAIR, ActionKind.REDEEM)),
            "trades": _trades(trades or {}),
            "fees": str(portfolio.fees),
            "pnl": {
                "realised": str(portfolio.realised),
                "unrealised": str(unrealised),
                "unresolved": str(unresolved),
                "total": str(portfolio.realised + unrealised),
            },
            "capital": str(portfolio.initial_capital),
            "cash": str(portfolio.cash),
            "positions": positions,
            "actions": dict(Counter(f"{a['kind']}:{a['status']}" for a in self._actions.values())),
            "warnings": self._warnings.to_wire(),
        }

    def _buying(self, tape: Tape) -> dict[str, Any]:
        """Return `possible`, True if the recording allowed any purchase, and the reason if not."""
        reason = None
        if self._spot and tape.prices:
            return {"possible": True, "reason": None}
        if not tape.books_trigger:
            reason = "the recording has prices only: nothing can be bought on it"
            self._warnings.once("no_books", reason)
        elif not tape.offers:
            reason = "no book of the recording has an ask before its market ends: nothing can be bought on it"
            self._warnings.once("no_asks", reason)
        return {"possible": reason is None, "reason": reason}

    def _fills(
        self, results: list[ActionResult], tape: Tape, kinds: tuple[ActionKind, ...]
    ) -> list[dict[str, Any]]:
        names = {
            symbol: (slug, state.market.outcome_of(symbol))
            for slug, state in tape.markets.items()
            for symbol in state.market.symbols
        }
        found = []
        for result in results:
            kind = self._actions.get(result.client_id, {}).get("kind")
            if kind not in {k.value for k in kinds}:
                continue
            for fill in result.fills:
                slug, outcome = names.get(fill.symbol, ("", ""))
                found.append(
                    {
                        "at": fill.to_wire()["at"],
                        "symbol": fill.symbol,
                        "outcome": outcome,
                        "side": fill.side,
                        "quantity": str(fill.quantity),
                        "price": str(fill.price),
                        "fee": str(fill.fee),
                        "slug": slug,
                        "kind": kind,
                    }
                    | ({"resolution": _words(tape, slug, fill.symbol)} if kind == _REDEEM else {})
                )
        return sorted(found, key=lambda f: (f["at"], f["symbol"]))


_STATUSES = ("success", "failed", "cancelled")


def _trades(records: Mapping[str, TradeRecord]) -> dict[str, Any]:
    total = TradeRecord()
    for record in records.values():
        total = total.plus(record)
    return {**total.figures(), "byStrategy": {name: each.figures() for name, each in records.items()}}


def _words(tape: Tape, slug: str, symbol: str) -> str:
    state = tape.markets.get(slug)
    found = None if state is None else state.market.resolution
    return "" if found is None else payout_words(found.payouts, symbol, refund=found.refund)


def _value(holding: PaperHolding) -> Decimal:
    return holding.cost if holding.mark is None else holding.mark * holding.quantity


def _position(holding: PaperHolding, *, over: bool) -> dict[str, Any]:
    return {
        "slug": holding.slug,
        "symbol": holding.symbol,
        "outcome": holding.outcome,
        "quantity": str(holding.quantity),
        "averageCost": str(holding.average_cost),
        "mark": None if holding.mark is None else str(holding.mark),
        "value": str(_value(holding)),
        "state": "unresolved" if over else "open",
    }
