"""Backtest of one workflow over recordings, in this process, with the parts of the workers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from argosy.bootstrap.catalog import domain_of
from argosy.bootstrap.local import LocalRunner
from argosy.bootstrap.types import domains, registry
from argosy.core.actions.action import Action, ActionResult
from argosy.core.clock import DrivenClock, from_ms
from argosy.core.money.money import bounded
from argosy.core.money.trades import TradeRecord
from argosy.errors import InvalidInput
from argosy.graph.compile import compile_workflow
from argosy.graph.document import WorkflowDocument
from argosy.graph.expansion import Resolve
from argosy.graph.settings import with_settings
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.venuekit.domain import DomainPackage
from argosy.venuekit.replay.session import BacktestPorts, ReplayRequest, ReplaySession

DEFAULT_CAPITAL = Decimal(1000)
MOST_CAPITAL = Decimal(10) ** 15
_START = "strategy.start"
_EARLY_MS = 250
"""Milliseconds that an observation may come before its due time and still be used.

A one-second poller sometimes comes a little early.
"""


def domain_for(document: WorkflowDocument, resolve: Resolve, given: str | None = None) -> DomainPackage:
    """Return the domain of the recordings: the given one, else that of the nodes.

    Raises InvalidInput if it is not clear, or if the domain reads no recordings.
    """
    able = {name: package for name, package in domains().items() if package.replay is not None}
    if given is None and len(able) == 1:
        return next(iter(able.values()))
    name = domain_of(document, resolve, given)
    if name not in able:
        raise InvalidInput(
            f"domain {name} reads no recordings",
            expected="a workflow of " + (" or ".join(sorted(able)) or "a domain with recordings"),
            found=document.id,
        )
    return able[name]


def backtest(
    document: WorkflowDocument,
    resolve: Resolve,
    request: ReplayRequest,
    *,
    domain: str | None = None,
    capital: Decimal | None = None,
    every_s: float = 1.0,
    most_runs: int | None = None,
) -> dict[str, Any]:
    """Backtest `document` over recordings, and return the report.

    A run is due at each recorded observation, at most once every `every_s` seconds. Compiled workflow, node
    functions, claims and gateway are the same as on workers.

    Raises InvalidInput when the workflow cannot run on the recordings.
    """
    package = domain_for(document, resolve, domain)
    assert package.replay is not None
    session: ReplaySession = package.replay(request)
    playback = session.playback
    first = playback.next_moment(-1)
    if first is None:
        raise InvalidInput(
            "the recording shows nothing a run could be due for",
            expected="a recording with observations of the workflow's markets",
            found=session.describe_unreadable() or None,
            remedy="check the file; `--replay` can be repeated to add more of them",
        )
    if capital is None:
        capital = _own_capital(document)
    document = session.prepare(_with_capital(document, capital))
    workflow = compile_workflow(document, registry().for_recordings(), resolve)
    clock, documents = DrivenClock(from_ms(first)), MemoryDocuments()

    def submit(actions: Sequence[Action]) -> list[ActionResult]:
        return runner.submit(actions)

    used = {node.type.name for node in workflow.nodes.values()}
    venues = session.begin(document, used, BacktestPorts(clock, documents, capital, submit))
    runner = LocalRunner(
        workflow,
        clock=clock,
        venues=venues,
        documents=documents,
        domain=package.name,
        capital=capital,
        on_event=session.on_event,
    )
    started = time.perf_counter()
    step_ms = int(every_s * 1000)
    moment: int | None = first
    target_ms = first
    runs = 0
    while moment is not None and (most_runs is None or runs < most_runs):
        if moment > clock.now_ms():
            clock.set(from_ms(moment))
        playback.advance(clock.now_ms())
        runner.run(due=clock.now())
        runs += 1
        session.after_run()
        target_ms = target_ms + step_ms if moment < target_ms + step_ms else moment + step_ms
        moment = playback.next_moment(max(clock.now_ms(), target_ms - min(_EARLY_MS, step_ms) - 1))
    if moment is None:
        session.finish()
    elapsed_ms = (time.perf_counter() - started) * 1000
    journal = runner.journal
    trades = {name: journal.trades(name) or TradeRecord() for name in journal.booked_strategies()}
    return {
        "workflow": {"id": document.id, "digest": workflow.digest},
        **session.report(trades),
        "ticks": playback.seen,
        "from": _iso(first),
        "to": _iso(clock.now_ms()),
        "durationMs": round(elapsed_ms, 1),
        "runsPerSecond": round(runs / (elapsed_ms / 1000), 1) if elapsed_ms else None,
    }


def _iso(ms: int) -> str:
    return from_ms(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _own_capital(document: WorkflowDocument) -> Decimal:
    starts = [node for node in document.nodes if node.type == _START]
    given = starts[0].params.get("capital") if starts else None
    if given is None:
        return DEFAULT_CAPITAL
    return bounded(given, name=f"the capital of node {starts[0].id}", least=0, most=MOST_CAPITAL)


def _with_capital(document: WorkflowDocument, capital: Decimal) -> WorkflowDocument:
    starts = {node.id: {"capital": str(capital)} for node in document.nodes if node.type == _START}
    return with_settings(document, starts)
