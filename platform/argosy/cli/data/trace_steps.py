"""Steps of an order's way, each with its time and the code that carries it out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from argosy.core.money.exact import text as plain

if TYPE_CHECKING:
    from argosy.core.actions.intent import Intent
    from argosy.infrastructure.storage.actions.trace import StatusChange, Trace

CODE = {
    "tick": "beat_schedule.py: Beat._fire",
    "run starts": "bootstrap/launcher.py: Launcher.run_bot",
    "node starts": "graph/execution.py: NodeExecutor._run",
    "decision": "infrastructure/storage/actions/intents.py: decide",
    "begin": "infrastructure/storage/actions/intents.py: begin",
    "call": "infrastructure/actions/gateway.py: Gateway._call",
    "not sent": "infrastructure/actions/gateway.py: Gateway._carry_out",
    "answer": "infrastructure/actions/gateway.py: Gateway._settle",
    "query": "infrastructure/actions/gateway.py: Gateway.resolve",
    "by hand": "infrastructure/storage/actions/manual_settlement.py: never_arrived",
    "booking": "infrastructure/storage/money/ledger.py: book",
    "cancellation": "infrastructure/actions/gateway.py: Gateway.cancel",
    "reconciliation": "infrastructure/actions/reconcile.py: Reconciler.bot",
    "emergency state": "infrastructure/storage/safety/emergency.py: change",
    "node ends": "infrastructure/state/redis.py: RedisRunStore.finish",
    "run ends": "infrastructure/state/redis.py: RedisRunStore.finish",
    "history": "workers/recorder.py: Recorder._record",
}
"""Module and function of each step, as docs/the-way-of-an-order.md names them."""
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class TraceStep:
    at: datetime
    name: str
    text: str
    code: str


def steps_of(trace: Trace, node_function: str | None) -> list[TraceStep]:
    """Return all steps by time. `node_function` is the code of the node, if its type is known."""
    steps = [*_run(trace, node_function), *_changes(trace), *_money(trace), *_safety(trace), *_end(trace)]
    return sorted(steps, key=lambda step: step.at)  # stable: steps at one time keep the order above


def between(moments: Sequence[datetime]) -> list[float | None]:
    """Return the milliseconds since the moment before, for each moment; None for the first."""
    gaps: list[float | None] = [(b - a) / _MILLISECOND for a, b in pairwise(moments)]
    return [None, *gaps][: len(moments)]


def _step(at: datetime, name: str, text: str, code: str | None = None) -> TraceStep:
    return TraceStep(at, name, text, code or CODE[name])


def _run(trace: Trace, node_function: str | None) -> Iterator[TraceStep]:
    run, node = trace.run, trace.node
    if run is not None:
        if run.scheduled_at is not None:
            yield _step(run.scheduled_at, "tick", f"due time of bot {run.bot_id}")
        yield _step(run.started_at, "run starts", f"{run.id}, trigger {run.trigger}")
    if node is not None:
        text = f"{node.node_id} ({node.type}), attempt {node.attempt}"
        yield _step(node.started_at, "node starts", text, node_function)


def _changes(trace: Trace) -> Iterator[TraceStep]:
    gaps = between([change.at for change in trace.changes])
    for change, gap in zip(trace.changes, gaps, strict=True):
        name = _name(change)
        text = change.after if change.before is None else f"{change.before} → {change.after}"
        text += "" if gap is None else f" after {gap:,.0f} ms"
        text += f", filled {plain(change.filled)}" if change.filled else ""
        text += f": {change.reason}" if change.reason else ""
        yield _step(change.at, name, text)
        if name == "begin":
            yield _step(change.at, "call", f"execute at {trace.intent.action.venue}, at most once")
    if trace.looked_up_at is not None:
        yield _step(trace.looked_up_at, "query", f"query {trace.intent.lookups} at the venue, the newest")


def _name(change: StatusChange) -> str:
    if change.before is None:
        return "decision"
    if change.after == "submitted":
        return "begin"
    if change.actor == "reconciler":
        return "query"
    if change.actor != "gateway":
        return "by hand"
    return "not sent" if change.before == "planned" else "answer"


def _money(trace: Trace) -> Iterator[TraceStep]:
    for each in trace.entries:
        entry = each.entry
        quantity = f"{_signed(entry.quantity)} {entry.symbol}, " if entry.quantity else ""
        amount = f"{_signed(entry.amount)} {entry.currency}"
        yield _step(each.booked_at, "booking", f"{entry.kind}: {quantity}{amount}")


def _signed(amount: Decimal) -> str:
    return f"+{plain(amount)}" if amount > 0 else plain(amount)


def _safety(trace: Trace) -> Iterator[TraceStep]:
    for order in trace.cancellations:
        yield _step(order.decided_at, "cancellation", f"{order.client_id}: {outcome(order)}")
    for found in trace.reconciliations:
        text = f"{found.status} ({found.trigger}), {found.settled} settled, {found.unsettled} unsettled"
        text += f", {len(found.differences)} differences" if found.differences else ""
        yield _step(found.at, "reconciliation", text)
    for state in trace.emergencies:
        text = f"{state.scope}: {state.before} → {state.after} by {state.actor}: {state.reason}"
        yield _step(state.at, "emergency state", text)


def _end(trace: Trace) -> Iterator[TraceStep]:
    run, node, recorded = trace.run, trace.node, trace.recorded
    if recorded is not None:
        # Events carry whole milliseconds: the time of the change itself keeps the order.
        same = (c.at for c in trace.changes if timedelta(0) <= c.at - recorded.updated_at < _MILLISECOND)
        at = max(same, default=recorded.updated_at)
        yield _step(at, "history", f"event {recorded.seq}: {recorded.status}")
    if node is not None and node.execution_time_ms is not None:
        ended = node.started_at + timedelta(milliseconds=node.execution_time_ms)
        yield _step(ended, "node ends", f"{node.node_id}: {node.status}")
    if run is not None and run.finished_at is not None:
        yield _step(run.finished_at, "run ends", f"{run.id}: {run.status}")


def outcome(intent: Intent) -> str:
    """Return the status of an action with its code and reason."""
    why = ", ".join(part for part in (intent.code, intent.reason) if part)
    return f"{intent.status.value} ({why})" if why else intent.status.value
