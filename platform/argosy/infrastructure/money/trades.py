"""Follow the closed trades of every bot, entry by entry; one object serves a process."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from argosy.core.money.trades import Key, TradeRecord, TradeTally
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.engine.operation import Operation
from argosy.infrastructure.storage.money import positions, trades
from argosy.infrastructure.storage.money.entries import Booked

BATCH = 20_000
"""Largest number of entries in one step: a long ledger takes several short steps."""


@dataclass(slots=True)
class _KeptTrades:
    tally: TradeTally = field(default_factory=TradeTally)
    known: dict[Key, int] = field(default_factory=dict)
    last_id: int = 0
    caught_up: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def apply(self, rows: Sequence[Booked]) -> None:
        with self.lock:
            for row in rows:
                self.last_id = max(self.last_id, row.id)
                entry = row.entry
                key = (entry.strategy_id, entry.venue, entry.symbol)
                if row.id > self.known.get(key, 0):
                    self.known[key] = row.id
                    self.tally.add(entry)


class TradeBook:
    """Count of closed trades by mode and bot.

    `due` returns the operation to run, and `take` counts its result. The split lets callers use either kind
    of database.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _KeptTrades] = {}
        self._lock = threading.Lock()

    def due(self, mode: str, bot_id: str) -> Operation[list[Booked]]:
        """Return the operation that finds entries not counted yet."""
        kept = self._of(mode, bot_id)
        if kept.caught_up:
            return trades.news(mode, bot_id, dict(kept.known))
        return trades.first(mode, bot_id, kept.last_id, BATCH)

    def take(self, mode: str, bot_id: str, rows: Sequence[Booked]) -> TradeTally | None:
        """Count `rows`; return None while the ledger is only partly counted."""
        kept = self._of(mode, bot_id)
        kept.apply(rows)
        if not kept.caught_up:
            kept.caught_up = len(rows) < BATCH
        return kept.tally if kept.caught_up else None

    def read(self, database: Database, mode: str, bot_id: str) -> TradeTally | None:
        """Run both steps. Raises Unavailable."""
        rows = database.run(self.due(mode, bot_id))
        return self.take(mode, bot_id, rows)

    def _of(self, mode: str, bot_id: str) -> _KeptTrades:
        with self._lock:
            return self._kept.setdefault((mode, bot_id), _KeptTrades())


class DatabaseTrades:
    """Trades of one bot; implements the port `argosy.core.ports.TradeRecords`.

    Raises Unavailable when PostgreSQL cannot be reached.
    """

    def __init__(self, database: Database, book: TradeBook, bot_id: str, mode: str) -> None:
        self._database = database
        self._book = book
        self._bot_id = bot_id
        self._mode = mode

    def trades(self, strategy_id: str | None = None) -> TradeRecord | None:
        tally = self._book.read(self._database, self._mode, self._bot_id)
        return None if tally is None else tally.record(strategy_id)

    def held(self, strategy_id: str) -> Mapping[tuple[str, str], Decimal]:
        held, _ = self._database.run(positions.holdings(self._mode, self._bot_id))
        return {each.asset: each.quantity for each in held if each.strategy == strategy_id and each.quantity}
