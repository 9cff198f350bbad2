"""Run state in Redis: one hash per run, one atomic script per step.

Ready nodes go directly into the broker's queues.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, cast

import orjson
from loguru import logger
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError, ResponseError

from argosy.core.safety.emergency import EmergencyFlag, stored_flag
from argosy.graph.compiled import CompiledWorkflow
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
from argosy.infrastructure import redis as connections
from argosy.infrastructure.state.envelope import template
from argosy.infrastructure.state.plan import hard_limit, plan_fields
from argosy.infrastructure.state.started import started_data

PATIENCE_S = 60.0
"""Seconds that an outcome waits while Redis refuses writes."""
_REFUSALS = ("OOM", "READONLY", "MISCONF", "NOREPLICAS", "LOADING", "MASTERDOWN")
_CODES = {
    NodeStatus.SUCCESS: "S",
    NodeStatus.FAILED: "F",
    NodeStatus.SKIPPED: "K",
    NodeStatus.CANCELLED: "C",
}
_STATUSES = {code: status for status, code in _CODES.items()} | {
    "R": NodeStatus.RUNNING,
    "W": NodeStatus.RETRYING,
}


@cache
def _script(name: str) -> str:
    folder = files("argosy.infrastructure.state") / "lua"
    return (folder / "common.lua").read_text() + (folder / f"{name}.lua").read_text()


class RedisRunStore:
    """Run store of the workers.

    `run_ttl_s` is the time in seconds for which a finished run's state stays, for live views.
    """

    def __init__(self, url: str, *, prefix: str = connections.PREFIX, run_ttl_s: int = 900) -> None:
        self._url = url
        self._prefix = prefix
        self._run_ttl_s = run_ttl_s
        self._scripts: dict[tuple[int, str], Any] = {}

    def _call(self, name: str, *args: Any) -> Any:
        client = connections.client(self._url)
        script = self._scripts.get((id(client), name))
        if script is None:
            script = self._scripts[id(client), name] = client.register_script(_script(name))
        return script(keys=[self._prefix], args=args)

    # --- launch -----------------------------------------------------------------------------------------

    def launch(self, meta: RunMeta, workflow: CompiledWorkflow, *, exclusive: bool = True) -> Launched:
        heads: list[str] = []
        for key in workflow.heads:
            node = workflow.nodes[key]
            heads += [key, node.queue, hard_limit(node)]
        arguments = (
            meta.run_id,
            orjson.dumps(dataclasses.asdict(meta)),
            template(meta.run_id, meta.correlation_id),
            int(exclusive),
            len(workflow.nodes),
            self._run_ttl_s,
            started_data(meta, workflow),
            len(workflow.heads),
            *heads,
        )
        reply = self._call("launch", *arguments)
        if reply[0] == b"noplan":
            connections.client(self._url).hset(
                f"{self._prefix}plan:{meta.digest}", mapping=cast("Any", plan_fields(workflow))
            )
            reply = self._call("launch", *arguments)
        if reply[0] == b"ok":
            return Launched(started=True)
        return Launched(started=False, reason=reply[0].decode(), active_run=reply[1].decode())

    def workflow_document(self, digest: str) -> Mapping[str, Any] | None:
        raw = cast(
            "bytes | None", connections.client(self._url).hget(f"{self._prefix}plan:{digest}", "document")
        )
        return None if raw is None else orjson.loads(raw)

    # --- one node ---------------------------------------------------------------------------------------

    def begin(self, run_id: str, key: str, token: str) -> Begun:
        return _begun(self._call("begin", run_id, key, token, token.partition("#")[0]))

    def finish(self, run_id: str, key: str, token: str, outcome: Outcome) -> Advanced:
        arguments: list[Any] = [
            run_id,
            key,
            token,
            token.partition("#")[0],
            _CODES.get(outcome.status, "F"),
            outcome.branch or "",
            f"{outcome.execution_ms:.3f}",
            (outcome.reason or "").replace("|", "/"),
            outcome.worker,
            outcome.data,
            outcome.outputs or b"",
            "" if outcome.retry_in_ms is None else outcome.retry_in_ms,
            _meaning(outcome),
            outcome.opportunities,
            outcome.actions,
            int(outcome.inline),
            len(outcome.events),
        ]
        for event in outcome.events:
            arguments += [event.type, event.timestamp, orjson.dumps(event.data)]
        reply = self._patiently("finish", *arguments)
        if reply[0] == b"lost":
            return Advanced(accepted=False)
        return Advanced(
            accepted=True,
            closed=reply[1] == 1,
            inline=_begun(reply[2]) if len(reply) > 2 else None,
        )

    def release(self, run_id: str, key: str, token: str, reason: str) -> int:
        return int(self._call("release", run_id, key, token, reason.replace("|", "/")))

    def unrunnable(self, run_id: str) -> str | None:
        raw = cast("bytes | None", connections.client(self._url).hget(self._run(run_id), "unknown"))
        return None if raw is None else raw.decode()

    def _run(self, run_id: str) -> str:
        return f"{self._prefix}run:{run_id}"

    def _patiently(self, name: str, *args: Any) -> Any:
        """Call a script, and call it again while Redis refuses writes.

        Reasons are full memory, a full disk or a replica. The work is already done, so its outcome must not be
        lost. Raises the refusal after PATIENCE_S.
        """
        ends = time.monotonic() + PATIENCE_S
        pause_s = 0.1
        while True:
            try:
                return self._call(name, *args)
            except ResponseError as error:
                if not refuses_writes(error) or time.monotonic() + pause_s > ends:
                    raise
                logger.warning("Redis refuses writes ({}); an outcome waits to be stored", error)
                time.sleep(pause_s)
                pause_s = min(pause_s * 2, 1.0)

    # --- runs -------------------------------------------------------------------------------------------

    def cancel(self, run_id: str, reason: str, *, status: RunStatus = "cancelled") -> bool:
        return bool(self._call("cancel", run_id, reason, status))

    def abort(self, run_id: str, reason: str, *, status: RunStatus = "failed") -> bool:
        return bool(self._call("abort", run_id, status, reason))

    def revive(self, run_id: str) -> list[str]:
        return [key.decode() for key in self._call("revive", run_id)]

    def active(self) -> list[ActiveRun]:
        rows = cast(
            "list[tuple[bytes, float]]",
            connections.client(self._url).zrange(f"{self._prefix}runs:active", 0, -1, withscores=True),
        )
        return [ActiveRun(run_id.decode(), int(score)) for run_id, score in rows]

    def meta(self, run_id: str) -> RunMeta | None:
        raw = cast("bytes | None", connections.client(self._url).hget(f"{self._prefix}run:{run_id}", "meta"))
        return None if raw is None else _meta(raw)

    def snapshot(self, run_id: str) -> RunSnapshot | None:
        client = connections.client(self._url)
        fields = cast("dict[bytes, bytes]", client.hgetall(f"{self._prefix}run:{run_id}"))
        if b"meta" not in fields:
            return None
        meta = _meta(fields[b"meta"])
        raw_keys = cast("bytes | None", client.hget(f"{self._prefix}plan:{meta.digest}", "keys"))
        keys: list[str] = orjson.loads(raw_keys) if raw_keys else []
        return RunSnapshot(
            meta=meta,
            status=cast("RunStatus", fields[b"status"].decode()),
            reason=fields.get(b"reason", b"").decode() or None,
            finished_ms=int(fields[b"finished"]) if b"finished" in fields else None,
            counts={
                name: int(fields.get(name.encode(), 0))
                for name in ("success", "failed", "skipped", "cancelled")
            },
            opportunities=int(fields.get(b"opportunities", 0)),
            actions=int(fields.get(b"actions", 0)),
            cancel=fields[b"cancel"].decode() if b"cancel" in fields else None,
            nodes={
                key: _node_snapshot(key, fields.get(f"s:{key}".encode()), fields.get(f"o:{key}".encode()))
                for key in keys
            },
        )

    # --- tweaks -----------------------------------------------------------------------------------------

    def tweak(
        self, bot_id: str, strategy_id: str | None, node_id: str, params: Mapping[str, Any] | None
    ) -> None:
        client = connections.client(self._url)
        name = f"{self._prefix}tweak:{bot_id}:{strategy_id or '-'}"
        if params is None:
            client.hdel(name, node_id)
        else:
            client.hset(name, node_id, cast("Any", orjson.dumps(params)))

    def tweaks(self, bot_id: str, strategy_id: str | None) -> dict[str, dict[str, Any]]:
        rows = cast(
            "dict[bytes, bytes]",
            connections.client(self._url).hgetall(f"{self._prefix}tweak:{bot_id}:{strategy_id or '-'}"),
        )
        return {node.decode(): orjson.loads(params) for node, params in rows.items()}

    # --- workers ----------------------------------------------------------------------------------------

    def owner_alive(self, owner: str) -> bool:
        """Return True if a process may still work: by its heartbeat, or seen by its machine.

        If Redis does not answer, or could not take heartbeats a moment ago, the process counts as alive. So no
        other process interferes.
        """
        try:
            return bool(self._call("alive", owner))
        except RedisError:
            return True

    def beat(self, owner: str, ttl_ms: int, working: Collection[str] = (), about: str = "") -> None:
        tokens = "|" + "".join(f"{token}|" for token in working)
        self._call("beat", owner, ttl_ms, tokens, about)

    def quiet(self, after_ms: int) -> list[tuple[str, dict[str, Any]]]:
        """Return processes without a heartbeat for `after_ms`, each with its description.

        Empty while heartbeats were impossible for everyone.
        """
        reply = self._call("quiet", after_ms)
        return [
            (owner.decode(), orjson.loads(about) if about else {})
            for owner, about in zip(reply[::2], reply[1::2], strict=True)
        ]

    def mark_silent(self, owner: str, for_ms: int) -> int:
        """Record that the process exists without a heartbeat, so that it keeps its claims.

        Returns the silence in milliseconds.
        """
        return int(self._call("mark_silent", owner, for_ms))

    def forget_worker(self, owner: str) -> None:
        """Remove a process that has ended."""
        client = connections.client(self._url)
        client.zrem(f"{self._prefix}workers", owner)
        client.delete(f"{self._prefix}worker:{owner}", f"{self._prefix}silent:{owner}")

    def pump(self) -> int:
        return int(self._call("pump"))


def refuses_writes(error: ResponseError) -> bool:
    """Return True if the server as a whole takes no writes for now."""
    text = str(error)
    return isinstance(error, (OutOfMemoryError, ReadOnlyError)) or text.startswith(_REFUSALS)


def _meaning(outcome: Outcome) -> str:
    """Return the outcome's consequence for the run; see finish.lua."""
    if outcome.status is NodeStatus.CANCELLED:
        return outcome.stop
    return "1" if outcome.failure else ""


def _meta(raw: bytes) -> RunMeta:
    return RunMeta(**orjson.loads(raw))


def _begun(reply: list[Any]) -> Begun:
    verdict = Verdict(reply[0].decode())
    if verdict is Verdict.GONE:
        return Begun(verdict)
    meta = _meta(reply[1])
    if verdict is not Verdict.RUN:
        return Begun(verdict, meta)
    _, _, key, token, attempt, lost, overran, cancel, scopes = reply[:9]
    at = 9
    flags: list[EmergencyFlag] = []
    for _ in range(scopes):
        flag = stored_flag(reply[at].decode(), reply[at + 1])
        if flag is not None:
            flags.append(flag)
        at += 2
    tweaks = orjson.loads(reply[at]) if reply[at] else {}
    at += 1
    sources: dict[str, SourceState] = {}
    while at < len(reply):
        sources[reply[at].decode()] = _source(reply[at + 1], reply[at + 2])
        at += 3
    return Begun(
        verdict=verdict,
        meta=meta,
        key=key.decode(),
        token=token.decode(),
        attempt=attempt,
        lost=lost,
        overran=bool(overran),
        cancel_reason=cancel.decode() if cancel else None,
        flags=tuple(flags),
        tweaks=tweaks,
        sources=sources,
    )


def _source(record: bytes | None, outputs: bytes | None) -> SourceState:
    if record is None:
        return SourceState(NodeStatus.PENDING, None, None)
    parts = record.decode().split("|", 6)
    status = _STATUSES[parts[0]]
    return SourceState(status, parts[2] or None if status.final else None, outputs)


def _node_snapshot(key: str, record: bytes | None, outputs: bytes | None) -> NodeSnapshot:
    if record is None:
        return NodeSnapshot(key, NodeStatus.PENDING, 0, None, None, None, None, None, None)
    parts = record.decode().split("|", 6)
    status = _STATUSES[parts[0]]
    attempt = int(parts[1])
    if status is NodeStatus.RUNNING:
        return NodeSnapshot(key, status, attempt, None, int(parts[5]), None, parts[2], None, None)
    if status is NodeStatus.RETRYING:
        why = parts[3] if len(parts) > 3 else ""
        return NodeSnapshot(key, status, attempt, None, None, None, None, why or None, None)
    _, _, branch, started, execution, worker, reason = parts
    return NodeSnapshot(
        key=key,
        status=status,
        attempt=attempt,
        branch=branch or None,
        started_ms=int(started) if started else None,
        execution_ms=float(execution) if execution else None,
        worker=worker or None,
        reason=reason or None,
        outputs=outputs,
    )
