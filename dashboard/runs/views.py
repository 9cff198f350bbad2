"""Reads of runs: history for final states, run state and event stream for newer ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from argosy.errors import Conflict, InvalidInput, NotFound
from argosy.graph.runs import RunSnapshot
from argosy.infrastructure.storage.history import executions
from argosy.infrastructure.storage.history import runs as history
from argosy.infrastructure.storage.records import RunRecord
from dashboard.live.now import Now
from dashboard.ports import Ports
from dashboard.runs import inputs
from dashboard.runs import nodes as node
from dashboard.runs import summaries as run
from dashboard.runs.wire import NodeState, RunDetail, RunPage, RunQuery, RunSummary
from dashboard.system.outside import call

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)
_FINAL_NODE = frozenset({"success", "failed", "skipped", "cancelled"})
_RAN = frozenset({"running", "success", "failed"})


class RunViews:
    def __init__(self, ports: Ports, now: Now) -> None:
        self._ports = ports
        self._now = now

    async def page(self, query: RunQuery) -> RunPage:
        """Return a page of runs, newest first.

        Raises InvalidInput for an invalid cursor, and for a strategy without its bot.
        """
        if query.strategy is not None and query.bot is None:
            raise InvalidInput(
                "a strategy instance is named together with its bot",
                expected="bot and strategy",
                found="strategy",
            )
        before = None if query.before is None else _before(query.before)
        if query.strategy is not None and query.bot is not None:
            found = await self.of_strategy(query.bot, query.strategy, before=before, limit=query.limit)
        else:
            operation = history.newest(
                bot_id=query.bot, status=query.status, before=before, limit=query.limit
            )
            recorded = [run.of_record(record) for record in await self._ports.database.run(operation)]
            found = merge_runs(recorded, self._now.of_bot(query.bot) if before is None else (), query.limit)
        last = found[-1] if len(found) >= query.limit else None
        items = [each for each in found if query.status in (None, each.status)]
        return RunPage(items=items, next_before=None if last is None else _cursor(last))

    async def of_strategy(
        self, bot_id: str, strategy_id: str, *, before: history.Before | None = None, limit: int = 100
    ) -> list[RunSummary]:
        """Return the runs of a strategy instance, newest first."""
        records = await self._ports.database.run(
            history.of_strategy(bot_id, strategy_id, before=before, limit=limit)
        )
        live = self._now.of_strategy(bot_id, strategy_id) if before is None else ()
        return merge_runs([run.of_strategy(record) for record in records], live, limit)

    async def summary(self, run_id: str) -> RunSummary:
        """Return the newest known summary of a run. Raises NotFound."""
        record = await self._recorded(run_id)
        if record is not None and run.final(record.status):
            return run.of_record(record)
        live = self._now.runs.get(run_id)
        if live is not None and run.final(live.summary.status):
            return live.summary
        snapshot = await call(self._ports.runs.snapshot, run_id)
        if snapshot is not None:
            return run.of_snapshot(snapshot)
        if live is not None:
            return live.current()
        if record is not None:
            return run.of_record(record)
        raise _unknown(run_id)

    async def detail(self, run_id: str) -> RunDetail:
        """Return a run with its nodes. Raises NotFound."""
        record = await self._recorded(run_id)
        done = record is not None and run.final(record.status)
        snapshot = None if done else await call(self._ports.runs.snapshot, run_id)
        if record is None and snapshot is None:
            raise _unknown(run_id)
        stored = await self._ports.database.run(executions.of_run(run_id))
        nodes = {(each.strategy_id, each.node_id): node.of_record(each) for each in stored}
        digest = "" if record is None else record.workflow_digest
        summary = None if record is None else run.of_record(record)
        if snapshot is not None:
            digest = snapshot.meta.digest
            summary = run.of_snapshot(snapshot)
            document = await call(self._ports.runs.workflow_document, digest)
            self._overlay(nodes, snapshot, document)
        assert summary is not None  # the record or the snapshot exists
        return RunDetail(
            **{name: getattr(summary, name) for name in RunSummary.model_fields},
            workflow_digest=digest,
            nodes=node_sort(nodes.values()),
        )

    async def node(self, run_id: str, node_id: str, strategy_id: str | None) -> NodeState:
        """Return one node of a run. Raises NotFound.

        Outputs and inputs are complete while the run's state is kept; later they are those of history.
        """
        stored = await self._ports.database.run(executions.of_node(run_id, node_id, strategy_id))
        snapshot = await call(self._ports.runs.snapshot, run_id)
        key = node_id if strategy_id is None else f"{strategy_id}/{node_id}"
        live = None if snapshot is None else snapshot.nodes.get(key)
        base = None if stored is None else node.of_record(stored)
        event = self._event(run_id, strategy_id, node_id)
        if base is None or (event is not None and base.status not in _FINAL_NODE):
            base = event or base
        if snapshot is None or live is None:
            if base is None:
                raise NotFound("there is no such node in this run", found=f"{key} in {run_id}")
            return base
        document = await call(self._ports.runs.workflow_document, snapshot.meta.digest)
        whole = node.of_snapshot(run_id, live, inputs.types_of(document).get(key))
        taken = inputs.of_node(document, snapshot, key)
        if base is None:
            return whole.model_copy(update={"inputs": taken})
        known = live.outputs is not None
        return base.model_copy(
            update={
                "status": whole.status if base.status not in _FINAL_NODE else base.status,
                "outputs": whole.outputs if known else base.outputs,
                "inputs": taken if taken is not None else base.inputs,
                "truncated": base.truncated and not known,
            }
        )

    async def cancel(self, run_id: str, reason: str) -> RunSummary:
        """Ask a run to stop. Raises NotFound, and Conflict when the run is over."""
        if not await call(self._ports.runs.cancel, run_id, reason):
            raise _over(await self.summary(run_id))
        return await self.summary(run_id)

    async def running(self, run_id: str) -> RunSummary:
        """Return an active run. Raises NotFound, and Conflict when the run is over."""
        found = await self.summary(run_id)
        if found.status != "running":
            raise _over(found)
        return found

    # --- inside -----------------------------------------------------------------------------------------

    async def _recorded(self, run_id: str) -> RunRecord | None:
        try:
            return await self._ports.database.run(history.get(run_id))
        except NotFound:
            return None

    def _event(self, run_id: str, strategy_id: str | None, node_id: str) -> NodeState | None:
        live = self._now.runs.get(run_id)
        if live is None:
            return None
        event = self._now.nodes.get((live.summary.bot_id, strategy_id), {}).get(node_id)
        return node.of_event(event) if event is not None and event.run_id == run_id else None

    def _overlay(
        self,
        nodes: dict[tuple[str | None, str], NodeState],
        snapshot: RunSnapshot,
        document: Mapping[str, Any] | None,
    ) -> None:
        """Replace nodes that are not final in history by the event's state, else the run's."""
        types = inputs.types_of(document)
        for key, live in snapshot.nodes.items():
            state = node.of_snapshot(snapshot.meta.run_id, live, types.get(key))
            place = (state.strategy_id, state.node_id)
            present = nodes.get(place)
            if present is not None and present.status in _FINAL_NODE:
                continue
            event = self._event(snapshot.meta.run_id, state.strategy_id, state.node_id)
            if event is not None and event.status == state.status:
                nodes[place] = event
                continue
            ran = state.status in _RAN
            given = inputs.of_node(document, snapshot, key) if ran else None
            nodes[place] = state.model_copy(update={"inputs": given})


def merge_runs(recorded: Iterable[RunSummary], live: Iterable[RunSummary], limit: int) -> list[RunSummary]:
    """Merge runs, newest first; a final state in history wins over a live one."""
    found = {each.id: each for each in recorded}
    for each in live:
        present = found.get(each.id)
        if present is None or not run.final(present.status):
            found[each.id] = each
    return sorted(found.values(), key=lambda each: (each.started_at, each.id), reverse=True)[:limit]


def _unknown(run_id: str) -> NotFound:
    return NotFound("there is no such run", found=run_id, remedy="`argosy runs list` shows the newest")


def _cursor(last: RunSummary) -> str:
    return f"{(last.started_at - _EPOCH) // timedelta(microseconds=1)}.{last.id}"


def _before(cursor: str) -> history.Before:
    micros, dot, run_id = cursor.partition(".")
    refusal = InvalidInput(
        "`before` is no cursor", expected="the nextBefore of the page before", found=repr(cursor[:80])
    )
    if not (dot and run_id.isprintable() and micros.isascii() and micros.isdigit() and len(micros) < 18):
        raise refusal
    at = _EPOCH + timedelta(microseconds=int(micros))
    if at >= _LATEST:
        raise refusal
    return at, run_id


def node_sort(states: Iterable[NodeState]) -> list[NodeState]:
    """Sort nodes by their start; nodes that have not started come last."""

    def order(state: NodeState) -> tuple[bool, Any, str]:
        return state.started_at is None, state.started_at or _EPOCH, state.node_id

    return sorted(states, key=order)


def _over(run: RunSummary) -> Conflict:
    return Conflict("the run is over and cannot be cancelled", expected="a running run", found=run.status)
