"""Backtest of a domain's workflows over its recordings: the parts that the domain provides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from argosy.core.actions.action import Action, ActionResult
from argosy.core.clock import DrivenClock
from argosy.core.event import Event
from argosy.core.money.trades import TradeRecord
from argosy.core.ports import Documents, Venues
from argosy.graph.document import WorkflowDocument
from argosy.venuekit.replay.warnings import ReplayWarnings

Submit = Callable[[Sequence[Action]], list[ActionResult]]
"""Submission of actions through the gateway of the backtest."""


@dataclass(frozen=True)
class ReplayRequest:
    """Recordings of one backtest, and values assumed where they say nothing.

    `depth` is the size in units at a best price recorded without one, `fee_rate` a fraction; None means the
    domain's own assumption.
    """

    paths: Sequence[Path]
    depth: Decimal | None = None
    fee_rate: Decimal | None = None
    warnings: ReplayWarnings = field(default_factory=ReplayWarnings)


class Playback(Protocol):
    """Recorded data in time order; times are Unix milliseconds."""

    seen: int
    """Number of observations read so far."""

    def next_moment(self, after_ms: int) -> int | None:
        """Return the first time after `after_ms` at which a run is due, or None at the end."""
        ...

    def advance(self, now_ms: int) -> None:
        """Take in every observation up to `now_ms`."""
        ...


@dataclass(frozen=True)
class BacktestPorts:
    """Parts of the backtest that the runner made: its clock, documents, capital and gateway."""

    clock: DrivenClock
    documents: Documents
    capital: Decimal
    submit: Submit


class ReplaySession(Protocol):
    """One backtest over recordings, in the order in which the runner calls it."""

    @property
    def playback(self) -> Playback: ...

    def describe_unreadable(self) -> str:
        """Return the count and first example of unreadable rows per file, or "" without any."""
        ...

    def prepare(self, document: WorkflowDocument) -> WorkflowDocument:
        """Return the workflow as it runs on these recordings, with a warning for each change."""
        ...

    def begin(self, document: WorkflowDocument, used: Collection[str], ports: BacktestPorts) -> Venues:
        """Return the venues of a workflow with the node types `used`.

        Raises InvalidInput if the workflow cannot run on these recordings.
        """
        ...

    def on_event(self, event: Event) -> None:
        """Take in an event of the runner."""
        ...

    def after_run(self) -> None:
        """Settle everything that ended by now."""
        ...

    def finish(self) -> None:
        """Follow the recording beyond its last run, until open positions are settled."""
        ...

    def report(self, trades: Mapping[str, TradeRecord]) -> dict[str, Any]:
        """Return the figures, JSON-ready: those of `BacktestReport.common` and the domain's own."""
        ...
