"""The state of a run as the engine sees it: launch, begin a node, finish it, and what comes next.

Delivery is at least once and any process may die between two instructions, so every step is one atomic
operation of the store: `begin` claims a node, `finish` stores its outcome, counts the joins and enqueues what
has become ready. A delivery that comes twice finds the claim taken or the node settled.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from argosy.core.emergency import EmergencyFlag
from argosy.core.event import Event
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
    """What does not change during a run. Times are Unix ms; `due_ms` is the tick it was scheduled for."""

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
    """`started` False: `reason` says why not, `active_run` which run is in the way."""

    started: bool
    reason: str | None = None
    active_run: str | None = None


class Verdict(StrEnum):
    """What `begin` found.

    RUN: the caller holds the claim. SETTLED: the node is final already. BUSY: a living worker holds it; the
    delivery has been put back for later. GONE: no such run. CLOSED: the run is over.
    """

    RUN = "run"
    SETTLED = "settled"
    BUSY = "busy"
    GONE = "gone"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SourceState:
    """A predecessor, as its successors see it. `outputs` is its JSON, None unless it succeeded."""

    status: NodeStatus
    branch: str | None
    outputs: bytes | None


@dataclass(frozen=True, slots=True)
class Begun:
    """The answer to `begin`; all but `verdict` and `meta` is set only for RUN.

    `lost` counts earlier attempts whose worker died; `overran` says that the last of them stood still past the node's
    time limit first. `flags` are those set along the scope path; the platform's
    own is missing when Redis lost it, which must read as stopped.
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
    """What became of one attempt.

    `data` is the node event's data as JSON; `events` are published with it, in order, before it.
    `retry_in_ms` set means this attempt failed and the node shall run again then. `failure` False marks a
    failure the workflow tolerates (`onError: continue`). A cancelled node ends its run `failed` with an alarm when
    `stop` names the cause (deadline, SHUTDOWN), else `cancelled`. `inline` asks for the next node of a fused line.
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
    """`accepted` False: the claim was lost meanwhile and nothing was stored. `inline`: the next node, claimed."""

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
    """A run as it stands. `cancel` is why somebody asked for its end, while nodes are still at work."""

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
    """Run state by reference. Memory and Redis implementations pass the same contract tests."""

    def launch(self, meta: RunMeta, workflow: CompiledWorkflow, *, exclusive: bool = True) -> Launched:
        """Writes the run and enqueues its heads, in one step.

        With `exclusive` one run of a bot goes at a time: another one active refuses this one. A run id that
        is known already is refused as "duplicate": a tick delivered twice starts one run.
        """
        ...

    def begin(self, run_id: str, key: str, token: str) -> Begun:
        """Claims the node for `token` ("<owner>#<unique>") and reads all it needs, in one step."""
        ...

    def finish(self, run_id: str, key: str, token: str, outcome: Outcome) -> Advanced:
        """Stores the outcome, publishes it, counts joins, enqueues what is ready, closes the run, in one step."""
        ...

    def workflow_document(self, digest: str) -> Mapping[str, Any] | None:
        """The expanded document a run was launched with."""
        ...

    def release(self, run_id: str, key: str, token: str, reason: str) -> int:
        """Hands a node back that this process cannot run; the attempt does not count.

        Returns the delay until its next delivery in ms, -1 when the claim is lost. Every second time it is 0, for a
        worker that waits beside this one; between these it doubles from 1 s to 30 s.
        """
        ...

    def unrunnable(self, run_id: str) -> str | None:
        """Why nodes of the run were handed back, None when none was."""
        ...

    def cancel(self, run_id: str, reason: str, *, status: RunStatus = "cancelled") -> bool:
        """No further node starts; nodes at work go on to their end, and the run ends as `status`.

        False when the run is not active, or was cancelled before.
        """
        ...

    def abort(self, run_id: str, reason: str, *, status: RunStatus = "failed") -> bool:
        """Ends the run now and frees the lock: every node that is not final is cancelled; failed when handed back."""
        ...

    def revive(self, run_id: str) -> list[str]:
        """Enqueues again every node that is ready, that no living worker holds and whose message cannot be in a
        queue any more; returns their keys."""
        ...

    def active(self) -> list[ActiveRun]:
        """Runs that are not final, the longest without progress first."""
        ...

    def meta(self, run_id: str) -> RunMeta | None: ...

    def snapshot(self, run_id: str) -> RunSnapshot | None: ...

    def tweak(
        self, bot_id: str, strategy_id: str | None, node_id: str, params: Mapping[str, Any] | None
    ) -> None:
        """Overrides parameters of a node from its next execution on; None takes the override away."""
        ...

    def tweaks(self, bot_id: str, strategy_id: str | None) -> dict[str, dict[str, Any]]: ...

    def beat(self, owner: str, ttl_ms: int, working: Collection[str] = (), about: str = "") -> None:
        """A heartbeat of the worker process `owner`, valid for `ttl_ms`.

        `working` are the tokens of the claims it works on: nobody takes them over, also past their time. `about`
        describes the process (JSON).
        """
        ...

    def pump(self) -> int:
        """Moves delayed deliveries that are due into their queues; returns how many."""
        ...
