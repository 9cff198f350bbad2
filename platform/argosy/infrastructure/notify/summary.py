"""Write the daily summary as text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from argosy.core.safety.audit import AuditRecord
from argosy.infrastructure.storage.history.daily import Day
from argosy.infrastructure.storage.safety.notices import ALWAYS_S, Draft

_CENT = Decimal("0.01")


def yesterday(now: datetime, zone: ZoneInfo) -> tuple[date, datetime, datetime]:
    """Return the last finished day in the zone: its date, its first moment and its end."""
    today = now.astimezone(zone).date()
    day = today - timedelta(days=1)
    return day, datetime.combine(day, time(), zone), datetime.combine(today, time(), zone)


def key_of(day: date) -> str:
    return f"summary:{day.isoformat()}"


def summary(day: date, figures: Day, head: AuditRecord | None, at: datetime) -> Draft:
    """Return the message with profit, fees and actions by mode, runs and incidents.

    The head of the audit chain is included as an anchor.
    """
    lines = []
    for mode in sorted({*figures.money, *figures.fees, *figures.actions}):
        parts = []
        if money := figures.money.get(mode):
            parts.append(f"profit {_money(money.profit)}, equity {_money(money.equity)}")
            parts.append(f"drawdown {money.drawdown:.2%}")
        if mode in figures.fees:
            parts.append(f"fees {_money(figures.fees[mode])}")
        if actions := figures.actions.get(mode):
            parts.append(f"{sum(actions.values())} actions ({_counts(actions)})")
        lines.append(f"{mode}: {', '.join(parts)}")
    lines.append(f"runs: {_counts(figures.runs) or 'none'}")
    incidents = [f"{count} times {state}" for state, count in sorted(figures.emergencies.items())]
    incidents += [
        f"{count} reconciliations {status}"
        for status, count in sorted(figures.reconciliations.items())
        if status != "clean"
    ]
    lines.append(f"incidents: {', '.join(incidents) or 'none'}")
    if figures.repeats:
        lines.append(f"{figures.repeats} messages repeated others and were not sent")
    if head is not None:
        lines.append(f"audit: {head.id}:{head.hash}")
    return Draft(
        key_of(day),
        "info",
        f"summary of {day.isoformat()}",
        "\n".join(lines),
        at,
        ALWAYS_S,
        position=day.toordinal(),
    )


def _money(amount: Decimal) -> str:
    return f"{amount.quantize(_CENT):f}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
