"""Risk limits in the API: reading and changing them."""

from __future__ import annotations

from typing import Any, Literal
from zoneinfo import ZoneInfo

from argosy.core.actions.decision import GatewayPolicy
from argosy.core.risk import Constraint
from argosy.core.safety.audit import Actor
from argosy.infrastructure.risk.limits import LimitService, LimitUse
from argosy.infrastructure.storage.safety import limits
from argosy.infrastructure.storage.safety.limits import LimitChange, LimitRecord
from dashboard.ports import Ports
from dashboard.risk.wire import (
    LimitBody,
    LimitList,
    LimitView,
    RemovalQuery,
    UsageItem,
    UsageList,
    UsageQuery,
)
from dashboard.system.outside import tell

_STATES: dict[str, Literal["ok", "near", "over"]] = {"ok": "ok", "warning": "near", "denied": "over"}


class RiskViews:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        policy = GatewayPolicy(zone=ZoneInfo(ports.settings.money.timezone))
        self._desk = LimitService(ports.clock, ports.places, policy)

    async def limits(self) -> LimitList:
        """Return every limit, sorted by id."""
        found = await self._ports.database.run(limits.records())
        return LimitList(items=[_limit(record) for record in found])

    async def usage(self, query: UsageQuery) -> UsageList:
        found = await self._ports.database.run(self._desk.usage(query.mode))
        return UsageList(mode=query.mode, items=[_used(each) for each in found])

    async def set(self, id: str, body: LimitBody, actor: Actor) -> LimitView:
        """Create or change a limit.

        Raises InvalidInput, NotFound for an unknown scope, and Conflict for another version.
        """
        values: dict[str, Any] = body.model_dump(exclude={"version", "reason"})
        change = await self._ports.database.run(
            self._desk.set(
                Constraint(id=id, **values), actor, reason=body.reason, expected_version=body.version
            )
        )
        await self._tell(change, actor)
        assert change.after is not None  # the limit was saved
        return _limit(change.after)

    async def remove(self, id: str, query: RemovalQuery, actor: Actor) -> LimitView:
        """Remove a limit. Raises NotFound, and Conflict for another version."""
        change = await self._ports.database.run(
            self._desk.remove(id, actor, reason=query.reason, expected_version=query.version)
        )
        await self._tell(change, actor)
        assert change.before is not None  # the limit existed
        return _limit(change.before)

    async def _tell(self, change: LimitChange, actor: Actor) -> None:
        event = self._desk.announcement(change, actor)
        if event is not None:
            await tell(self._ports.events, event)


def _limit(record: LimitRecord) -> LimitView:
    return LimitView(
        **record.constraint.model_dump(),
        version=record.version,
        updated_at=record.updated_at,
        updated_by=record.updated_by,
    )


def _used(used: LimitUse) -> UsageItem:
    finding = used.finding
    limit = _limit(used.record)
    if finding is None:
        return UsageItem(
            limit=limit, current=None, utilisation=None, state="idle" if limit.enabled else "off", text=None
        )
    known = finding.code != "risk.unknown"
    state = _STATES[finding.verdict] if known else "unknown"
    return UsageItem(
        limit=limit,
        current=finding.current if known else None,
        utilisation=finding.utilisation if known else None,
        state=state if limit.enabled else "off",
        text=finding.text,
    )
