"""State of a run for the engine: launch, begin a node, finish it, find the next ones.

Delivery is at least once, and any process may die between two instructions. Every step is therefore one atomic
operation of the store. `begin` claims a node. `finish` stores its outcome, counts the joins and enqueues the
nodes that are ready. A repeated delivery finds the claim taken or the node settled.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from argosy.core.event import Event
from argosy.core.safety.emergency import EmergencyFlag
from argosy.graph.compiled import CompiledWorkflow


class NodeStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    RETRYING = "retrying"
    SUCCESS = "success"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self in _FINAL


_FINAL = frozenset({NodeStatus.SUCCESS, NodeStatus.FAILED, NodeStatus.SKIPPED, NodeStatus.CANCELLED})

RunStatus = Literal["running", "success", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class RunMeta:
    """Constant data of a run; times are in Unix ms, `due_ms` is the scheduled tick."""

    run_id: str
    bot_id: str
    domain: str
    mode: str
    kind: str
    digest: str
    trigger: str
    correlation_id: str
    started_ms: int
    deadline_ms: int
    due_ms: int | None = None
    capital: str = "0"


@dataclass(frozen=True, slots=True)
class Launched:
    """Result of a launch.

    If `started` is False, `reason` says why, and `active_run` is the conflicting run.
    """

    started: bool
    reason: str | None = None
    active_run: str | None = None


class Verdict(StrEnum):
    """Result of `begin`.

    RUN: the caller holds the claim.
    SETTLED: the node is final already.
    BUSY: a living worker holds the claim; the delivery has been postponed.
    GONE: there is no such run.
    CLOSED: the run is over.
    """

    RUN = "run"
    SETTLED = "settled"
    BUSY = "busy"
    GONE = "gone"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SourceState:
    """State of a predecessor for its successors; `outputs` is JSON, None unless it succeeded."""

    status: NodeStatus
    branch: str | None
    outputs: bytes | None


@dataclass(frozen=True, slots=True)
class Begun:
    """Answer of `begin`; all fields but `verdict` and `meta` are set only for RUN.

    `lost` counts earlier attempts whose worker died. `overran` means that the last of them had passed the node's
    time limit before. `flags` are the emergency flags along the scope path. The platform's own flag is missing if
    Redis lost it: the caller must then treat the platform as stopped.
    """

    verdict: Verdict
    meta: RunMeta | None = None
    key: str = ""
    token: str = ""
    attempt: int = 1
    lost: int = 0
    overran: bool = False
    cancel_reason: str | None = None
    flags: tuple[EmergencyFlag, ...] = ()
    tweaks: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, SourceState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of one attempt.

    `data` is the data of the node event as JSON. `events` are published with it, in order, before it.
    `retry_in_ms` means that this attempt failed and the node runs again after that time. `failure` False marks a
    failure that the workflow tolerates (`onError: continue`). A cancelled node ends its run `failed` with an
    alarm if `stop` names the cause (deadline, SHUTDOWN), else `cancelled`. `inline` requests the next node of a
    fused line.
    """

    status: NodeStatus
    data: bytes
    outputs: bytes | None = None
    branch: str | None = None
    execution_ms: float = 0.0
    reason: str | None = None
    worker: str = ""
    retry_in_ms: int | None = None
    failure: bool = True
    stop: str = ""
    events: Sequence[Event] = ()
    opportunities: int = 0
    actions: int = 0
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Advanced:
    """Result of `finish`.

    `accepted` False means that the claim was lost meanwhile and nothing was stored. `inline` is the next node of
    the fused line, already claimed.
    """

    accepted: bool
    closed: bool = False
    inline: Begun | None = None


@dataclass(frozen=True, slots=True)
class NodeSnapshot:
    key: str
    status: NodeStatus
    attempt: int
    branch: str | None
    started_ms: int | None
    execution_ms: float | None
    worker: str | None
    reason: str | None
    outputs: bytes | None


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """Present state of a run; `cancel` is the reason of a requested end while nodes still run."""

    meta: RunMeta
    status: RunStatus
    reason: str | None
    finished_ms: int | None
    counts: Mapping[str, int]
    opportunities: int
    actions: int
    nodes: Mapping[str, NodeSnapshot]
    cancel: str | None = None


@dataclass(frozen=True, slots=True)
class ActiveRun:
    run_id: str
    progress_ms: int


class RunStore(Protocol):
    """Run state by reference; memory and Redis implementations pass the same contract tests."""

    def launch(self, meta: RunMeta, workflow: CompiledWorkflow, *, exclusive: bool = True) -> Launched:
        """Write the run and enqueue its first nodes, in one step.

        With `exclusive`, another active run of the bot refuses this one. A known run id is refused as
        "duplicate": a tick delivered twice starts one run.
        """
        ...

    def begin(self, run_id: str, key: str, token: str) -> Begun:
        """Claim the node for `token` ("<owner>#<unique>") and read all its data, in one step."""
        ...

    def finish(self, run_id: str, key: str, token: str, outcome: Outcome) -> Advanced:
        """Store an outcome and advance the run, in one step.

        Publishes the outcome, counts joins, enqueues ready nodes and closes a finished run.
        """
        ...

    def workflow_document(self, digest: str) -> Mapping[str, Any] | None:
        """Return the expanded document that a run was launched with."""
        ...

    def release(self, run_id: str, key: str, token: str, reason: str) -> int:
        """Hand back a node that this process cannot run; the attempt does not count.

        Returns the delay until its next delivery in ms, -1 when the claim is lost. Every second delay is 0, for a
        worker that waits beside this one. The others double from 1 s to 30 s.
        """
        ...

    def unrunnable(self, run_id: str) -> str | None:
        """Return the reason why nodes of the run were handed back, None without any."""
        ...

    def cancel(self, run_id: str, reason: str, *, status: RunStatus = "cancelled") -> bool:
        """Start no further node of the run; running nodes finish, and the run ends as `status`.

        Returns False if the run is not active, or was already cancelled.
        """
        ...

    def abort(self, run_id: str, reason: str, *, status: RunStatus = "failed") -> bool:
        """End the run now and free the lock.

        Nodes that are not final become cancelled, or failed if they were handed back.
        """
        ...

    def revive(self, run_id: str) -> list[str]:
        """Enqueue ready nodes again whose message is lost, and return their keys.

        A living worker must not hold the node, and its message must no longer be in a queue.
        """
        ...

    def active(self) -> list[ActiveRun]:
        """Return the runs that are not final, the longest without progress first."""
        ...

    def meta(self, run_id: str) -> RunMeta | None: ...

    def snapshot(self, run_id: str) -> RunSnapshot | None: ...

    def tweak(
        self, bot_id: str, strategy_id: str | None, node_id: str, params: Mapping[str, Any] | None
    ) -> None:
        """Override parameters of a node from its next execution on; None removes the override."""
        ...

    def tweaks(self, bot_id: str, strategy_id: str | None) -> dict[str, dict[str, Any]]: ...

    def beat(self, owner: str, ttl_ms: int, working: Collection[str] = (), about: str = "") -> None:
        """Record a heartbeat of the worker process `owner`, valid for `ttl_ms`.

        `working` are the tokens of the claims at work: no other worker takes them over, even past their time.
        `about` describes the process (JSON).
        """
        ...

    def pump(self) -> int:
        """Move due delayed deliveries into their queues, and return their number."""
        ...
