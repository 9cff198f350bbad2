"""Factory of node contexts from the ports of the process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from typing import cast

from loguru import logger

from argosy.core.actions.intent import Caller
from argosy.core.bot import Mode
from argosy.core.clock import Clock
from argosy.core.ports import ActionGateway, Books, Documents, Fetcher, Notifier, TradeRecords, Venues
from argosy.core.safety.emergency import EmergencyState
from argosy.graph.compiled import CompiledNode
from argosy.graph.context import NodeContext
from argosy.graph.runs import RunMeta
from argosy.infrastructure.actions import Gateway, ScopedGateway
from argosy.infrastructure.logging import bind

VenuesOf = Callable[[str, str, Mode, Decimal], Venues]
"""Function (bot id, domain, mode, capital) → the venues of that bot."""

BooksOf = Callable[[str, Mode], Books]
"""Function (bot id, mode) → the bot's ledger."""

TradesOf = Callable[[str, Mode], TradeRecords]
"""Function (bot id, mode) → the bot's closed trades."""


def bound_to(context: NodeContext) -> AbstractContextManager[None]:
    """Add the run's ids to every log line and HTTP request inside."""
    return bind(
        correlation_id=context.correlation_id,
        bot=context.bot_id,
        strategy=context.strategy_id,
        run=context.run_id,
        node=context.node_id,
    )


class Contexts:
    """ContextFactory of the process; venues are built once per bot and mode."""

    def __init__(
        self,
        *,
        clock: Clock,
        documents: Documents,
        gateway: Callable[[], Gateway],
        venues_of: VenuesOf,
        fetcher: Fetcher,
        notifier: Notifier,
        books_of: BooksOf | None = None,
        trades_of: TradesOf | None = None,
    ) -> None:
        self._clock = clock
        self._documents = documents
        self._gateway = gateway
        self._books_of = books_of
        self._trades_of = trades_of
        self._venues_of = venues_of
        self._fetcher = fetcher
        self._notifier = notifier
        self._venues: dict[tuple[str, Mode], Venues] = {}
        self._lock = threading.Lock()

    def __call__(
        self,
        meta: RunMeta,
        node: CompiledNode,
        *,
        attempt: int,
        due: datetime,
        timeout_s: float,
        emergency: EmergencyState,
    ) -> NodeContext:
        mode, capital = Mode(meta.mode), Decimal(meta.capital)
        venues = self.venues(meta.bot_id, meta.domain, mode, capital)
        context = NodeContext(
            run_id=meta.run_id,
            key=node.key,
            node_id=node.node_id,
            bot_id=meta.bot_id,
            strategy_id=node.strategy_id,
            domain=meta.domain,
            mode=mode,
            attempt=attempt,
            correlation_id=meta.correlation_id,
            trigger=meta.trigger,
            due=due,
            timeout_s=timeout_s,
            emergency=emergency,
            clock=self._clock,
            venues=venues,
            gateway=cast("ActionGateway", None),
            documents=self._documents,
            fetcher=self._fetcher,
            notifier=self._notifier,
            log=logger,
            capital=capital,
            books=None if self._books_of is None else self._books_of(meta.bot_id, mode),
            trade_records=None if self._trades_of is None else self._trades_of(meta.bot_id, mode),
        )
        context.gateway = ScopedGateway(self._gateway, _caller(meta, node), venues, context.count_actions)
        return context

    def venues(self, bot_id: str, domain: str, mode: Mode, capital: Decimal) -> Venues:
        """Return the bot's venues in this mode; `capital` has an effect only when they are built."""
        found = self._venues.get((bot_id, mode))
        if found is None:
            with self._lock:
                found = self._venues.get((bot_id, mode))
                if found is None:
                    found = self._venues_of(bot_id, domain, mode, capital)
                    self._venues[bot_id, mode] = found
        return found


def _caller(meta: RunMeta, node: CompiledNode) -> Caller:
    return Caller(
        mode=meta.mode,
        domain=meta.domain,
        bot_id=meta.bot_id,
        strategy_id=node.strategy_id or "",
        run_id=meta.run_id,
        node_id=node.node_id,
        correlation_id=meta.correlation_id,
    )
