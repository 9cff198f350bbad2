"""Closed trades of each strategy by the ledger, whatever the origin of the closing action.

A trade is a position from its first unit to its last: purchases, sales, fees and payouts of a settlement. A
settlement by itself is no trade. Legs that one merge turns into cash together are one trade.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from argosy.core.money import exact
from argosy.core.money.ledger import Entry, EntryKind, PositionState, apply_to_position
from argosy.core.money.money import ZERO
from argosy.core.wire import Wire

Key = tuple[str, str, str]
"""Key of a position: strategy, venue, symbol."""


class TradeRecord(Wire):
    """Number of closed trades, wins and losses; `realised` is in base currency, after fees."""

    closed: int = 0
    wins: int = 0
    losses: int = 0
    realised: Decimal = ZERO

    @property
    def win_rate(self) -> float | None:
        """Share of wins among trades with a gain or loss; None before the first."""
        decided = self.wins + self.losses
        return round(self.wins / decided, 4) if decided else None

    def figures(self) -> dict[str, int | float | None]:
        """Return the numbers as metrics, for "wins of trades won"."""
        return {
            "trades": self.closed,
            "wins": self.wins,
            "losses": self.losses,
            "winRate": self.win_rate,
        }

    def plus(self, other: TradeRecord) -> TradeRecord:
        return TradeRecord(
            closed=self.closed + other.closed,
            wins=self.wins + other.wins,
            losses=self.losses + other.losses,
            realised=exact.add(self.realised, other.realised),
        )


@dataclass(slots=True)
class _Position:
    """Position in progress.

    `opened_at` is the realised profit at its opening. `trade` is the last closed trade.
    """

    state: PositionState = field(default_factory=PositionState)
    opened_at: Decimal = ZERO
    trade: str | None = None
    number: int = 0


class TradeTally:
    """Count of trades from a bot's entries, added per position in the order of booking."""

    def __init__(self) -> None:
        self._positions: dict[Key, _Position] = {}
        self._results: dict[str, dict[str, Decimal]] = {}
        self._records: dict[str, TradeRecord] = {}

    def add(self, entry: Entry) -> None:
        if not entry.symbol:
            return
        key = (entry.strategy_id, entry.venue, entry.symbol)
        position = self._positions.setdefault(key, _Position())
        before, after = position.state, apply_to_position(position.state, entry)
        position.state = after
        gained = exact.subtract(after.realised, before.realised)
        self._credit(entry.strategy_id, TradeRecord(realised=gained))
        held, left = exact.sign(before.quantity), exact.sign(after.quantity)
        if held and held != left:
            self._close(key, position, entry)
        elif not held and left:
            position.opened_at, position.trade = before.realised, None
        elif not held and not left and position.trade is not None and gained:
            self._change(entry.strategy_id, position.trade, gained)  # fee of the closing fill

    def strategies(self) -> list[str]:
        """Return the strategies with bookings; "" is the bot itself."""
        return sorted(self._records)

    def record(self, strategy_id: str | None = None) -> TradeRecord:
        """Return the trades of one strategy, or of all together."""
        if strategy_id is not None:
            return self._records.get(strategy_id, TradeRecord())
        found = TradeRecord()
        for each in self._records.values():
            found = found.plus(each)
        return found

    def _close(self, key: Key, position: _Position, entry: Entry) -> None:
        strategy_id, venue, symbol = key
        position.number += 1
        merged = entry.kind is EntryKind.MERGE and entry.client_id
        position.trade = f"merge {entry.client_id}" if merged else f"{venue}/{symbol}/{position.number}"
        result = exact.subtract(position.state.realised, position.opened_at)
        position.opened_at = position.state.realised
        self._change(strategy_id, position.trade, result)

    def _change(self, strategy_id: str, trade: str, amount: Decimal) -> None:
        results = self._results.setdefault(strategy_id, {})
        before = results.get(trade)
        after = exact.add(before or ZERO, amount)
        results[trade] = after
        self._credit(
            strategy_id,
            TradeRecord(
                closed=before is None,
                wins=(after > 0) - (before is not None and before > 0),
                losses=(after < 0) - (before is not None and before < 0),
            ),
        )

    def _credit(self, strategy_id: str, change: TradeRecord) -> None:
        self._records[strategy_id] = self.record(strategy_id).plus(change)
