"""Positions and cash derived from the ledger, and the prices that value them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all

from argosy.core.actions.intent import Caller
from argosy.core.money import exact
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import CashTotals, PositionRecord
from argosy.core.risk.snapshot import Mark
from argosy.core.scope import strategy_scope
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import (
    BotRow,
    CapitalShare,
    CashRow,
    LedgerEntry,
    PositionRow,
    VenueDomain,
)
from argosy.infrastructure.storage.money import prices


@dataclass(frozen=True, slots=True)
class Accounts:
    """Positions and cash of one mode, or of one bot in it.

    `marks` are in base currency by (venue, symbol), for held assets.
    """

    base_currency: str
    held: Sequence[PositionRecord]
    flows: Sequence[CashTotals]
    marks: Mapping[tuple[str, str], Mark]
    shares: Mapping[str, Decimal]


@operation
def modes() -> Steps[list[str]]:
    """Return the modes with any booking."""
    return list((yield select(CashRow.mode).distinct().order_by(CashRow.mode)).scalars())


@operation
def owners() -> Steps[list[Caller]]:
    """Return the bots and modes that hold a position, including earlier modes of a bot."""
    held = select(PositionRow.mode, PositionRow.domain, PositionRow.bot_id).where(PositionRow.quantity != 0)
    rows = yield held.distinct().order_by(PositionRow.bot_id, PositionRow.mode)
    return [Caller(mode=row.mode, domain=row.domain, bot_id=row.bot_id, role="operator") for row in rows]


@operation
def accounts(mode: str, bot_id: str | None = None) -> Steps[Accounts]:
    """Return open positions, all cash, and the prices of the positions."""
    base = yield from base_currency()
    held, flows = yield from holdings(mode, bot_id).steps()
    found = yield from prices.of(mode, base, {each.asset for each in held})
    return Accounts(base, held, flows, found.marks, (yield from shares(mode, bot_id)))


def shares(mode: str, bot_id: str | None = None) -> Steps[dict[str, Decimal]]:
    """Return the capital share of each strategy scope in base currency.

    Only bots that run in this mode count.
    """
    query = select(CapitalShare.bot_id, CapitalShare.strategy_id, CapitalShare.weight, BotRow.capital)
    query = query.join(BotRow, BotRow.id == CapitalShare.bot_id).where(BotRow.mode == mode)
    if bot_id is not None:
        query = query.where(BotRow.id == bot_id)
    return {
        strategy_scope(row.bot_id, row.strategy_id): exact.multiply(row.weight, row.capital)
        for row in (yield query)
    }


def base_currency(bot_id: str | None = None) -> Steps[str]:
    """Return the base currency of the ledger's first entry.

    For an empty ledger: the bot's base currency, else "USD".
    """
    first = select(LedgerEntry.base_currency).order_by(LedgerEntry.id).limit(1).scalar_subquery()
    own = select(BotRow.base_currency).where(BotRow.id == bot_id).scalar_subquery()
    return str((yield select(func.coalesce(first, own, "USD"))).scalar_one())


@operation
def ledger_currency() -> Steps[str | None]:
    """Return the ledger's base currency, or None while nothing is booked."""
    query = select(LedgerEntry.base_currency).order_by(LedgerEntry.id).limit(1)
    found: str | None = (yield query).scalar_one_or_none()
    return found


@operation
def holdings(mode: str, bot_id: str | None = None) -> Steps[tuple[list[PositionRecord], list[CashTotals]]]:
    """Return positions and cash with one statement.

    With two statements, a booking between them would look like a loss or a gain.
    """
    held: list[PositionRecord] = []
    flows: list[CashTotals] = []
    for row in (yield _both(mode, bot_id)):
        path = (row.domain, row.bot_id, row.strategy_id, row.venue, row.name)
        numbers = (row.first, row.second, row.third, row.fees, row.venue_domain)
        if row.is_position:
            held.append(PositionRecord(*path, *numbers))
        else:
            flows.append(CashTotals(*path, *numbers, row.attributed))
    return held, flows


def _both(mode: str, bot_id: str | None) -> Any:
    def of(model: type[PositionRow | CashRow], is_position: bool, name: Any, *numbers: Any) -> Select[Any]:
        first, second, third, attributed = numbers
        return (
            select(
                literal(is_position).label("is_position"),
                model.domain,
                model.bot_id,
                model.strategy_id,
                model.venue,
                name.label("name"),
                first.label("first"),
                second.label("second"),
                third.label("third"),
                model.fees,
                attributed.label("attributed"),
                func.coalesce(VenueDomain.domain, "").label("venue_domain"),
            )
            .outerjoin(VenueDomain, VenueDomain.venue == model.venue)
            .where(model.mode == mode, *(() if bot_id is None else (model.bot_id == bot_id,)))
        )

    position = of(
        PositionRow,
        True,
        PositionRow.symbol,
        PositionRow.quantity,
        PositionRow.cost,
        PositionRow.realised,
        literal(ZERO),
    ).where(PositionRow.quantity != 0)
    sums = (CashRow.amount, CashRow.base_amount, CashRow.capital, CashRow.attributed)
    cash = of(CashRow, False, CashRow.currency, *sums)
    return union_all(position, cash).order_by("bot_id", "strategy_id", "venue", "name")
