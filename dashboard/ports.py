"""Ports of the dashboard; `argosy.bootstrap` fills them, tests pass their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from argosy.core.clock import Clock
from argosy.core.ports import Dispatcher, EmergencyFlags, EventBus
from argosy.graph.registry import NodeRegistry
from argosy.graph.runs import RunStore
from argosy.infrastructure.config import Settings
from argosy.infrastructure.risk.limits import KnownScopes
from argosy.infrastructure.safety.service import EmergencyService
from argosy.infrastructure.state.overview import WorkerSign
from argosy.infrastructure.storage.engine.database import AsyncDatabase


class PlatformOverview(Protocol):
    """View of the infrastructure: servers, queues, workers and recorder.

    Every method raises Unavailable.
    """

    def ping(self) -> None: ...

    def queue_lengths(self) -> dict[str, int]: ...

    def workers(self) -> list[WorkerSign]: ...

    def unrecorded(self) -> int:
        """Return the number of published events that the recorder has not committed."""
        ...

    def recorder_idle_s(self) -> float | None:
        """Return the seconds since a recorder last asked for events; None if none ever did."""
        ...


def nothing_packaged(_: str) -> Mapping[str, Any] | None:
    return None


def nowhere() -> KnownScopes:
    return KnownScopes((), ())


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports of the dashboard.

    `packaged` finds the document of a strategy that comes with a domain and was never saved; None when
    unknown. `places` returns the domains and venues that a limit can name.
    """

    settings: Settings
    database: AsyncDatabase
    events: EventBus
    runs: RunStore
    flags: EmergencyFlags
    overview: PlatformOverview
    registry: NodeRegistry
    dispatcher: Dispatcher
    desk: EmergencyService
    clock: Clock
    started_at: datetime
    flower_url: str | None = None
    packaged: Callable[[str], Mapping[str, Any] | None] = nothing_packaged
    places: Callable[[], KnownScopes] = nowhere
