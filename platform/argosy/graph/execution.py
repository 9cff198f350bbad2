"""Execution of one node: claim, decide, call, store; a failure is data, never an exception."""

from __future__ import annotations

import dataclasses
import itertools
import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson

from argosy.core.clock import Clock, from_ms
from argosy.core.money import exact
from argosy.core.safety.emergency import EmergencyState, worst
from argosy.core.scope import PLATFORM_SCOPE, Scope
from argosy.errors import (
    ArgosyError,
    AwaitingHuman,
    InvalidInput,
    NodeError,
    NodeHeld,
    OutputInvalid,
    RateLimited,
    UnknownNodeType,
)
from argosy.graph.compiled import CompiledNode, CompiledWorkflow
from argosy.graph.context import NodeContext
from argosy.graph.failure import Failure, failure_of, stack_of
from argosy.graph.interrupts import is_stop_request
from argosy.graph.liveness import resolve
from argosy.graph.node import RetryPolicy
from argosy.graph.preview import preview, preview_values
from argosy.graph.runs import Begun, NodeStatus, Outcome, RunMeta, RunStore, Verdict
from argosy.graph.timeout import time_limit
from argosy.graph.working import Work, Working

_LONGEST_DELAY_S = 86_400.0
MAX_LOST = 2
"""Largest number of workers that may die with a node; one more fails the node.

The node then probably kills its worker.
"""


class Workflows(Protocol):
    """Cache of compiled workflows by digest."""

    def get(self, digest: str) -> CompiledWorkflow: ...


class ContextFactory(Protocol):
    """Factory of node contexts, provided by the composition root."""

    def __call__(
        self,
        meta: RunMeta,
        node: CompiledNode,
        *,
        attempt: int,
        due: datetime,
        timeout_s: float,
        emergency: EmergencyState,
    ) -> NodeContext: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of executions.

    `line_budget_s` is the time in seconds that one message may continue a fused line. After that the broker gets
    the rest.
    """

    output_bytes: int = 65_536
    preview_bytes: int = 600
    line_budget_s: float = 0.25

    @property
    def inputs_preview_bytes(self) -> int:
        """Preview size of inputs: half that of outputs, as the predecessor's event shows the rest."""
        return self.preview_bytes // 2


class NodeExecutor:
    """Executor of nodes for workers, replay and tests; only store, contexts and clock differ.

    `owner` names this process in claims. `redact` removes secrets from text that leaves the worker. `around`
    binds logs and outgoing requests to the execution. `watch` False leaves time limits to the caller. `log` (a
    Loguru logger) receives failures. `on_unknown` is called for nodes handed back, `on_deadly` for nodes that
    ended their workers.
    """

    def __init__(
        self,
        store: RunStore,
        workflows: Workflows,
        contexts: ContextFactory,
        clock: Clock,
        *,
        owner: str,
        limits: Limits | None = None,
        redact: Callable[[str], str] = lambda text: text,
        watch: bool = True,
        around: Callable[[NodeContext], AbstractContextManager[Any]] = nullcontext,
        log: Any = None,
        working: Working | None = None,
        on_unknown: Callable[[RunMeta, UnknownNodeType, int], None] = lambda *_: None,
        on_deadly: Callable[[RunMeta, CompiledNode, str], None] = lambda *_: None,
    ) -> None:
        self._store = store
        self._workflows = workflows
        self._contexts = contexts
        self._clock = clock
        self._owner = owner
        self._limits = limits or Limits()
        self._redact = redact
        self._watch = watch
        self._around = around
        self._log = log
        self.working = Working() if working is None else working
        self._on_unknown = on_unknown
        self._on_deadly = on_deadly
        self._tokens = itertools.count(1)

    def execute(self, run_id: str, key: str) -> Verdict:
        """Run the node and the fused nodes behind it.

        No effect if the node is settled, claimed elsewhere or gone; the verdict says which.
        """
        token = f"{self._owner}#{next(self._tokens)}"
        while True:
            work = self.working.start(run_id, key, token)
            if work is None:
                return self._beside(run_id, key)
            verdict, following = self._line(work)
            if following is None:
                return verdict
            key = following

    def _beside(self, run_id: str, key: str) -> Verdict:
        """Drop a second delivery of a node that this process works on.

        If the process dies, the sweep enqueues the node again.
        """
        if self._log is not None:
            self._log.warning("run {}, node {}: delivered twice; this process works on it", run_id, key)
        return Verdict.BUSY

    def _line(self, work: Work) -> tuple[Verdict, str | None]:
        """Run the node and the fused nodes behind it.

        Returns the next node to run if this one was already settled.
        """
        current: Begun | None = None
        ends = time.monotonic() + self._limits.line_budget_s
        at = work
        try:
            begun = current = self._store.begin(work.run_id, work.key, work.token)
            if begun.verdict is Verdict.SETTLED and begun.meta is not None:
                # A worker may have died after it settled this node and before it began the next: follow the line.
                return begun.verdict, self._fused_behind(begun.meta.digest, work.key)
            while current is not None and current.verdict is Verdict.RUN:
                outcome = self._attempt(current, at, fused=time.monotonic() < ends)
                current = self._store.finish(work.run_id, current.key, work.token, outcome).inline
                if current is not None and current.verdict is Verdict.RUN:
                    at = self.working.move(at, current.key)
        except UnknownNodeType as error:
            assert current is not None  # only an attempt raises it
            self._hand_back(current, error)
        finally:
            self.working.end(at)
        return begun.verdict, None

    def _fused_behind(self, digest: str, key: str) -> str | None:
        try:
            return self._workflows.get(digest).nodes[key].fused_next
        except UnknownNodeType:
            return None  # the sweep enqueues the successor

    def _hand_back(self, begun: Begun, error: UnknownNodeType) -> None:
        """Return a node to its queue for another worker that may know the type.

        The delay grows until the run's deadline ends it.
        """
        assert begun.meta is not None
        reason = self._redact(
            f"{error.code}: {error.found or error.message} (worker {self._owner.partition(':')[0]})"
        )
        delay_ms = self._store.release(begun.meta.run_id, begun.key, begun.token, reason)
        self._on_unknown(begun.meta, error, delay_ms)

    def give_up(self, work: Work) -> bool:
        """Fail a node that did not stop at its time limit; called from another thread.

        Returns False when the node ended meanwhile. A late outcome of the node is refused. The caller ends the
        process, because the thread cannot be stopped.
        """
        if work.begun is None or work.node is None or work.given_up:
            return False
        late_s = time.monotonic() - work.began
        error = NodeHeld(
            f"node {work.key} took longer than its limit of {work.limit_s:g} s and did not stop",
            found=f"still at work after {late_s:.0f} s",
            remedy="its worker process is ended; give calls in the node a time limit of their own",
        )
        failure = dataclasses.replace(
            failure_of(error, self._redact, with_traceback=False),
            traceback=stack_of(work.thread_id, self._redact),
        )
        outcome = self._failed(work.begun, work.node, error, work.began_ms, work.began, (), failure=failure)
        work.given_up = self._store.finish(work.run_id, work.key, work.token, outcome).accepted
        if work.given_up and work.begun.meta is not None:
            self._on_deadly(work.begun.meta, work.node, failure.reason)
        return work.given_up

    # --- one attempt ------------------------------------------------------------------------------------

    def _attempt(self, begun: Begun, work: Work, *, fused: bool) -> Outcome:
        meta = begun.meta
        assert meta is not None  # RUN always carries it
        started_ms = self._clock.now_ms()
        started = time.perf_counter()
        node: CompiledNode | None = None
        try:
            node = self._workflows.get(meta.digest).nodes[begun.key]
            return self._run(begun, meta, node, work, started_ms, started, fused=fused)
        except UnknownNodeType:
            raise
        except BaseException as error:
            if is_stop_request(error):
                raise
            return self._failed(begun, node, error, started_ms, started, ())

    def _run(
        self,
        begun: Begun,
        meta: RunMeta,
        node: CompiledNode,
        work: Work,
        started_ms: int,
        started: float,
        *,
        fused: bool,
    ) -> Outcome:
        state, why, scope = _effective(begun)
        stop = _stopped(begun, meta, state, why, scope, started_ms)
        if stop is not None:
            return self._without_running(
                NodeStatus.CANCELLED, stop.reason, begun, node, started_ms, fused=fused, stop=stop.code
            )
        ready = resolve(node, begun.sources)
        if ready.skip is not None:
            return self._without_running(NodeStatus.SKIPPED, ready.skip, begun, node, started_ms, fused=fused)
        if state is EmergencyState.HALT and node.type.category == "executor" and not node.type.reduces:
            refusal = f"side effects are refused: {why}"
            return self._without_running(NodeStatus.CANCELLED, refusal, begun, node, started_ms, fused=fused)
        if begun.overran or begun.lost > MAX_LOST:
            raise self._deadly(begun, meta, node)
        params = node.params
        if begun.tweaks:
            params = node.type.parse_params({**node.raw_params, **begun.tweaks})
        # Before the call: a node may change its inputs.
        given, given_cut = preview_values(ready.inputs, self._limits.inputs_preview_bytes)
        inputs: Mapping[str, Any] = {name: node.type.parse_input(name, v) for name, v in ready.inputs.items()}
        timeout_s = min(node.timeout_s, max((meta.deadline_ms - started_ms) / 1000, 0.001))
        context = self._contexts(
            meta,
            node,
            attempt=begun.attempt,
            due=from_ms(meta.started_ms if meta.due_ms is None else meta.due_ms),
            timeout_s=timeout_s,
            emergency=state,
        )
        work.begun, work.node = begun, node
        work.began, work.began_ms, work.limit_s = time.monotonic(), started_ms, timeout_s
        try:
            limit = time_limit(timeout_s, f"node {node.key}") if self._watch else nullcontext()
            with self._around(context), limit, exact.isolated_decimal_context():
                result = node.type.call(context, params, inputs)
            outputs = node.type.dump_outputs(result)
            if len(outputs) > self._limits.output_bytes:
                raise OutputInvalid(
                    f"the outputs of {node.key} are too large",
                    expected=f"at most {self._limits.output_bytes} bytes of JSON",
                    found=f"{len(outputs)} bytes",
                    remedy="pass a reference, or select what later nodes need",
                )
        except UnknownNodeType:
            raise  # raised for a node of a sub-workflow
        except BaseException as error:
            if is_stop_request(error):
                raise
            with self._around(context):
                return self._failed(begun, node, error, started_ms, started, context.events, context.actions)
        branch = getattr(result, "branch", None) if node.type.branches else None
        elapsed_ms = (time.perf_counter() - started) * 1000
        shown, truncated = preview(outputs, self._limits.preview_bytes)
        return Outcome(
            status=NodeStatus.SUCCESS,
            data=self._data(
                begun,
                node,
                "success",
                started_ms,
                elapsed_ms,
                {"outputs": shown, "inputs": given, "truncated": truncated or given_cut}
                | ({"branch": branch} if branch is not None else {}),
            ),
            outputs=outputs,
            branch=branch,
            execution_ms=elapsed_ms,
            worker=self._owner,
            events=tuple(context.events),
            opportunities=sum(event.type == "opportunity" for event in context.events),
            actions=context.actions,
            inline=fused and node.fused_next is not None,
        )

    def _deadly(self, begun: Begun, meta: RunMeta, node: CompiledNode) -> NodeError:
        """Return the error of a node that ended or blocked its worker processes."""
        error: NodeError
        if begun.overran:
            error = NodeHeld(
                f"the worker stood still past the node's limit of {node.timeout_s:g} s and was ended",
                remedy="look for code that keeps the interpreter to itself (large numbers, patterns, native calls)",
            )
        else:
            error = NodeError(
                f"the worker died {begun.lost} times while it ran this node",
                remedy="look for what kills the process (memory, native code) in the worker's log",
            )
        self._on_deadly(meta, node, error.message)
        return error

    def _without_running(
        self,
        status: NodeStatus,
        reason: str,
        begun: Begun,
        node: CompiledNode,
        started_ms: int,
        *,
        fused: bool,
        stop: str = "",
    ) -> Outcome:
        return Outcome(
            status=status,
            stop=stop,
            data=self._data(
                begun,
                node,
                status.value,
                started_ms,
                0.0,
                {"outputs": {}, "truncated": False, "reason": reason},
            ),
            reason=reason,
            worker=self._owner,
            inline=fused and node.fused_next is not None,
        )

    def _failed(
        self,
        begun: Begun,
        node: CompiledNode | None,
        error: BaseException,
        started_ms: int,
        started: float,
        events: Any,
        actions: int = 0,
        *,
        failure: Failure | None = None,
    ) -> Outcome:
        elapsed_ms = max(time.perf_counter() - started, 0) * 1000
        waits = isinstance(error, AwaitingHuman)
        failure = failure or failure_of(error, self._redact, with_traceback=not waits)
        retry_in_ms = None if node is None else _retry_in_ms(node.retry, begun.attempt, error)
        if not waits:
            self._report(begun, failure, error, retry_in_ms)
        data = self._given(begun, node) | {"outputs": {}, "error": failure.to_json()}
        if retry_in_ms is not None:
            data["retryIn"] = retry_in_ms
        status = "failed" if retry_in_ms is None else "running"
        return Outcome(
            status=NodeStatus.FAILED,
            data=self._data(begun, node, status, started_ms, elapsed_ms, data),
            execution_ms=elapsed_ms,
            reason=failure.reason,
            worker=self._owner,
            retry_in_ms=retry_in_ms,
            failure=node is None or node.on_error == "fail",
            events=tuple(events),
            opportunities=sum(event.type == "opportunity" for event in events),
            actions=actions,
        )

    def _given(self, begun: Begun, node: CompiledNode | None) -> dict[str, Any]:
        """Return a preview of a failed node's inputs.

        Unreadable inputs, possibly the failure itself, give no preview.
        """
        if node is None:
            return {"truncated": False}
        try:
            given = resolve(node, begun.sources).inputs
        except (KeyError, ValueError):
            return {"truncated": False}
        shown, cut = preview_values(given, self._limits.inputs_preview_bytes)
        return {"inputs": shown, "truncated": cut}

    def _report(self, begun: Begun, failure: Failure, error: BaseException, retry_in_ms: int | None) -> None:
        """Log the failure with run and node, without a traceback if a known error will be retried."""
        if self._log is None:
            return
        passing = retry_in_ms is not None and isinstance(error, ArgosyError)
        run_id = "" if begun.meta is None else begun.meta.run_id
        then = "the node failed" if retry_in_ms is None else f"the node is tried again in {retry_in_ms} ms"
        self._log.opt(exception=None if passing else error).log(
            "INFO" if passing else "WARNING",
            "run {}, node {}, attempt {}: {}; {}", run_id, begun.key, begun.attempt, failure.reason, then,
        )  # fmt: skip

    def _data(
        self,
        begun: Begun,
        node: CompiledNode | None,
        status: str,
        started_ms: int,
        elapsed_ms: float,
        more: Mapping[str, Any],
    ) -> bytes:
        return orjson.dumps(
            {
                "status": status,
                "attempt": begun.attempt,
                "type": "" if node is None else node.type.name,
                "startedAt": started_ms,
                "executionTimeMs": round(elapsed_ms, 3),
                "worker": self._owner,
                "tweaked": bool(begun.tweaks),
                **more,
            }
        )


def _effective(begun: Begun) -> tuple[EmergencyState, str, str]:
    """Return the effective emergency state, the reason and its scope.

    The state is HALT while the platform's own flag is unknown.
    """
    if not any(flag.scope == PLATFORM_SCOPE for flag in begun.flags):
        missing = "the platform's emergency flag is missing, which counts as HALT"
        found = worst(begun.flags)
        if found is None or found.state < EmergencyState.HALT:
            return EmergencyState.HALT, missing, PLATFORM_SCOPE
    flag = worst(begun.flags)
    assert flag is not None  # the platform's flag or a stricter one is present
    return flag.state, f"{flag.scope} is {flag.state.name}: {flag.reason}", flag.scope


@dataclass(frozen=True, slots=True)
class _Stop:
    """Reason to start no more nodes of a run.

    `code` names the cause that fails the run. "" leaves the run cancelled, as requested.
    """

    reason: str
    code: str = ""


def _stopped(
    begun: Begun, meta: RunMeta, state: EmergencyState, why: str, scope: str, now_ms: int
) -> _Stop | None:
    """Return the reason to cancel the node, else None.

    SHUTDOWN of a strategy cancels its nodes alone: the bot's run continues around it, as requested.
    """
    if begun.cancel_reason is not None:
        return _Stop(f"run cancelled: {begun.cancel_reason}")
    if state is EmergencyState.SHUTDOWN:
        return _Stop(why, "" if Scope.from_text(scope).kind == "strategy" else "run_shutdown")
    return _Stop("the run's deadline has passed", "run_deadline") if now_ms >= meta.deadline_ms else None


def _retry_in_ms(policy: RetryPolicy, attempt: int, error: BaseException) -> int | None:
    """Return the milliseconds until the next attempt, None if there is none.

    The delay is exponential, scaled by a random factor of 0.5 to 1.
    """
    if attempt >= policy.max_attempts or not getattr(error, "retryable", False):
        return None
    if isinstance(error, InvalidInput):
        return None
    delay_s = policy.delay_after(attempt)
    if policy.jitter:
        delay_s *= random.uniform(0.5, 1.0)  # noqa: S311 - spreading load, not a secret
    if isinstance(error, RateLimited):
        # The number comes from outside: NaN and infinity count as the longest delay.
        asked_s = error.retry_after_s if error.retry_after_s <= _LONGEST_DELAY_S else _LONGEST_DELAY_S
        delay_s = max(delay_s, asked_s)
    return max(int(delay_s * 1000), 1)
