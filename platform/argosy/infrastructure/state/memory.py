"""Run state in memory for one process: tests, notebooks, backtests.

The steps are those of the Redis scripts.
"""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from argosy.core.clock import Clock
from argosy.core.event import Event
from argosy.core.ports import EmergencyFlags, EventBus
from argosy.core.scope import ScopePath
from argosy.graph.compiled import CompiledNode, CompiledWorkflow
from argosy.graph.runs import (
    ActiveRun,
    Advanced,
    Begun,
    Launched,
    NodeSnapshot,
    NodeStatus,
    Outcome,
    RunMeta,
    RunSnapshot,
    RunStatus,
    SourceState,
    Verdict,
)
from argosy.infrastructure.state.plan import CLAIM_GRACE_MS
from argosy.infrastructure.state.started import started_data

_BUSY_RETRY_MS = 1_000
_LOST_DELAY_MS = 5_000


@dataclass(slots=True)
class _Node:
    status: NodeStatus = NodeStatus.PENDING
    attempt: int = 0
    token: str = ""
    claim_ends_ms: int = 0
    lost: int = 0
    retry_due_ms: int = 0
    joined: int = 0
    handed_back: int = 0
    branch: str | None = None
    outputs: bytes | None = None
    started_ms: int | None = None
    execution_ms: float | None = None
    worker: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class _Run:
    meta: RunMeta
    workflow: CompiledWorkflow
    nodes: dict[str, _Node]
    left: int
    progress_ms: int
    status: RunStatus = "running"
    reason: str | None = None
    finished_ms: int | None = None
    cancel: str | None = None
    cancel_as: RunStatus = "cancelled"
    stopped: str | None = None
    broken: str | None = None
    refused: str | None = None
    unrunnable: str | None = None
    counts: dict[str, int] = field(
        default_factory=lambda: {"success": 0, "failed": 0, "skipped": 0, "cancelled": 0}
    )
    opportunities: int = 0
    actions: int = 0


class MemoryRunStore:
    """Run store in memory.

    Deliveries go into `queue` as (run id, node key); a runner in the same process takes them. `keep` is the number
    of finished runs to keep. `on_finished` receives the snapshot of each closed run.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        events: EventBus,
        flags: EmergencyFlags,
        keep: int = 100,
        on_finished: Callable[[RunSnapshot], None] | None = None,
    ) -> None:
        self.queue: deque[tuple[str, str]] = deque()
        self._clock = clock
        self._events = events
        self._flags = flags
        self._keep = keep
        self._on_finished = on_finished
        self._runs: dict[str, _Run] = {}
        self._finished: deque[str] = deque()
        self._locks: dict[str, str] = {}
        self._documents: dict[str, Mapping[str, Any]] = {}
        self._tweaks: dict[tuple[str, str | None], dict[str, dict[str, Any]]] = {}
        self._alive: dict[str, tuple[int, frozenset[str]]] = {}
        self._pulse: tuple[int, int | None, int] | None = None
        self._delayed: list[tuple[int, int, str, str]] = []
        self._delays = 0
        self._lock = threading.RLock()

    # --- launch -----------------------------------------------------------------------------------------

    def launch(self, meta: RunMeta, workflow: CompiledWorkflow, *, exclusive: bool = True) -> Launched:
        with self._lock:
            if meta.run_id in self._runs:
                return Launched(False, "duplicate", meta.run_id)
            holder = self._locks.get(meta.bot_id)
            if exclusive and holder is not None:
                return Launched(False, "overlap", holder)
            if exclusive:
                self._locks[meta.bot_id] = meta.run_id
            self._documents[meta.digest] = workflow.document
            self._runs[meta.run_id] = _Run(
                meta=meta,
                workflow=workflow,
                nodes={key: _Node() for key in workflow.nodes},
                left=len(workflow.nodes),
                progress_ms=self._clock.now_ms(),
            )
            self._emit("run_started", meta, None, None, orjson.loads(started_data(meta, workflow)))
            self.queue.extend((meta.run_id, key) for key in workflow.heads)
            return Launched(True)

    def workflow_document(self, digest: str) -> Mapping[str, Any] | None:
        return self._documents.get(digest)

    # --- one node ---------------------------------------------------------------------------------------

    def begin(self, run_id: str, key: str, token: str) -> Begun:
        with self._lock:
            run = self._runs.get(run_id)
            if run is None or key not in run.nodes:
                return Begun(Verdict.GONE)
            state, node = run.nodes[key], run.workflow.nodes[key]
            if state.status.final:
                return Begun(Verdict.SETTLED, run.meta)
            if run.status != "running":
                return Begun(Verdict.CLOSED, run.meta)
            now = self._clock.now_ms()
            if state.status is NodeStatus.RUNNING:
                if state.token != token:
                    if self._is_held(state, now):
                        self._delay(run_id, key, now + _BUSY_RETRY_MS)
                        return Begun(Verdict.BUSY, run.meta)
                    state.lost += 1
            else:
                state.attempt += 1
            state.status = NodeStatus.RUNNING
            state.token = token
            state.claim_ends_ms = now + int(node.timeout_s * 1000) + CLAIM_GRACE_MS
            state.started_ms = now
            run.progress_ms = now
            owner = token.partition("#")[0]
            if node.type.pool != "quick":
                self._emit(
                    "node_execution",
                    run.meta,
                    node.strategy_id,
                    node.node_id,
                    {
                        "status": "running",
                        "attempt": state.attempt,
                        "type": node.type.name,
                        "startedAt": now,
                        "worker": owner,
                    },
                )
            return Begun(
                verdict=Verdict.RUN,
                meta=run.meta,
                key=key,
                token=token,
                attempt=state.attempt,
                lost=state.lost,
                cancel_reason=run.cancel,
                flags=tuple(self._flags.read(_scopes(run.meta, node.strategy_id))),
                tweaks=self._tweaks.get((run.meta.bot_id, node.strategy_id), {}).get(node.node_id, {}),
                sources={source: _source(run.nodes[source]) for source in node.sources},
            )

    def finish(self, run_id: str, key: str, token: str, outcome: Outcome) -> Advanced:
        with self._lock:
            run = self._runs.get(run_id)
            state = run.nodes.get(key) if run is not None else None
            if run is None or state is None or run.status != "running":
                return Advanced(accepted=False)
            if state.status is not NodeStatus.RUNNING or state.token != token:
                return Advanced(accepted=False)
            node = run.workflow.nodes[key]
            now = self._clock.now_ms()
            for event in outcome.events:
                self._emit(event.type, run.meta, node.strategy_id, node.node_id, event.data, event.timestamp)
            self._emit("node_execution", run.meta, node.strategy_id, node.node_id, orjson.loads(outcome.data))
            run.progress_ms = now
            run.opportunities += outcome.opportunities
            run.actions += outcome.actions
            if outcome.retry_in_ms is not None:
                state.status = NodeStatus.RETRYING
                state.retry_due_ms = now + outcome.retry_in_ms
                state.reason = outcome.reason
                self._delay(run_id, key, state.retry_due_ms)
                return Advanced(accepted=True)
            state.status = outcome.status
            state.branch = outcome.branch
            state.outputs = outcome.outputs
            state.execution_ms = outcome.execution_ms
            state.worker = outcome.worker
            state.reason = outcome.reason
            run.counts[outcome.status.value] += 1
            if outcome.status is NodeStatus.FAILED and outcome.failure and run.broken is None:
                run.broken = key
            if outcome.status is NodeStatus.CANCELLED:
                self._stop(run, outcome)
            return self._advance(run, node, token, inline_wanted=outcome.inline)

    def _stop(self, run: _Run, outcome: Outcome) -> None:
        """Store the consequence of a cancelled node for its run.

        The first node that fails the run publishes an alarm.
        """
        reason = outcome.reason or ""
        if not outcome.stop:
            run.refused = reason if run.refused is None else run.refused
        elif run.stopped is None:
            run.stopped = reason
            data = {"code": outcome.stop, "message": f"run {run.meta.run_id}: {reason}"}
            self._emit("alarm", run.meta, None, None, data)

    def _advance(self, run: _Run, node: CompiledNode, token: str, *, inline_wanted: bool) -> Advanced:
        inline: str | None = None
        for successor in node.successors:
            after = run.nodes[successor]
            after.joined += 1
            if after.joined != run.workflow.nodes[successor].indegree:
                continue
            if inline_wanted and node.fused_next == successor:
                inline = successor
            else:
                self.queue.append((run.meta.run_id, successor))
        run.left -= 1
        if run.left == 0:
            self._close(run, *_end_of(run))
            return Advanced(accepted=True, closed=True)
        return Advanced(
            accepted=True, inline=None if inline is None else self.begin(run.meta.run_id, inline, token)
        )

    def _close(self, run: _Run, status: RunStatus, reason: str | None) -> None:
        now = self._clock.now_ms()
        run.status, run.reason, run.finished_ms = status, reason, now
        if self._locks.get(run.meta.bot_id) == run.meta.run_id:
            del self._locks[run.meta.bot_id]
        self._emit(
            "run_finished",
            run.meta,
            None,
            None,
            {
                "status": status,
                "reason": reason,
                "correlationId": run.meta.correlation_id,
                "startedAt": run.meta.started_ms,
                "durationMs": now - run.meta.started_ms,
                "counts": dict(run.counts),
                "opportunities": run.opportunities,
                "actions": run.actions,
            },
        )
        if self._on_finished is not None:
            self._on_finished(self._snapshot(run))
        self._finished.append(run.meta.run_id)
        while len(self._finished) > self._keep:
            self._runs.pop(self._finished.popleft(), None)

    # --- runs -------------------------------------------------------------------------------------------

    def release(self, run_id: str, key: str, token: str, reason: str) -> int:
        with self._lock:
            run = self._runs.get(run_id)
            state = run.nodes.get(key) if run is not None else None
            if run is None or state is None or run.status != "running":
                return -1
            if state.status is not NodeStatus.RUNNING or state.token != token:
                return -1
            now = self._clock.now_ms()
            state.handed_back += 1
            rounds, odd = divmod(state.handed_back, 2)
            delay_ms = 0 if odd else int(min(1_000 * 2 ** (rounds - 1), 30_000))
            state.attempt -= 1
            state.status, state.reason, run.unrunnable = NodeStatus.RETRYING, reason, reason
            state.retry_due_ms = now + delay_ms
            run.progress_ms = now
            if delay_ms == 0:
                self.queue.append((run_id, key))
            else:
                self._delay(run_id, key, state.retry_due_ms)
            return delay_ms

    def unrunnable(self, run_id: str) -> str | None:
        run = self._runs.get(run_id)
        return None if run is None else run.unrunnable

    def cancel(self, run_id: str, reason: str, *, status: RunStatus = "cancelled") -> bool:
        with self._lock:
            run = self._runs.get(run_id)
            if run is None or run.status != "running" or run.cancel is not None:
                return False
            run.cancel, run.cancel_as = reason, status
            return True

    def abort(self, run_id: str, reason: str, *, status: RunStatus = "failed") -> bool:
        with self._lock:
            run = self._runs.get(run_id)
            if run is None or run.status != "running":
                return False
            for key, state in run.nodes.items():
                if state.status.final:
                    continue
                unknown = state.handed_back > 0 and state.attempt == 0
                state.status = NodeStatus.FAILED if unknown else NodeStatus.CANCELLED
                state.reason = run.unrunnable if unknown else reason
                run.counts[state.status.value] += 1
                node = run.workflow.nodes[key]
                error = {"code": "unknown_node_type", "message": state.reason}
                self._emit(
                    "node_execution",
                    run.meta,
                    node.strategy_id,
                    node.node_id,
                    {
                        "status": state.status.value,
                        "attempt": state.attempt,
                        "type": node.type.name,
                        "startedAt": self._clock.now_ms(),
                        "executionTimeMs": 0,
                        "outputs": {},
                        "truncated": False,
                        "reason": state.reason,
                        "worker": "",
                        "tweaked": False,
                        **({"error": error} if unknown else {}),
                    },
                )
            self._close(run, status, reason)
            return True

    def revive(self, run_id: str) -> list[str]:
        with self._lock:
            run = self._runs.get(run_id)
            if run is None or run.status != "running":
                return []
            now = self._clock.now_ms()
            revived: list[str] = []
            for key, state in run.nodes.items():
                if state.status is NodeStatus.RUNNING:
                    ready = not self._is_held(state, now)
                elif state.status is NodeStatus.RETRYING:
                    ready = now >= state.retry_due_ms + _LOST_DELAY_MS
                else:
                    ready = (
                        state.status is NodeStatus.PENDING
                        and state.joined == run.workflow.nodes[key].indegree
                    )
                if ready and (run_id, key) not in self.queue:
                    self.queue.append((run_id, key))
                    revived.append(key)
            run.progress_ms = now
            return revived

    def active(self) -> list[ActiveRun]:
        with self._lock:
            rows = [
                ActiveRun(run_id, run.progress_ms)
                for run_id, run in self._runs.items()
                if run.status == "running"
            ]
        return sorted(rows, key=lambda row: row.progress_ms)

    def meta(self, run_id: str) -> RunMeta | None:
        run = self._runs.get(run_id)
        return None if run is None else run.meta

    def snapshot(self, run_id: str) -> RunSnapshot | None:
        with self._lock:
            run = self._runs.get(run_id)
            return None if run is None else self._snapshot(run)

    def _snapshot(self, run: _Run) -> RunSnapshot:
        return RunSnapshot(
            meta=run.meta,
            status=run.status,
            reason=run.reason,
            finished_ms=run.finished_ms,
            counts=dict(run.counts),
            opportunities=run.opportunities,
            actions=run.actions,
            cancel=run.cancel,
            nodes={
                key: NodeSnapshot(
                    key=key,
                    status=n.status,
                    attempt=n.attempt,
                    branch=n.branch,
                    started_ms=n.started_ms,
                    execution_ms=n.execution_ms,
                    worker=n.worker,
                    reason=n.reason,
                    outputs=n.outputs,
                )
                for key, n in run.nodes.items()
            },
        )

    # --- tweaks and workers -----------------------------------------------------------------------------

    def tweak(
        self, bot_id: str, strategy_id: str | None, node_id: str, params: Mapping[str, Any] | None
    ) -> None:
        with self._lock:
            nodes = self._tweaks.setdefault((bot_id, strategy_id), {})
            if params is None:
                nodes.pop(node_id, None)
            else:
                nodes[node_id] = dict(params)

    def tweaks(self, bot_id: str, strategy_id: str | None) -> dict[str, dict[str, Any]]:
        with self._lock:
            return {node: dict(p) for node, p in self._tweaks.get((bot_id, strategy_id), {}).items()}

    def beat(self, owner: str, ttl_ms: int, working: Collection[str] = (), about: str = "") -> None:
        with self._lock:
            now = self._clock.now_ms()
            last, since, _ = self._pulse or (now, None, 0)
            gap = abs(now - last) > ttl_ms / 2
            if gap and (since is None or not since <= now <= since + 3 * ttl_ms):
                since = now
            self._pulse = (now, since, ttl_ms)
            self._alive[owner] = (now + ttl_ms, frozenset(working))

    def pump(self) -> int:
        moved = 0
        with self._lock:
            now = self._clock.now_ms()
            while self._delayed and self._delayed[0][0] <= now:
                _, _, run_id, key = heapq.heappop(self._delayed)
                self.queue.append((run_id, key))
                moved += 1
        return moved

    def next_due_ms(self) -> int | None:
        """Return the due time of the next delayed delivery, for a runner that drives the clock."""
        with self._lock:
            return self._delayed[0][0] if self._delayed else None

    def _is_held(self, state: _Node, now: int) -> bool:
        """Return True if a claim still belongs to its owner.

        The same rule as `is_held` in common.lua.
        """
        ends, working = self._alive.get(state.token.partition("#")[0], (0, frozenset()))
        if ends > now:
            return now < state.claim_ends_ms or state.token in working
        return self._heartbeats_missing(now)

    def _heartbeats_missing(self, now: int) -> bool:
        if self._pulse is None:
            return False
        last, since, ttl_ms = self._pulse
        return abs(now - last) > ttl_ms / 2 or (since is not None and since <= now < since + ttl_ms)

    def _delay(self, run_id: str, key: str, at_ms: int) -> None:
        self._delays += 1
        heapq.heappush(self._delayed, (at_ms, self._delays, run_id, key))

    def _emit(
        self,
        type_: str,
        meta: RunMeta,
        strategy_id: str | None,
        node_id: str | None,
        data: Mapping[str, Any],
        timestamp: int | None = None,
    ) -> None:
        self._events.publish(
            Event(
                type=cast("Any", type_),
                timestamp=self._clock.now_ms() if timestamp is None else timestamp,
                bot_id=meta.bot_id,
                strategy_id=strategy_id,
                run_id=meta.run_id,
                node_id=node_id,
                data=data,
            )
        )


def _end_of(run: _Run) -> tuple[RunStatus, str | None]:
    """Return status and reason of a run whose nodes are all final; the first cause counts."""
    if run.cancel is not None:
        return run.cancel_as, run.cancel
    if run.stopped is not None:
        return "failed", run.stopped
    if run.broken is not None:
        return "failed", f"node {run.broken} failed"
    return ("success", None) if run.refused is None else ("cancelled", run.refused)


def _source(node: _Node) -> SourceState:
    return SourceState(node.status, node.branch if node.status.final else None, node.outputs)


def _scopes(meta: RunMeta, strategy_id: str | None) -> tuple[str, ...]:
    return ScopePath(meta.domain, meta.bot_id, strategy_id or "").scopes
