"""Report of a replay: runs, opportunities, fills, profit and warnings."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from argosy.core.actions.action import ActionKind, ActionResult
from argosy.core.clock import Clock
from argosy.core.event import Event
from argosy.core.money.money import ZERO
from argosy.core.money.trades import TradeRecord
from argosy.domains.trading.action_kinds import MERGE_PAIR, REDEEM
from argosy.domains.trading.paper.account import PaperHolding
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.domains.trading.payout import payout_words
from argosy.domains.trading.replay.tape import Tape
from argosy.venuekit.replay.report import BacktestReport
from argosy.venuekit.replay.warnings import ReplayWarnings

_REDEEM = REDEEM.value
_QUIET = frozenset({"opening", "closing"})
"""Codes of guard rejections that say nothing about the recording."""


class ReplayReport(BacktestReport):
    """Report with the figures of a prediction market's account.

    `to_wire` returns it at the end of the recording.

    `spot`: the workflow places orders at exchanges, where a recorded price is enough.
    """

    def __init__(self, warnings: ReplayWarnings, workflow_id: str = "", *, spot: bool = False) -> None:
        super().__init__(warnings, workflow_id)
        self._spot = spot

    def on_event(self, event: Event) -> None:
        super().on_event(event)
        data = event.data
        if (
            event.type == "node_execution"
            and data["status"] != "failed"
            and data.get("branch") == "reject"
            and data["type"].startswith("trading.")
        ):
            value = data["outputs"].get("value") or {}
            code = value.get("code", "rejected")
            if code not in _QUIET:
                total = f" (ask sum {value['sum']})" if value.get("sum") else ""
                self.warnings.add(f"skipped_{code}", f"{value.get('reason', '')}{total}")

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
                self.warnings.add(
                    "unresolved_position",
                    f"{holding.slug} {holding.outcome}: the window is over and the recording has no resolution; "
                    + ("valued at its last sane bid" if holding.mark is not None else "valued at cost"),
                )
            positions.append(_position(holding, over=over))
        buying = self._buying(tape)
        return {
            **self.common(trades or {}),
            "buying": buying,
            "fills": self._fills(results, tape, (ActionKind.PLACE_ORDER,)),
            "settlements": self._fills(results, tape, (MERGE_PAIR, REDEEM)),
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
        }

    def _buying(self, tape: Tape) -> dict[str, Any]:
        """Return `possible`, True if the recording allowed any purchase, and the reason if not."""
        reason = None
        if self._spot and tape.prices:
            return {"possible": True, "reason": None}
        if not tape.books_trigger:
            reason = "the recording has prices only: nothing can be bought on it"
            self.warnings.once("no_books", reason)
        elif not tape.offers:
            reason = "no book of the recording has an ask before its market ends: nothing can be bought on it"
            self.warnings.once("no_asks", reason)
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
            kind = self.actions.get(result.client_id, {}).get("kind")
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
