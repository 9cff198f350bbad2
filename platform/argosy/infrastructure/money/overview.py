"""Sum up every scope and list the positions as of now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from argosy.core.clock import MOST_AHEAD_S
from argosy.core.money.equity import drawdown, local_day, observe_equity
from argosy.core.money.portfolio import PositionRecord, Summary, summaries
from argosy.core.risk.snapshot import Mark
from argosy.core.scope import Scope
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.money import equity, positions


@dataclass(frozen=True, slots=True)
class ScopeStanding:
    """A scope in one mode, in base currency.

    `drawdown` is the lost fraction of `high_water`.
    """

    summary: Summary
    high_water: Decimal
    drawdown: Decimal


@dataclass(frozen=True, slots=True)
class Overview:
    """Sums and positions of one mode.

    `scopes` are sorted by name.
    `held` are the positions by bot, strategy, venue and symbol.
    `marks` are prices in base currency.
    """

    mode: str
    base_currency: str
    scopes: Sequence[ScopeStanding]
    held: Sequence[PositionRecord]
    marks: Mapping[tuple[str, str], Mark]


@operation
def overview(
    mode: str, now: datetime, *, zone: tzinfo, mark_max_age_s: float, bot_id: str | None = None
) -> Steps[Overview]:
    """Return the overview of everything, or of one bot and its strategies.

    The day ends in `zone`.
    """
    found = yield from positions.accounts(mode, bot_id).steps()
    levels = yield from equity.levels(mode).steps()
    since, until = now - timedelta(seconds=mark_max_age_s), now + timedelta(seconds=MOST_AHEAD_S)
    sums = summaries(found.held, found.flows, found.marks, found.shares, fresh_since=since, fresh_until=until)
    if bot_id is not None:
        sums = {name: sum_ for name, sum_ in sums.items() if Scope.from_text(name).belongs_to(bot_id)}
    scopes = []
    for scope, summary in sorted(sums.items()):
        high_water = observe_equity(levels.get(scope), summary, local_day(now, zone)).high_water
        scopes.append(ScopeStanding(summary, high_water, drawdown(high_water, summary.equity)))
    return Overview(mode, found.base_currency, scopes, found.held, found.marks)
