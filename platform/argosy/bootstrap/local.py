"""Runner of a workflow in this process, with state in memory and a driven clock.

Replay, backtest and notebooks use it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Unpack

from argosy.bootstrap.contexts import Contexts
from argosy.bootstrap.local_platform import OWNER, LocalPlatform, PlatformParts
from argosy.core.clock import DrivenClock, from_ms
from argosy.core.ports import Fetcher
from argosy.errors import Forbidden
from argosy.graph.compiled import CompiledWorkflow
from argosy.graph.execution import Limits, NodeExecutor
from argosy.graph.interrupts import mark_interrupts
from argosy.graph.runs import RunMeta, RunSnapshot
from argosy.infrastructure.fetch import AllowListFetcher
from argosy.infrastructure.notify import EventNotifier
from argosy.infrastructure.state.memory import MemoryRunStore


class _One:
    """Implementation of the port Workflows for a single workflow."""

    def __init__(self, workflow: CompiledWorkflow) -> None:
        self._workflow = workflow

    def get(self, digest: str) -> CompiledWorkflow:
        return self._workflow


class LocalRunner(LocalPlatform):
    """Runner with the node functions, claims, skipping, retries and gateway of the workers.

    Runs follow one after another. `wait` is called with the time of the next retry when nothing else is left to
    do. It must move the clock there, as the default does. `parts` are those of a LocalPlatform.
    """

    def __init__(
        self,
        workflow: CompiledWorkflow,
        *,
        clock: DrivenClock,
        deadline_s: float = 300,
        fetcher: Fetcher | None = None,
        wait: Callable[[datetime], None] | None = None,
        **parts: Unpack[PlatformParts],
    ) -> None:
        super().__init__(clock, **parts)
        self.workflow = workflow
        self.clock = clock
        self.store = MemoryRunStore(clock=clock, events=self.published, flags=self.flags, keep=4)
        self._wait = wait or clock.set
        self._number = 0
        self._deadline_s = workflow.deadline_s or deadline_s
        contexts = Contexts(
            clock=clock,
            documents=self.documents,
            gateway=lambda: self.gateway,
            venues_of=lambda *_: self.venues,
            trades_of=lambda *_: self.journal,
            fetcher=fetcher or AllowListFetcher((), timeout_s=1, user_agent="argosy"),
            notifier=EventNotifier(self.published, clock),
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
        self.journal.look(self.domain)
        now = self.clock.now_ms()
        meta = RunMeta(
            run_id=f"{self.bot_id}-{self._number}",
            bot_id=self.bot_id,
            domain=self.domain,
            mode=self.mode.value,
            kind=self.workflow.kind,
            digest=self.workflow.digest,
            trigger=trigger,
            correlation_id=f"{self._number:016x}",
            started_ms=now,
            deadline_ms=now + int(self._deadline_s * 1000),
            due_ms=None if due is None else int(due.timestamp() * 1000),
            capital=str(self.capital),
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
