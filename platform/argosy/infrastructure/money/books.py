"""Read the books of one bot in one mode from PostgreSQL at every call."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from argosy.core.money import exact
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import Portfolio, Summary, by_asset, summaries
from argosy.core.scope import bot_scope, strategy_scope
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import capital, positions

_ALWAYS = datetime.min.replace(tzinfo=UTC)


class DatabaseBooks:
    """Books of one bot; implements the port `argosy.core.ports.Books`.

    Every method raises Unavailable when PostgreSQL cannot be reached.
    """

    def __init__(self, database: Database, bot_id: str, mode: str) -> None:
        self._database = database
        self._bot_id = bot_id
        self._mode = mode

    def portfolio(self, strategy_id: str | None = None) -> Portfolio:
        """Return the portfolio of the bot, or of one of its strategies.

        A strategy's capital and cash start with its share of the bot's capital. Positions of several
        strategies in one asset are one position of the bot.
        """
        found = self._database.run(positions.accounts(self._mode, self._bot_id))
        held = [each for each in found.held if strategy_id in (None, each.strategy)]
        sums = summaries(found.held, found.flows, found.marks, found.shares, fresh_since=_ALWAYS)
        scope = bot_scope(self._bot_id) if strategy_id is None else strategy_scope(self._bot_id, strategy_id)
        summary = sums.get(scope, Summary(scope=scope))
        return Portfolio(
            base_currency=found.base_currency,
            cash=summary.cash,
            initial_capital=summary.capital,
            realised=summary.realised,
            fees=summary.fees,
            positions=[each.position(found.marks.get(each.asset)) for each in by_asset(held)],
        )

    def available(self, strategy_id: str | None = None) -> Decimal:
        """Return the capital that shares leave, at most the cash without open reservations.

        Raises NotFound for an unknown bot.
        """
        split = self._database.run(capital.split(self._bot_id, self._mode))
        _, flows = self._database.run(positions.holdings(self._mode, self._bot_id))
        reserved = exact.total(use.reserved for use in split.uses)
        in_use = exact.total(use.total for use in split.uses)
        cash = exact.subtract(exact.total(flow.base_amount for flow in flows), reserved)
        allowed = (
            exact.subtract(split.account.capital, in_use)
            if strategy_id is None
            else split.available(strategy_id).total
        )
        return max(min(allowed, cash), ZERO)
