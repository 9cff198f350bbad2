"""Money and closed trades of bots by the ledger, as `/portfolio` shows them.

They replace figures that the bot's last run published.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from argosy.core.clock import MOST_AHEAD_S
from argosy.core.money import exact
from argosy.core.money.portfolio import PositionRecord, Summary, summaries
from argosy.core.money.trades import TradeTally
from argosy.core.scope import Scope
from argosy.infrastructure.money.trades import TradeBook
from argosy.infrastructure.storage.engine.operation import together
from argosy.infrastructure.storage.money import positions
from argosy.infrastructure.storage.records import BotRecord
from dashboard.live.now import Key, figures
from dashboard.ports import Ports
from dashboard.wire import Metrics

_BOOKED = frozenset(
    [
        "pnl",
        "pnlPct",
        "realised",
        "unrealised",
        "capital",
        "equity",
        "cash",
        "fees",
        "positions",
        "trades",
        "wins",
        "losses",
        "winRate",
    ]
)


def merge_booked(published: Metrics, booked: Metrics | None) -> Metrics:
    """Return the published figures, with the ledger's figures in place of the same names."""
    if booked is None:
        return published
    return {name: value for name, value in published.items() if name not in _BOOKED} | booked


class BookedFigures:
    """Figures that change even while a bot is paused: settlements, prices, corrections."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._trades = TradeBook()

    async def of(self, records: Sequence[BotRecord]) -> dict[Key, Metrics]:
        """Return figures by bot and strategy (None: the bot itself).

        A bot without bookings in its mode has no figures.
        """
        found: dict[Key, Metrics] = {}
        for mode in sorted({record.mode for record in records}):
            of_mode = [record for record in records if record.mode == mode]
            found |= await self._of_mode(mode, of_mode)
        return found

    async def _of_mode(self, mode: str, records: Sequence[BotRecord]) -> dict[Key, Metrics]:
        one = records[0].id if len(records) == 1 else None
        due = [self._trades.due(mode, record.id) for record in records]
        accounts, *rows = await self._ports.database.run(together(positions.accounts(mode, one), *due))
        now = self._ports.clock.now()
        max_age = timedelta(seconds=self._ports.settings.money.mark_max_age_s)
        sums = summaries(
            accounts.held,
            accounts.flows,
            accounts.marks,
            accounts.shares,
            fresh_since=now - max_age,
            fresh_until=now + timedelta(seconds=MOST_AHEAD_S),
        )
        booked = {flow.bot for flow in accounts.flows}
        scopes = [(Scope.from_text(name), summary) for name, summary in sums.items()]
        found: dict[Key, Metrics] = {}
        for record, entries in zip(records, rows, strict=True):
            tally = self._trades.take(mode, record.id, entries)
            if record.id not in booked:
                continue
            for scope, summary in scopes:
                if not scope.belongs_to(record.id):
                    continue
                name = scope.strategy or None
                held = [h for h in accounts.held if h.bot == record.id and name in (None, h.strategy)]
                found[record.id, name] = _figures(summary, held, tally, name)
        return found


def _figures(
    summary: Summary, held: Sequence[PositionRecord], tally: TradeTally | None, name: str | None
) -> Metrics:
    capital = summary.capital
    money = {
        "pnl": exact.text(summary.pnl),
        "pnlPct": str(round(summary.pnl / capital * 100, 4)) if capital else None,
        "realised": exact.text(summary.realised),
        "unrealised": exact.text(summary.unrealised),
        "capital": exact.text(capital),
        "equity": exact.text(summary.equity),
        "cash": exact.text(summary.cash),
        "fees": exact.text(summary.fees),
        "positions": len({each.asset for each in held}),
    }
    trades = {} if tally is None else tally.record(name).figures()
    return figures({**money, **trades})
