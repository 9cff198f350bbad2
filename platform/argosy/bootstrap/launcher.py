"""Launcher of runs: read the bot from Postgres, compile its workflow, launch in one step."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from argosy.bootstrap.dispatch import new_run_id
from argosy.bootstrap.types import packaged_workflow
from argosy.core.clock import Clock, from_ms, to_ms
from argosy.core.ports import EmergencyFlags
from argosy.core.safety.emergency import EmergencyState
from argosy.core.schedule import schedule
from argosy.core.schedule.schedule import Overlap, Schedule
from argosy.core.scope import ScopePath
from argosy.errors import InvalidInput, NotFound
from argosy.graph.compile import compile_workflow
from argosy.graph.compiled import CompiledWorkflow
from argosy.graph.document import WorkflowDocument, parse
from argosy.graph.nodes.strategy import STRATEGY, StrategyParams
from argosy.graph.registry import NodeRegistry
from argosy.graph.runs import RunMeta, RunStore
from argosy.infrastructure.storage.catalog import bots, schedules, workflows
from argosy.infrastructure.storage.catalog.bots import ARCHIVED
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import capital, ledger
from argosy.infrastructure.storage.records import BotRecord

_KEEP = 64


@dataclass(frozen=True, slots=True)
class LaunchResult:
    """Result of a launch.

    If `started` is False, `reason` is archived, paused, overlap, duplicate or the blocking emergency state. With
    overlap, `active_run` is the conflicting run, and `waits` means that the tick may still start later.
    """

    run_id: str
    started: bool
    reason: str | None = None
    active_run: str | None = None
    waits: bool = False


class Launcher:
    """Launcher that caches compiled workflows by (bot's workflow, versions of its strategies)."""

    def __init__(
        self,
        *,
        database: Database,
        store: RunStore,
        registry: NodeRegistry,
        flags: EmergencyFlags,
        clock: Clock,
        deadline_s: float,
    ) -> None:
        self._database = database
        self._store = store
        self._registry = registry
        self._flags = flags
        self._clock = clock
        self._deadline_s = deadline_s
        self._documents: dict[str, WorkflowDocument] = {}
        self._compiled: dict[tuple[str, ...], CompiledWorkflow] = {}
        self._followed: dict[str, tuple[str, str, Decimal, datetime]] = {}
        self._lock = threading.Lock()

    def prepare(
        self,
        bot: BotRecord,
        workflow: CompiledWorkflow,
        *,
        run_id: str,
        trigger: str,
        now_ms: int,
        due_ms: int | None = None,
    ) -> RunMeta:
        """Return the metadata of a new run; the bot's capital in the ledger is updated first."""
        self.follow_capital(bot)
        deadline_s = workflow.deadline_s or self._deadline_s
        return RunMeta(
            run_id=run_id,
            bot_id=bot.id,
            domain=bot.domain,
            mode=bot.mode,
            kind=workflow.kind,
            digest=workflow.digest,
            trigger=trigger,
            correlation_id=secrets.token_hex(8),
            started_ms=now_ms,
            deadline_ms=now_ms + int(deadline_s * 1000),
            due_ms=due_ms,
            capital=str(bot.capital),
        )

    def run_bot(
        self,
        bot_id: str,
        *,
        trigger: str,
        due_ms: int | None = None,
        run_id: str | None = None,
    ) -> LaunchResult:
        """Launch a run, unless the bot is paused, already running or stopped by an emergency state.

        A paused bot runs on a manual request (`trigger` "manual"). A tick of a schedule with overlap "allow"
        starts beside an active run. A tick with overlap "queue" waits for the end of that run, until it expires.
        Raises NotFound and WorkflowInvalid.
        """
        now_ms = self._clock.now_ms()
        run_id = run_id or new_run_id(bot_id, now_ms, due_ms)
        bot = self._database.run(bots.get(bot_id))
        if bot.state == ARCHIVED:
            return LaunchResult(run_id, False, ARCHIVED)
        if bot.state != "running" and trigger != "manual":
            return LaunchResult(run_id, False, "paused")
        flag = self._flags.effective(ScopePath(bot.domain, bot.id).scopes)
        if flag.state is EmergencyState.SHUTDOWN:
            return LaunchResult(run_id, False, f"{flag.scope} is SHUTDOWN: {flag.reason}")
        workflow = self.compiled(bot)
        meta = self.prepare(bot, workflow, run_id=run_id, trigger=trigger, now_ms=now_ms, due_ms=due_ms)
        plans = self._plans(bot_id) if trigger == "schedule" else {}
        launched = self._store.launch(meta, workflow, exclusive=_strictest(plans) != "allow")
        waits = (
            launched.reason == "overlap"
            and due_ms is not None
            and _strictest(plans) == "queue"
            and now_ms < _expires_ms(plans, due_ms)
        )
        return LaunchResult(run_id, launched.started, launched.reason, launched.active_run, waits)

    def follow_capital(self, bot: BotRecord) -> None:
        """Book the bot's capital as a deposit, split by its workflow; once per version of both."""
        # The time counts too: another process may have booked a change that was then undone.
        version = (bot.workflow_digest, bot.mode, bot.capital, bot.updated_at)
        if self._followed.get(bot.id) == version:
            return
        weights = {}
        for node in self._by_digest(bot.workflow_digest).nodes:
            if node.type == STRATEGY:
                params = StrategyParams.model_validate(node.params)
                weights[node.id] = params.weight if params.enabled else Decimal(0)
        now = self._clock.now()
        # Two transactions: the audit's lock must always be the last, and the ledger's comes before it.
        self._database.run(
            ledger.ensure_capital(bot.id, bot.domain, bot.mode, bot.capital, bot.base_currency, now)
        )
        self._database.run(capital.sync_from_workflow(bot.id, weights, now))
        self._followed[bot.id] = version

    def _plans(self, bot_id: str) -> dict[str, Schedule]:
        """Return the bot's enabled schedules by id.

        Returns all schedules if none is enabled, because the last may have been disabled after its tick. Beat
        reports unreadable ones.
        """
        records = self._database.run(schedules.every(bot_id))
        found: dict[str, Schedule] = {}
        for record in [record for record in records if record.enabled] or records:
            with suppress(InvalidInput):
                found[record.id] = schedule.parse(record.spec)
        return found

    def compiled(self, bot: BotRecord) -> CompiledWorkflow:
        """Return the bot's workflow, compiled with the newest version of each strategy."""
        document = self._by_digest(bot.workflow_digest)
        names = sorted({str(n.params.get("strategy")) for n in document.nodes if n.type == "strategy"})
        versions: dict[str, WorkflowDocument] = {}
        key = [bot.workflow_digest]
        for name in names:
            newest = self._database.run(workflows.newest(name))
            if newest is not None:
                key.append(newest.digest)
                versions[name] = self._parsed(newest.digest, newest.document)
        found = self._compiled.get(tuple(key))
        if found is None:
            found = compile_workflow(
                document, self._registry, lambda name: versions.get(name) or packaged_workflow(name)
            )
            with self._lock:
                if len(self._compiled) >= _KEEP:
                    self._compiled.clear()
                self._compiled[tuple(key)] = found
        return found

    def _by_digest(self, digest: str) -> WorkflowDocument:
        found = self._documents.get(digest)
        if found is None:
            record = self._database.run(workflows.get(digest))
            found = self._parsed(digest, record.document)
        return found

    def _parsed(self, digest: str, document: object) -> WorkflowDocument:
        found = self._documents.get(digest)
        if found is None:
            if not isinstance(document, dict):
                raise NotFound("the stored workflow is not a document", found=digest)
            found = self._documents[digest] = parse(document)
        return found


def _strictest(plans: Mapping[str, Schedule]) -> Overlap:
    """Return the strictest overlap rule of the schedules, for a tick during a run."""
    found = {plan.overlap for plan in plans.values()}
    policies: tuple[Overlap, ...] = ("skip", "queue", "allow")
    return next((policy for policy in policies if policy in found), "skip")


def _expires_ms(plans: Mapping[str, Schedule], due_ms: int) -> int:
    """Return the time until which the tick due at `due_ms` may start, as beat calculates it."""
    due = from_ms(due_ms)
    return max(to_ms(due + schedule.expiry_of(plan, due, id)) for id, plan in plans.items())
