"""Ports of one process, connected to the real servers."""

from __future__ import annotations

import itertools
import os
import secrets
import socket
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from argosy.core.actions.action_spec import add_source
from argosy.core.bot import Mode
from argosy.core.clock import Clock, SystemClock
from argosy.infrastructure.config import Settings, load_settings
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.supervisor.runtime import endpoints

# Each port imports its own modules: a command that reads one key must not load SQLAlchemy, Celery and every domain.
if TYPE_CHECKING:
    from argosy.bootstrap.contexts import Contexts
    from argosy.bootstrap.dispatch import RedisDispatcher
    from argosy.bootstrap.incidents import Incidents
    from argosy.bootstrap.launcher import Launcher
    from argosy.bootstrap.venues import LazyVenues
    from argosy.bootstrap.workflows import CompiledWorkflows
    from argosy.core.actions.decision import GatewayPolicy
    from argosy.core.actions.intent import Caller, Intent
    from argosy.core.ports import Books, TradeRecords, Venues
    from argosy.core.risk.quotes import QuotePolicy
    from argosy.graph.execution import NodeExecutor
    from argosy.graph.registry import NodeRegistry
    from argosy.graph.working import Working
    from argosy.infrastructure.actions import Gateway
    from argosy.infrastructure.actions.database import DatabaseJournal
    from argosy.infrastructure.actions.reconcile import Reconciler
    from argosy.infrastructure.events.redis import RedisEventBus
    from argosy.infrastructure.money.trades import TradeBook
    from argosy.infrastructure.notify import EventNotifier
    from argosy.infrastructure.notify.dispatcher import NotificationDispatcher
    from argosy.infrastructure.risk.limits import KnownScopes, LimitService
    from argosy.infrastructure.risk.marks import MarkBook
    from argosy.infrastructure.safety.auditor import DatabaseAuditor
    from argosy.infrastructure.safety.enforcer import Enforcer
    from argosy.infrastructure.safety.flags import RedisEmergencyFlags
    from argosy.infrastructure.safety.restores import Restores
    from argosy.infrastructure.safety.service import EmergencyService
    from argosy.infrastructure.safety.watchdog import Watchdog
    from argosy.infrastructure.safety.witness import RedisWitness
    from argosy.infrastructure.state.database_documents import DatabaseDocuments
    from argosy.infrastructure.state.redis import RedisRunStore
    from argosy.infrastructure.state.redis_documents import RedisDocuments
    from argosy.infrastructure.storage.engine.database import Database

_serial = itertools.count(1)


def _load_domains() -> None:
    from argosy.bootstrap.types import domains

    domains()  # registers the kinds of actions of each domain


class Runtime:
    """Ports of a process, created on first use; create a runtime after forking, not before."""

    def __init__(self, settings: Settings, endpoints: Endpoints, *, clock: Clock | None = None) -> None:
        add_source(_load_domains)
        self.settings = settings
        self.endpoints = endpoints
        self.clock: Clock = clock or SystemClock()
        self.owner = (
            f"{socket.gethostname().partition('.')[0]}:{os.getpid()}:{secrets.token_hex(3)}.{next(_serial)}"
        )

    @cached_property
    def registry(self) -> NodeRegistry:
        from argosy.bootstrap.types import registry

        return registry()

    @cached_property
    def events(self) -> RedisEventBus:
        from argosy.infrastructure.events.redis import RedisEventBus

        return RedisEventBus(self.endpoints.redis_url)

    @cached_property
    def runs(self) -> RedisRunStore:
        from argosy.infrastructure.state.redis import RedisRunStore

        return RedisRunStore(self.endpoints.redis_url)

    @cached_property
    def documents(self) -> RedisDocuments:
        from argosy.infrastructure.state.redis_documents import RedisDocuments

        return RedisDocuments(self.endpoints.redis_url)

    @cached_property
    def venue_documents(self) -> DatabaseDocuments:
        """Documents of venue adapters, in Postgres: they must survive the loss of Redis data."""
        from argosy.infrastructure.state.database_documents import DatabaseDocuments

        return DatabaseDocuments(self.database)

    @cached_property
    def flags(self) -> RedisEmergencyFlags:
        from argosy.infrastructure.safety.flags import RedisEmergencyFlags

        return RedisEmergencyFlags(self.endpoints.redis_url)

    @cached_property
    def desk(self) -> EmergencyService:
        """Service that changes emergency states."""
        from argosy.infrastructure.safety.flags import RedisEmergencyFlags
        from argosy.infrastructure.safety.service import EmergencyService

        return EmergencyService(
            self.database,
            RedisEmergencyFlags(self.endpoints.redis_url, hasty=True),
            self.events,
            self.clock,
            reconcile=self._reconcile_to_resume,
            enforce=self.dispatcher.enforce,
            restores=self.restores,
            drain_s=self.settings.emergency.drain_s,
            arm_s=self.settings.emergency.arm_s,
            cooldown_s=self.settings.emergency.alert_cooldown_s,
        )

    @cached_property
    def guard(self) -> Watchdog:
        """Guard that watches emergency states, their copies and their causes."""
        from argosy.infrastructure.safety.watchdog import Watchdog
        from argosy.infrastructure.state.overview import RedisOverview

        return Watchdog(
            self.database,
            self.desk,
            self.flags,
            self.endpoints.redis_url,
            self.clock,
            self.settings.emergency,
            waiting=RedisOverview(self.endpoints.redis_url).unrecorded,
            enforce=self.dispatcher.enforce,
            zone=self._zone,
        )

    @cached_property
    def enforcer(self) -> Enforcer:
        """Enforcer of HALT and SHUTDOWN for orders, runs and positions."""
        from argosy.bootstrap.types import unwinder_of
        from argosy.infrastructure.safety.enforcer import Enforcer
        from argosy.infrastructure.safety.liquidator import Liquidator

        emergency = self.settings.emergency
        liquidator = Liquidator(
            self.database,
            self.gateway,
            self._venues_for,
            unwinder_of,
            slices=emergency.flatten_slices,
            slippage=emergency.flatten_slippage,
            policy=self._quote_policy,
        )
        return Enforcer(self.database, self.gateway, self.runs, liquidator, self.clock, self._venues_for)

    @cached_property
    def database(self) -> Database:
        from argosy.infrastructure.storage.engine.database import Database

        return Database(self.endpoints.database_url)

    @cached_property
    def auditor(self) -> DatabaseAuditor:
        from argosy.infrastructure.safety.auditor import DatabaseAuditor

        return DatabaseAuditor(self.database, self.clock)

    @cached_property
    def workflows(self) -> CompiledWorkflows:
        from argosy.bootstrap.workflows import CompiledWorkflows

        return CompiledWorkflows(self.runs, self.registry)

    @cached_property
    def dispatcher(self) -> RedisDispatcher:
        from argosy.bootstrap.dispatch import RedisDispatcher

        return RedisDispatcher(self.endpoints.redis_url, self.clock)

    @cached_property
    def notifier(self) -> EventNotifier:
        from argosy.infrastructure.notify import EventNotifier

        return EventNotifier(self.events, self.clock)

    @cached_property
    def courier(self) -> NotificationDispatcher:
        from argosy.infrastructure.notify.dispatcher import NotificationDispatcher
        from argosy.infrastructure.notify.receivers import Receiver, receivers_of
        from argosy.infrastructure.resilience.redis_limits import RedisRateLimiter

        settings = self.settings.notify
        made: list[Receiver] = []

        def receivers() -> list[Receiver]:
            if not made:  # Apprise is large: import it only to send
                made.extend(receivers_of(settings.urls))
            return made

        limiter = RedisRateLimiter(self.endpoints.redis_url)
        return NotificationDispatcher(self.database, limiter, receivers, self.events, self.clock, settings)

    @cached_property
    def launcher(self) -> Launcher:
        from argosy.bootstrap.launcher import Launcher

        return Launcher(
            database=self.database,
            store=self.runs,
            registry=self.registry,
            flags=self.flags,
            clock=self.clock,
            deadline_s=self.settings.engine.run_deadline_s,
        )

    @cached_property
    def journal(self) -> DatabaseJournal:
        from argosy.infrastructure.actions.database import DatabaseJournal

        return DatabaseJournal(self.database, self.clock, self._gateway_policy, witness=self.witness)

    @cached_property
    def witness(self) -> RedisWitness:
        """Memory in Redis of the newest rows in the database."""
        from argosy.infrastructure.safety.witness import RedisWitness

        return RedisWitness(self.endpoints.redis_url)

    @cached_property
    def restores(self) -> Restores:
        """Recognition of a database that was restored from a backup."""
        from argosy.infrastructure.safety.flags import RedisEmergencyFlags
        from argosy.infrastructure.safety.restores import Restores

        flags = RedisEmergencyFlags(self.endpoints.redis_url, hasty=True)
        return Restores(self.database, flags, self.witness, self.clock)

    @property
    def _gateway_policy(self) -> GatewayPolicy:
        from argosy.core.actions.decision import GatewayPolicy

        return GatewayPolicy(alert_scale=self.settings.emergency.alert_scale, zone=self._zone)

    @property
    def _zone(self) -> ZoneInfo:
        """Time zone of the day that daily losses are counted by."""
        return ZoneInfo(self.settings.money.timezone)

    @cached_property
    def gateway(self) -> Gateway:
        from argosy.infrastructure.actions import Gateway
        from argosy.infrastructure.actions.senders import has_ended, heartbeat_of, sender_name

        return Gateway(
            self.journal,
            self.flags,
            self.events,
            self.clock,
            owner=sender_name(self.owner),
            alive=lambda sender: self.runs.owner_alive(heartbeat_of(sender)),
            has_ended=has_ended,
            reconcile=self._reconcile,
            ended=self._ended,
        )

    def write_late_outcomes(self) -> None:
        """Write outcomes that Postgres did not accept in time; no effect if nothing was sent."""
        if "gateway" in self.__dict__:
            self.gateway.write_late()

    @cached_property
    def reconciler(self) -> Reconciler:
        from argosy.infrastructure.actions.reconcile import Reconciler

        return Reconciler(self.database, self.gateway, self.events, self.clock, restores=self.restores)

    @cached_property
    def marks(self) -> MarkBook:
        from argosy.infrastructure.risk.marks import MarkBook

        return MarkBook(self.database, self.documents, self.clock, self._quote_policy)

    def _quote_policy(self, venue: str, symbol: str) -> QuotePolicy:
        from argosy.bootstrap.types import least_band
        from argosy.core.risk.quotes import QuotePolicy

        risk = self.settings.risk
        return QuotePolicy(
            max_age_s=risk.quote_max_age_s,
            band=risk.quote_band,
            least_band=least_band(venue),
            confirmations=risk.quote_confirmations,
            span_s=risk.quote_span_s,
        )

    def _reconcile(self, caller: Caller, venues: Venues) -> None:
        self.reconciler.before_acting(caller, venues)

    def _ended(self, intent: Intent) -> None:
        self.reconciler.check_legs(intent)

    @cached_property
    def contexts(self) -> Contexts:
        from argosy.bootstrap.contexts import Contexts
        from argosy.infrastructure.fetch import AllowListFetcher

        http = self.settings.http
        return Contexts(
            clock=self.clock,
            documents=self.documents,
            gateway=lambda: self.gateway,
            venues_of=self.venues_of,
            books_of=self._books_of,
            trades_of=self._trades_of,
            fetcher=AllowListFetcher(
                http.allowed_hosts, timeout_s=http.timeout_s, user_agent=http.user_agent
            ),
            notifier=self.notifier,
        )

    @cached_property
    def working(self) -> Working:
        """Nodes at work in this process."""
        from argosy.graph.working import Working

        return Working()

    @cached_property
    def incidents(self) -> Incidents:
        from argosy.bootstrap.incidents import Incidents

        return Incidents(self)

    @cached_property
    def executor(self) -> NodeExecutor:
        from loguru import logger

        from argosy.bootstrap.contexts import bound_to
        from argosy.graph.execution import Limits, NodeExecutor
        from argosy.infrastructure.logging.redact import text as redact

        engine = self.settings.engine
        return NodeExecutor(
            self.runs,
            self.workflows,
            self.contexts,
            self.clock,
            owner=self.owner,
            limits=Limits(output_bytes=engine.output_limit_bytes, preview_bytes=engine.preview_limit_bytes),
            redact=redact,
            around=bound_to,
            log=logger,
            working=self.working,
            on_unknown=self.incidents.unknown,
            on_deadly=self.incidents.deadly,
        )

    def _books_of(self, bot_id: str, mode: Mode) -> Books:
        from argosy.infrastructure.money.books import DatabaseBooks

        return DatabaseBooks(self.database, bot_id, mode.value)

    @cached_property
    def trade_book(self) -> TradeBook:
        from argosy.infrastructure.money.trades import TradeBook

        return TradeBook()

    def _trades_of(self, bot_id: str, mode: Mode) -> TradeRecords:
        from argosy.infrastructure.money.trades import DatabaseTrades

        return DatabaseTrades(self.database, self.trade_book, bot_id, mode.value)

    def venues_of(self, bot_id: str, domain: str, mode: Mode, capital: Decimal) -> LazyVenues:
        from loguru import logger

        from argosy.bootstrap.endpoints import sandbox_url_of
        from argosy.bootstrap.types import domains
        from argosy.bootstrap.venues import LazyVenues
        from argosy.venuekit.domain import VenueEnvironment

        environment = VenueEnvironment(
            settings=self.settings,
            clock=self.clock,
            documents=self.venue_documents,
            events=self.events,
            account=bot_id,
            mode=mode,
            capital=capital,
            redis_url=self.endpoints.redis_url,
            sandbox_url=sandbox_url_of(self.settings),
        )
        known = domains()
        own = known.get(domain)
        others = {}
        for name, package in known.items():
            if name == domain:
                continue
            try:
                others[name] = package.venues(environment)
            except Exception as error:  # noqa: BLE001 - a fault of another domain must not stop this bot's venues
                logger.warning("the venues of domain {} are not open to bot {}: {}", name, bot_id, error)
        factories = {} if own is None else own.venues(environment)
        return LazyVenues(factories, domain=domain, others=others)

    @cached_property
    def risk(self) -> LimitService:
        """Service that changes and shows limits."""
        from argosy.bootstrap.types import domains
        from argosy.infrastructure.risk.limits import LimitService

        domains()  # plug-ins register measures for limits
        return LimitService(self.clock, self.places, self._gateway_policy)

    def places(self) -> KnownScopes:
        """Return every domain, and every venue of a domain."""
        from argosy.bootstrap.types import domains
        from argosy.infrastructure.risk.limits import KnownScopes

        names = domains()
        venues = (self.venues_of("", name, Mode.PAPER, Decimal(0)).names() for name in names)
        return KnownScopes(frozenset(names), frozenset(name for found in venues for name in found))

    def venue_domains(self) -> dict[str, str]:
        """Return the domain of every venue known to this process."""
        from argosy.bootstrap.types import domains

        return {
            venue: name
            for name in domains()
            for venue in self.venues_of("", name, Mode.PAPER, Decimal(0)).names()
        }

    def _venues_for(self, caller: Caller) -> Venues:
        from argosy.infrastructure.storage.catalog import bots

        bot = self.database.run(bots.get(caller.bot_id))
        return self.contexts.venues(bot.id, caller.domain, Mode(caller.mode), bot.capital)

    def _reconcile_to_resume(self, bot_id: str) -> bool:
        from argosy.core.actions.intent import Caller
        from argosy.infrastructure.storage.catalog import bots

        bot = self.database.run(bots.get(bot_id))
        caller = Caller(bot.mode, bot.domain, bot.id, role="operator")
        return self.reconciler.bot(caller, self._venues_for(caller), trigger="resume").clean

    def restore_flags(self) -> int:
        """Copy the emergency states from Postgres to Redis; return the number of flags written.

        A platform without a state starts NORMAL. A flag in Redis with the same or a newer epoch stays.
        """
        return self.desk.restore()

    def close(self) -> None:
        if "database" in self.__dict__:
            self.database.close()


def open_runtime(settings: Settings | None = None) -> Runtime:
    """Return the ports of this process: of the user's own servers, or of the running stack.

    Raises NotRunning without either, ConfigError for invalid settings.
    """
    settings = settings or load_settings()
    return Runtime(settings, endpoints(settings))
