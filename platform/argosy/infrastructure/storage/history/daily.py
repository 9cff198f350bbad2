"""Figures of one day, for the daily summary message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Executable, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import (
    EmergencyChange,
    EquityPoint,
    IntentRow,
    LedgerEntry,
    Notice,
    Reconciliation,
    Run,
)


@dataclass(frozen=True, slots=True)
class DailyMoney:
    """Equity, profit and drawdown of the whole platform for one day and mode, in base currency.

    `profit` is the change of equity minus deposits of capital.
    """

    equity: Decimal
    profit: Decimal
    drawdown: Decimal


@dataclass(frozen=True, slots=True)
class Day:
    """Figures of one day.

    `fees` by mode. `actions` by mode, then by status. `runs` and `reconciliations` by status. `emergencies` by the
    state entered. `repeats` counts repeated notices that no message has mentioned yet.
    """

    money: Mapping[str, DailyMoney]
    fees: Mapping[str, Decimal]
    actions: Mapping[str, Mapping[str, int]]
    runs: Mapping[str, int]
    emergencies: Mapping[str, int]
    reconciliations: Mapping[str, int]
    repeats: int

    @property
    def empty(self) -> bool:
        return not (self.money or self.fees or self.actions or self.runs or self.emergencies)


@operation
def figures(start: datetime, end: datetime) -> Steps[Day]:
    """Return the figures of the time from `start` until just before `end`."""
    last = yield from _levels(end)
    first = yield from _levels(start)
    fees = (
        select(LedgerEntry.mode, func.sum(-LedgerEntry.base_amount))
        .where(LedgerEntry.at >= start, LedgerEntry.at < end, LedgerEntry.kind == "fee")
        .group_by(LedgerEntry.mode)
    )
    fee_rows = yield from _pairs(fees)
    acted: dict[str, dict[str, int]] = {}
    statuses = (
        select(IntentRow.mode, IntentRow.status, func.count().label("number"))
        .where(IntentRow.decided_at >= start, IntentRow.decided_at < end)
        .group_by(IntentRow.mode, IntentRow.status)
    )
    for row in (yield statuses).all():
        acted.setdefault(row.mode, {})[row.status] = row.number
    runs = (
        select(Run.status, func.count())
        .where(Run.started_at >= start, Run.started_at < end)
        .group_by(Run.status)
    )
    run_rows = yield from _pairs(runs)
    changes = (
        select(EmergencyChange.after, func.count())
        .where(EmergencyChange.at >= start, EmergencyChange.at < end)
        .group_by(EmergencyChange.after)
    )
    change_rows = yield from _pairs(changes)
    compared = (
        select(Reconciliation.status, func.count())
        .where(Reconciliation.at >= start, Reconciliation.at < end)
        .group_by(Reconciliation.status)
    )
    compared_rows = yield from _pairs(compared)
    repeats = select(func.coalesce(func.sum(Notice.repeats - Notice.told), 0)).where(
        Notice.created_at >= start, Notice.created_at < end
    )
    return Day(
        money={
            mode: DailyMoney(
                equity=point[0],
                profit=(point[0] - point[1])
                - (first[mode][0] - first[mode][1] if mode in first else Decimal(0)),
                drawdown=point[2],
            )
            for mode, point in last.items()
        },
        fees=fee_rows,
        actions=acted,
        runs=run_rows,
        emergencies=change_rows,
        reconciliations=compared_rows,
        repeats=int((yield repeats).scalar_one()),
    )


def _pairs(query: Executable) -> Steps[dict[str, Any]]:
    rows: list[Any] = [list(row._mapping.values()) for row in (yield query)]
    return {row[0]: row[1] for row in rows}


def _levels(moment: datetime) -> Steps[dict[str, tuple[Decimal, Decimal, Decimal]]]:
    """Return (equity, capital, drawdown) of the platform just before `moment`, by mode."""
    query = (
        select(EquityPoint.mode, EquityPoint.equity, EquityPoint.capital, EquityPoint.drawdown)
        .ext(distinct_on(EquityPoint.mode))
        .where(EquityPoint.scope == "platform", EquityPoint.at < moment)
        .order_by(EquityPoint.mode, EquityPoint.at.desc())
    )
    found: dict[str, tuple[Decimal, Decimal, Decimal]] = {}
    for row in (yield query):
        found[str(row.mode)] = (row.equity, row.capital, row.drawdown)
    return found
