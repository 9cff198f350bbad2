"""Platform status: servers, workers, recorder, beat, and node types."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import Any, Literal, TypeVar

from argosy import __version__
from argosy.bootstrap.types import domains
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.scope import PLATFORM_SCOPE
from argosy.errors import Unavailable
from argosy.infrastructure.state.fleet import troubles
from argosy.infrastructure.storage.catalog import schedules
from argosy.infrastructure.storage.engine import leadership
from argosy.infrastructure.storage.engine.operation import together
from argosy.infrastructure.storage.history import activity, progress
from argosy.infrastructure.storage.records import ActivityRecord
from dashboard.bots.workflow_wire import NodeTypeList, NodeTypeView, PortView
from dashboard.live.now import Now
from dashboard.ports import Ports
from dashboard.system.health import HealthCheck
from dashboard.system.outside import call
from dashboard.system.wire import (
    BeatStatus,
    DomainList,
    DomainView,
    EventsStatus,
    FigureView,
    Health,
    RecorderStatus,
    SystemStatus,
    SystemUrls,
    WorkerStatus,
)
from dashboard.system.wire import PlatformEmergency as EmergencyView

T = TypeVar("T")
U = TypeVar("U")
_UNKNOWN = EmergencyFlag(PLATFORM_SCOPE, EmergencyState.HALT, 0, "Redis does not answer")


class PlatformViews:
    def __init__(self, ports: Ports, now: Now) -> None:
        self._ports = ports
        self._now = now
        self._health = HealthCheck(ports, now)

    async def system(self) -> SystemStatus:
        """Return the status of the platform.

        All parts are read at once, each with a time limit. A part without an answer is null, and `silent`
        names its server. The emergency state is HALT when it cannot be read.
        """
        ports = self._ports
        flag, workers, lag, first, last, recorded = await asyncio.gather(
            _or(call(ports.flags.effective, [PLATFORM_SCOPE]), _UNKNOWN),
            _or(self._workers(), None),
            _or(call(ports.overview.unrecorded), None),
            _or(call(ports.events.first_seq), None),
            _or(call(ports.events.last_seq), None),
            _or(self._recorded(), None),
        )
        silent: list[Literal["redis", "postgres"]] = []
        if lag is None or workers is None:
            silent.append("redis")
        if recorded is None:
            silent.append("postgres")
        done, leader, last_tick = recorded or (None, None, None)
        return SystemStatus(
            version=__version__,
            profile=ports.settings.profile,
            started_at=ports.started_at,
            now=ports.clock.now(),
            silent=silent,
            emergency=EmergencyView(
                known=flag.epoch > 0,
                scope=flag.scope,
                state=flag.state.name,
                epoch=flag.epoch,
                reason=flag.reason,
            ),
            workers=workers,
            recorder=RecorderStatus(lag_events=lag, last_seq=None if done is None else done.last_seq),
            events=EventsStatus(first_seq=first, last_seq=last),
            beat=BeatStatus(
                known=recorded is not None,
                leader=None if leader is None else leader.name,
                last_tick=last_tick,
            ),
            urls=SystemUrls(flower=ports.flower_url),
        )

    async def _recorded(self) -> tuple[Any, Any, datetime | None]:
        """Return the recorder's progress, the leading beat, and the newest tick."""
        done, leader, planned = await self._ports.database.run(
            together(progress.of_stream(), leadership.leader(), schedules.every())
        )
        ticks = [each.last_dispatched_at for each in planned if each.last_dispatched_at is not None]
        return done, leader, max(ticks, default=None)

    async def health(self) -> Health:
        """Return the health of the platform, with every reason why runs cannot happen."""
        return await self._health.ask()

    def nodes(self) -> NodeTypeList:
        return NodeTypeList(
            items=[
                NodeTypeView(
                    type=each.name,
                    title=each.title,
                    category=each.category,
                    description=each.description,
                    pool=each.pool,
                    timeout_s=each.timeout_s,
                    inputs=[
                        _port(port.name, port.type_name, port.required, port.many)
                        for port in each.inputs.values()
                    ],
                    outputs=[_port(port.name, port.type_name, True, False) for port in each.outputs.values()],
                    branches=list(each.branches),
                    params=each.params_model.model_json_schema(),
                )
                for each in self._ports.registry
            ]
        )

    def domains(self) -> DomainList:
        """Return every installed domain, with its look and figures."""
        return DomainList(
            items=[
                DomainView(
                    name=each.name,
                    title=each.shown_title,
                    icon=each.icon,
                    figures=[
                        FigureView(metric=figure.metric, title=figure.title, unit=figure.unit)
                        for figure in each.figures
                    ],
                )
                for each in domains().values()
            ]
        )

    async def _workers(self) -> list[WorkerStatus]:
        """Return workers with a heartbeat, completed from their own `worker` events."""
        signs = await call(self._ports.overview.workers)
        told = {str(event.data.get("owner")): event.data for event in self._now.workers.values()}
        if any(sign.owner not in told for sign in signs):
            stored: list[ActivityRecord] = []
            for record in await _or(
                self._ports.database.run(activity.logged_events("worker", limit=200)), stored
            ):
                told.setdefault(str(record.data.get("owner")), record.data)
        wrong = troubles(signs)
        found = []
        for sign in signs:
            data = told.get(sign.owner, {})
            queues = data.get("queues")
            found.append(
                WorkerStatus(
                    name=str(data.get("name") or sign.name),
                    queues=[str(queue) for queue in queues] if isinstance(queues, list) else [],
                    pid=sign.pid,
                    last_seen=self._ports.clock.now(),
                    status="online" if sign.silent_ms is None else "lost",
                    host=sign.host,
                    version=None if sign.build is None else sign.build[0],
                    problems=[each.text for each in wrong if each.sign is sign],
                )
            )
        return found


async def _or(asked: Awaitable[T], otherwise: U) -> T | U:
    try:
        return await asked
    except Unavailable:
        return otherwise


def _port(name: str, type_name: str, required: bool, many: bool) -> PortView:
    return PortView(name=name, type=type_name, required=required, many=many)
