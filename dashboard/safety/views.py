"""Emergency states in the API: reading and changing them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState, emergency_scope
from argosy.core.scope import PLATFORM_SCOPE, ScopePath
from argosy.errors import Unavailable
from argosy.infrastructure.safety.flags import effective
from argosy.infrastructure.safety.status import ArmedStatus, EmergencyStatus
from argosy.infrastructure.storage.catalog import bots
from argosy.infrastructure.storage.engine.operation import together
from argosy.infrastructure.storage.records import BotRecord
from argosy.infrastructure.storage.safety import emergency
from dashboard.ports import Ports
from dashboard.safety.wire import (
    EffectiveState,
    EmergencyAnswer,
    EmergencyChangeItem,
    EmergencyHistory,
    EmergencyItem,
    EmergencyOrder,
    EmergencyOverview,
    EmergencyQuery,
    ResumeOrder,
    ShutdownOrder,
)
from dashboard.system.outside import call
from dashboard.wire import View

V = TypeVar("V", bound=View)
_PATIENCE_S = 60.0
"""Longest wait in seconds for a change of state.

A halt waits for orders in flight; a resume compares every bot with its venues.
"""


class EmergencyViews:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._bots: Sequence[BotRecord] = ()

    async def overview(self) -> EmergencyOverview:
        """Return recorded states, and the effective state of each bot.

        Without Postgres, return the states in Redis, and the bots of the last read. Raises Unavailable when
        neither answers.
        """
        try:
            states, self._bots = await self._ports.database.run(together(emergency.every(), bots.every()))
            items, recorded = [_copied(EmergencyItem, record) for record in states], True
        except Unavailable:
            items, recorded = [_flagged(flag) for flag in await call(self._ports.flags.every)], False
        return EmergencyOverview(
            recorded=recorded,
            states=items,
            effective=await self._effective(self._bots),
            flatten_slippage=self._ports.settings.emergency.flatten_slippage,
        )

    async def history(self, query: EmergencyQuery) -> EmergencyHistory:
        """Return a page of changes, newest first.

        Raises InvalidInput for an invalid scope.
        """
        scope = None if query.scope is None else str(emergency_scope(query.scope))
        rows = await self._ports.database.run(
            emergency.history(scope, before_epoch=query.before, limit=query.limit + 1)
        )
        shown = rows[: query.limit]
        return EmergencyHistory(
            items=[_copied(EmergencyChangeItem, row) for row in shown],
            next_before=shown[-1].epoch if len(rows) > query.limit else None,
        )

    async def change(self, order: EmergencyOrder, state: EmergencyState, actor: Actor) -> EmergencyAnswer:
        """Raise a scope to `state`; a stricter state stays.

        Raises NotFound for an unknown scope.
        """
        desk = self._ports.desk
        return _answer(
            await call(
                lambda: desk.change(order.scope, state, actor=actor, reason=order.reason),
                patience_s=_PATIENCE_S,
            )
        )

    async def resume(self, order: ResumeOrder, actor: Actor) -> EmergencyAnswer:
        """Lower a scope to `order.to`.

        Leaving SHUTDOWN takes two calls: the first arms and answers with a code, the second has it in
        `confirm`.
        """
        target = EmergencyState[order.to]
        if order.confirm is not None:
            return await self._confirm(order, order.confirm, actor)
        row = await self._ports.database.run(emergency.state_of(str(emergency_scope(order.scope))))
        if row is not None and row.state == EmergencyState.SHUTDOWN.name:
            return await self._arm(order, target, actor, flatten=False)
        desk = self._ports.desk
        return _answer(
            await call(
                lambda: desk.resume(order.scope, target, actor=actor, reason=order.reason),
                patience_s=_PATIENCE_S,
            )
        )

    async def shutdown(self, order: ShutdownOrder, actor: Actor) -> EmergencyAnswer:
        """Shut a scope down in two calls.

        The first call halts and answers with a code, the second has it in `confirm`.
        """
        if order.confirm is not None:
            return await self._confirm(order, order.confirm, actor)
        return await self._arm(order, EmergencyState.SHUTDOWN, actor, flatten=order.flatten)

    async def _arm(
        self, order: EmergencyOrder, state: EmergencyState, actor: Actor, *, flatten: bool
    ) -> EmergencyAnswer:
        desk = self._ports.desk
        return _answer(
            await call(
                lambda: desk.arm(order.scope, state, actor=actor, reason=order.reason, flatten=flatten),
                patience_s=_PATIENCE_S,
            )
        )

    async def _confirm(self, order: EmergencyOrder, code: str, actor: Actor) -> EmergencyAnswer:
        desk = self._ports.desk
        return _answer(
            await call(
                lambda: desk.confirm(order.scope, code, actor=actor, reason=order.reason),
                patience_s=_PATIENCE_S,
            )
        )

    async def _effective(self, known: Sequence[BotRecord]) -> list[EffectiveState]:
        """Return the effective state of each bot with one read of all flags.

        A Redis that hangs then costs one waiting time, not one for each bot.
        """
        paths = {bot.id: ScopePath(bot.domain, bot.id).scopes for bot in known}
        try:
            read = await call(
                self._ports.flags.read, sorted({each for path in paths.values() for each in path})
            )
        except Unavailable as error:
            stopped = EmergencyFlag(PLATFORM_SCOPE, EmergencyState.HALT, 0, str(error))
            return [_effective_of(bot_id, stopped) for bot_id in paths]
        found = {flag.scope: flag for flag in read}
        return [
            _effective_of(bot_id, effective([found[each] for each in path if each in found]))
            for bot_id, path in paths.items()
        ]


def _effective_of(bot_id: str, flag: EmergencyFlag) -> EffectiveState:
    return EffectiveState(bot_id=bot_id, state=flag.state.name, scope=flag.scope, reason=flag.reason)


def _flagged(flag: EmergencyFlag) -> EmergencyItem:
    """Return the state of a scope from its flag in Redis alone."""
    return EmergencyItem(
        scope=flag.scope,
        state=flag.state.name,
        epoch=flag.epoch,
        actor="",
        reason=flag.reason,
        at=None,
        automatic=False,
        cause="",
        clears_at=None,
        flatten=False,
        armed_for=None,
        armed_until=None,
    )


def _answer(status: EmergencyStatus) -> EmergencyAnswer:
    fields = {name: getattr(status, name) for name in EmergencyAnswer.model_fields if name != "code"}
    code = status.code if isinstance(status, ArmedStatus) else None
    return EmergencyAnswer.model_validate({**fields, "code": code})


def _copied(model: type[V], row: object) -> V:
    return model.model_validate({name: getattr(row, name) for name in model.model_fields})
