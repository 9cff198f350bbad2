"""Ledger, portfolios and equity curves in the form of the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from argosy.core.money.portfolio import PositionRecord
from argosy.core.risk.snapshot import Mark
from argosy.errors import InvalidInput
from argosy.infrastructure.money.overview import ScopeStanding, overview
from argosy.infrastructure.storage.catalog import bots
from argosy.infrastructure.storage.money import entries, equity
from argosy.infrastructure.storage.money.entries import Booked, Wanted
from dashboard.money.wire import (
    EntryPage,
    EntryQuery,
    EntryView,
    EquityCurve,
    EquityPointView,
    EquityQuery,
    PortfolioQuery,
    PortfolioView,
    PositionView,
    ScopeSums,
)
from dashboard.ports import Ports

_DAY = timedelta(days=1)
_FINEST = timedelta(seconds=1)


class MoneyViews:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def portfolio(self, query: PortfolioQuery) -> PortfolioView:
        """Return scopes by name, and positions by bot, strategy, venue and symbol.

        Raises NotFound for an unknown bot.
        """
        if query.bot is not None:
            await self._ports.database.run(bots.get(query.bot))
        money = self._ports.settings.money
        found = await self._ports.database.run(
            overview(
                query.mode,
                self._ports.clock.now(),
                zone=ZoneInfo(money.timezone),
                mark_max_age_s=money.mark_max_age_s,
                bot_id=query.bot,
            )
        )
        return PortfolioView(
            mode=query.mode,
            base_currency=found.base_currency,
            scopes=[_sums(each, money.attributed_margin) for each in found.scopes],
            positions=[_position(each, found.marks.get(each.asset)) for each in found.held],
        )

    async def equity(self, query: EquityQuery) -> EquityCurve:
        """Return the equity curve of a scope. Raises InvalidInput unless `since` is before `until`."""
        until = _aware(query.until) or self._ports.clock.now()
        try:
            since = _aware(query.since) or until - _DAY
            length = until - since
        except OverflowError:
            length, since = timedelta(0), until
        if length <= timedelta(0):
            raise InvalidInput(
                "there is no time between since and until",
                expected="since < until",
                found=f"{since} … {until}",
            )
        step = max(length / query.points, _FINEST)
        points = await self._ports.database.run(
            equity.series(query.scope, query.mode, since, until, step=step)
        )
        return EquityCurve(
            scope=query.scope,
            mode=query.mode,
            step_s=step.total_seconds(),
            points=[
                EquityPointView.model_validate(
                    {name: getattr(point, name) for name in EquityPointView.model_fields}
                )
                for point in points
            ],
        )

    async def entries(self, query: EntryQuery) -> EntryPage:
        """Return a page of ledger entries, newest first. Times without a zone are UTC."""
        wanted = Wanted(query.mode, query.bot, _aware(query.since), _aware(query.until))
        rows = await self._ports.database.run(entries.newest(wanted, query.before, query.limit + 1))
        shown = rows[: query.limit]
        return EntryPage(
            items=[_entry(row) for row in shown],
            next_before=shown[-1].id if len(rows) > query.limit else None,
        )


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _sums(standing: ScopeStanding, margin: Decimal) -> ScopeSums:
    of = standing.summary
    names = ScopeSums.model_fields.keys() - {"high_water", "drawdown", "profit"}
    return ScopeSums(
        **{name: getattr(of, name) for name in names},
        high_water=standing.high_water,
        drawdown=standing.drawdown,
        profit=of.profit(margin),
    )


def _position(held: PositionRecord, mark: Mark | None) -> PositionView:
    position = held.position(mark)
    return PositionView(
        bot_id=held.bot,
        strategy_id=held.strategy,
        venue=held.venue,
        symbol=held.symbol,
        quantity=held.quantity,
        average_cost=position.average_cost,
        cost=held.cost,
        mark=position.mark,
        value=position.value,
        unrealised=position.unrealised,
    )


def _entry(row: Booked) -> EntryView:
    own = {"id": row.id, "booked_at": row.booked_at}
    names = EntryView.model_fields.keys() - own.keys()
    return EntryView.model_validate({name: getattr(row.entry, name) for name in names} | own)
