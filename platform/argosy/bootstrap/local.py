"""Runner of a workflow in this process, with state in memory and a driven clock.

Replay, backtest and notebooks use it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal

from argosy.bootstrap.contexts import Contexts
from argosy.bootstrap.types import least_band
from argosy.bootstrap.venues import LazyVenues
from argosy.core.actions.action import Action, ActionResult
from argosy.core.actions.decision import GatewayPolicy
from argosy.core.actions.intent import Caller
from argosy.core.bot import Mode
from argosy.core.clock import DrivenClock, from_ms
from argosy.core.event import Event
from argosy.core.ports import Documents, Fetcher, Venues
from argosy.core.risk import Constraint
from argosy.core.risk.quotes import QuotePolicy
from argosy.core.venues.venue import Quote
from argosy.errors import ArgosyError, Forbidden
from argosy.graph.compiled import CompiledWorkflow
from argosy.graph.execution import Limits, NodeExecutor
from argosy.graph.interrupts import mark_interrupts
from argosy.graph.runs import RunMeta, RunSnapshot
from argosy.infrastructure.actions import Gateway
from argosy.infrastructure.actions.memory import MemoryJournal
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.fetch import AllowListFetcher
from argosy.infrastructure.notify import EventNotifier
from argosy.infrastructure.risk.memory_marks import MemoryMarks
from argosy.infrastructure.safety.flags import MemoryEmergencyFlags
from argosy.infrastructure.state.memory import MemoryRunStore
from argosy.infrastructure.state.memory_documents import MemoryDocuments

OWNER = "local"


class _One:
    """Implementation of the port Workflows for a single workflow."""

    def __init__(self, workflow: CompiledWorkflow) -> None:
        self._workflow = workflow

    def get(self, digest: str) -> CompiledWorkflow:
        return self._workflow


class LocalRunner:
    """Runner with the node functions, claims, skipping, retries and gateway of the workers.

    Runs follow one after another. `wait` is called with the time of the next retry when nothing else is left to
    do. It must move the clock there, as the default does. `on_event` is called for every published event. Not
    thread-safe.
    """

    def __init__(
        self,
        workflow: CompiledWorkflow,
        *,
        clock: DrivenClock,
        venues: Venues | None = None,
        documents: Documents | None = None,
        bot_id: str = "replay",
        domain: str = "local",
        mode: Mode = Mode.PAPER,
        capital: Decimal = Decimal(0),
        deadline_s: float = 300,
        fetcher: Fetcher | None = None,
        wait: Callable[[datetime], None] | None = None,
        on_event: Callable[[Event], None] | None = None,
        constraints: Sequence[Constraint] = (),
        policy: GatewayPolicy | None = None,
    ) -> None:
        self.workflow = workflow
        self.clock = clock
        self.events = MemoryEventBus(clock=clock, maxlen=10_000)
        self.flags = MemoryEmergencyFlags()
        self.documents: Documents = documents or MemoryDocuments()
        published = _Tap(self.events, on_event) if on_event else self.events
        self.store = MemoryRunStore(
            clock=clock,
            events=published,
            flags=self.flags,
            keep=4,
        )
        self._venues = venues or LazyVenues({})
        self._wait = wait or clock.set
        self._number = 0
        self._bot_id, self._domain, self._mode = bot_id, domain, mode
        self._capital, self._deadline_s = capital, workflow.deadline_s or deadline_s
        self.journal = MemoryJournal(
            clock,
            self.flags,
            bot_id=bot_id,
            capital=capital,
            constraints=constraints,
            policy=policy,
            marks=MemoryMarks(clock, _quote_policy),
            quotes=self._quotes,
        )
        self._gateway = gateway = Gateway(self.journal, self.flags, published, clock, owner=OWNER)
        contexts = Contexts(
            clock=clock,
            documents=self.documents,
            gateway=lambda: gateway,
            venues_of=lambda *_: self._venues,
            trades_of=lambda *_: self.journal,
            fetcher=fetcher or AllowListFetcher((), timeout_s=1, user_agent="argosy"),
            notifier=EventNotifier(published, clock),
        )
        self._executor = NodeExecutor(
            self.store, _One(workflow), contexts, clock, owner=OWNER, limits=Limits(), watch=False
        )

    def run(self, *, trigger: str = "replay", due: datetime | None = None) -> RunSnapshot:
        """Run the workflow once and return its final state.

        Ctrl-C ends the run; a node that raises KeyboardInterrupt fails.
        """
        mark_interrupts()
        self._number += 1
        self.journal.look(self._domain)
        now = self.clock.now_ms()
        meta = RunMeta(
            run_id=f"{self._bot_id}-{self._number}",
            bot_id=self._bot_id,
            domain=self._domain,
            mode=self._mode.value,
            kind=self.workflow.kind,
            digest=self.workflow.digest,
            trigger=trigger,
            correlation_id=f"{self._number:016x}",
            started_ms=now,
            deadline_ms=now + int(self._deadline_s * 1000),
            due_ms=None if due is None else int(due.timestamp() * 1000),
            capital=str(self._capital),
        )
        launched = self.store.launch(meta, self.workflow)
        if not launched.started:
            raise Forbidden(f"the run was not started: {launched.reason}")
        while True:
            while self.store.queue:
                self._executor.execute(*self.store.queue.popleft())
            snapshot = self.store.snapshot(meta.run_id)
            assert snapshot is not None  # still kept: the store keeps the newest runs
            if snapshot.status != "running":
                return snapshot
            due_ms = self.store.next_due_ms()
            if due_ms is None or due_ms >= meta.deadline_ms:
                self.store.abort(meta.run_id, "the run's deadline has passed")
                continue
            self._wait(from_ms(due_ms))
            self.store.pump()

    def submit(self, actions: Sequence[Action]) -> list[ActionResult]:
        """Submit actions of the bot itself, outside any run: settlement of ended markets."""
        caller = Caller(mode=self._mode.value, domain=self._domain, bot_id=self._bot_id)
        return self._gateway.submit(caller, self._venues, actions)

    def _quotes(self, assets: Collection[tuple[str, str]]) -> list[Quote]:
        found = []
        for venue, symbol in assets:
            with suppress(ArgosyError):  # an ended market has no quote
                found.append(self._venues.get(venue).quote(symbol))
        return found


def _quote_policy(venue: str, symbol: str) -> QuotePolicy:
    return QuotePolicy(least_band=least_band(venue))


class _Tap(MemoryEventBus):
    """Event bus that passes every event to a callback before publishing it."""

    def __init__(self, inner: MemoryEventBus, on_event: Callable[[Event], None]) -> None:
        super().__init__(maxlen=1)
        self._inner = inner
        self._on_event = on_event

    def publish(self, event: Event) -> str:
        self._on_event(event)
        return self._inner.publish(event)
