"""Assets whose prices are tracked."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from argosy.core.risk.constraint import ConstraintKind
from argosy.core.scope import Scope, ScopePath
from argosy.infrastructure.storage.catalog import venue_domains
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import IntentRow, PositionRow
from argosy.infrastructure.storage.safety import limits

ASKED_FOR = timedelta(hours=6)
"""Time to track an asset after the last requested action: the half-life of a volatility."""


@operation
def assets(bot_id: str, mode: str, now: datetime) -> Steps[list[tuple[str, str]]]:
    """Return (venue, symbol) of the bot's holdings and of recently requested assets.

    Requested assets count only where a volatility limit applies. Such a limit denies assets without a known
    volatility; without tracking denied assets their volatility would never become known.
    """
    held = select(PositionRow.venue, PositionRow.symbol).where(
        PositionRow.bot_id == bot_id, PositionRow.mode == mode, PositionRow.quantity != 0
    )
    found = {(row.venue, row.symbol) for row in (yield held.distinct())}
    restless = [
        Scope.from_text(limit.scope)
        for limit in (yield from limits.every().steps())
        if limit.kind is ConstraintKind.VOLATILITY
    ]
    if restless:
        asked = select(IntentRow.domain, IntentRow.strategy_id, IntentRow.venue, IntentRow.symbol).where(
            IntentRow.bot_id == bot_id, IntentRow.mode == mode, IntentRow.decided_at > now - ASKED_FOR
        )
        domains = yield from venue_domains.every().steps()
        for row in (yield asked.distinct()):
            path = ScopePath(
                row.domain, bot_id, row.strategy_id, row.venue, row.symbol, domains.get(row.venue, "")
            )
            if any(scope.contains(path) for scope in restless):
                found.add(path.asset)
    return sorted(found)
