"""Overlay of events that PostgreSQL may not have yet; it makes every answer current.

The overlay begins at the recorder's last commit, so history plus overlay lacks no event.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from argosy.core.event import Event, seq_key
from dashboard.runs import summaries as runs
from dashboard.runs.wire import RunCounts, RunSummary
from dashboard.wire import Metrics

KEPT_RUNS = 1_000
KEPT_ACTIVITY = 200
KEPT_SKIPS = 5_000
_ACTIVITY = frozenset(
    {"action", "emergency", "alarm", "notify", "breaker", "worker", "schedule", "param_change"}
)
_FINAL_NODE = frozenset({"success", "failed", "skipped", "cancelled"})

Key = tuple[str, str | None]
"""Key of a bot, or of a strategy instance in it."""


@dataclass(slots=True)
class Tally:
    """Counts of one strategy instance in one run."""

    counts: dict[str, int] = field(default_factory=dict)
    opportunities: int = 0
    actions: int = 0


@dataclass(slots=True)
class LiveRun:
    summary: RunSummary
    workflow_digest: str = ""
    tallies: dict[str | None, Tally] = field(default_factory=dict)

    def tally(self, strategy_id: str | None) -> Tally:
        return self.tallies.setdefault(strategy_id, Tally())

    def current(self) -> RunSummary:
        """Return the summary; while the run is active, with the counts so far."""
        if runs.final(self.summary.status):
            return self.summary
        total: dict[str, int] = {}
        for tally in self.tallies.values():
            for name, count in tally.counts.items():
                total[name] = total.get(name, 0) + count
        return self.summary.model_copy(
            update={
                "counts": runs.counts_of(total),
                "opportunities": sum(tally.opportunities for tally in self.tallies.values()),
                "actions": sum(tally.actions for tally in self.tallies.values()),
            }
        )

    def of_strategy(self, strategy_id: str) -> RunSummary | None:
        """Return the run as the strategy saw it; None before its first node."""
        tally = self.tallies.get(strategy_id)
        if tally is None:
            return None
        counts: RunCounts = runs.counts_of(tally.counts)
        return runs.as_strategy(self.summary, counts, tally.opportunities, tally.actions)


class Now:
    """Newest state from events; used from the event loop alone.

    The number of workflows and `KEPT_RUNS` bound its size.
    """

    def __init__(self) -> None:
        self.runs: OrderedDict[str, LiveRun] = OrderedDict()
        self.active: dict[str, str] = {}
        self.nodes: dict[Key, dict[str, Event]] = {}
        self.metrics: dict[Key, tuple[str, Metrics]] = {}
        self.workers: dict[str, Event] = {}
        self.activity: deque[Event] = deque(maxlen=KEPT_ACTIVITY)
        self.skips: deque[Event] = deque(maxlen=KEPT_SKIPS)
        self._words: OrderedDict[str, Event] = OrderedDict()
        self._waiting: dict[str, list[asyncio.Future[Event]]] = {}

    def seed(self, running: Iterable[RunSummary]) -> None:
        """Take over the unfinished runs of history."""
        for run in running:
            self.runs[run.id] = LiveRun(run)
            self.active[run.bot_id] = run.id

    def apply(self, event: Event) -> None:
        match event.type:
            case "node_execution":
                self._node(event)
            case "run_started":
                self._started(event)
            case "run_finished":
                self._finished(event)
            case "run_skipped":
                self._tell(event)
                self.skips.append(event)
            case "bot_metrics" | "strategy_metrics":
                self._metrics(event)
            case "opportunity" | "action":
                self._counted(event)
            case "worker":
                self.workers[str(event.data.get("name", ""))] = event
            case _:
                pass
        if event.type in _ACTIVITY:
            self.activity.append(event)

    def active_run(self, bot_id: str) -> RunSummary | None:
        run_id = self.active.get(bot_id)
        live = self.runs.get(run_id) if run_id else None
        return None if live is None else live.current()

    def of_bot(self, bot_id: str | None = None) -> list[RunSummary]:
        """Return known runs of a bot, or of all bots, newest first."""
        found = [
            live.current() for live in self.runs.values() if bot_id is None or live.summary.bot_id == bot_id
        ]
        return sorted(found, key=lambda run: (run.started_at, run.id), reverse=True)

    def of_strategy(self, bot_id: str, strategy_id: str) -> list[RunSummary]:
        """Return known runs as the strategy instance saw them, newest first."""
        found = [
            run
            for live in self.runs.values()
            if live.summary.bot_id == bot_id and (run := live.of_strategy(strategy_id)) is not None
        ]
        return sorted(found, key=lambda run: (run.started_at, run.id), reverse=True)

    async def first_word(self, run_id: str, timeout_s: float) -> Event | None:
        """Return the start or skip event of a run, even if it came before.

        Return None if no such event comes in time.
        """
        if run_id in self._words:
            return self._words[run_id]
        future: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(run_id, []).append(future)
        try:
            return await asyncio.wait_for(future, timeout_s)
        except TimeoutError:
            return None
        finally:
            waiting = self._waiting.get(run_id, [])
            if future in waiting:
                waiting.remove(future)
            if not waiting:
                self._waiting.pop(run_id, None)

    # --- by type ----------------------------------------------------------------------------------------

    def _started(self, event: Event) -> None:
        if event.run_id is None or event.bot_id is None or event.run_id in self.runs:
            return
        self.runs[event.run_id] = LiveRun(runs.of_started(event), str(event.data.get("workflow", "")))
        self.active[event.bot_id] = event.run_id
        self._tell(event)
        while len(self.runs) > KEPT_RUNS:
            oldest, live = self.runs.popitem(last=False)
            if self.active.get(live.summary.bot_id) == oldest:
                del self.active[live.summary.bot_id]

    def _finished(self, event: Event) -> None:
        if event.run_id is None or event.bot_id is None:
            return
        live = self.runs.get(event.run_id)
        if live is not None:
            live.summary = runs.apply_end(live.summary, event)
        if self.active.get(event.bot_id) == event.run_id:
            del self.active[event.bot_id]

    def _node(self, event: Event) -> None:
        if event.bot_id is None or event.node_id is None:
            return
        self.nodes.setdefault((event.bot_id, event.strategy_id), {})[event.node_id] = event
        live = self.runs.get(event.run_id or "")
        if live is not None:
            tally = live.tally(event.strategy_id)
            status = event.data.get("status")
            if status in _FINAL_NODE:
                tally.counts[status] = tally.counts.get(status, 0) + 1

    def _counted(self, event: Event) -> None:
        live = self.runs.get(event.run_id or "")
        if live is None:
            return
        if event.type == "opportunity":
            live.tally(event.strategy_id).opportunities += 1
        elif event.data.get("before") is None:  # count an action once, not each of its changes
            live.tally(event.strategy_id).actions += 1

    def _metrics(self, event: Event) -> None:
        if event.bot_id is not None:
            strategy = event.strategy_id if event.type == "strategy_metrics" else None
            self.metrics[event.bot_id, strategy] = (event.seq, figures(event.data.get("metrics") or {}))

    def _tell(self, event: Event) -> None:
        self._words[event.run_id or ""] = event
        if len(self._words) > KEPT_RUNS:
            self._words.popitem(last=False)
        for future in self._waiting.pop(event.run_id or "", []):
            if not future.done():
                future.set_result(event)


def figures(values: Mapping[str, Any]) -> Metrics:
    """Return the values that can be shown as figures: numbers and (decimal) strings."""
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }


def newer_seq(first: str, second: str) -> bool:
    return seq_key(first) > seq_key(second)
