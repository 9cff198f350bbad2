"""Initial state of a client."""

from __future__ import annotations

from dashboard.bots.views import BotViews
from dashboard.live.now import Now
from dashboard.live.wire import LiveScope, SnapshotData


class Snapshots:
    def __init__(self, bots: BotViews, now: Now) -> None:
        self._bots = bots
        self._now = now

    async def take(self, scope: LiveScope) -> SnapshotData:
        """Return the state of a scope, never older than the hub's position at the call.

        Raises NotFound for an unknown scope.
        """
        if scope.kind == "all" or scope.bot_id is None:
            return SnapshotData(bots=await self._bots.every())
        bot = await self._bots.one(scope.bot_id)
        if scope.kind == "bot":
            nodes = await self._bots.all_nodes(scope.bot_id)
        else:
            await self._bots.require_strategy(scope.bot_id, str(scope.strategy_id))
            nodes = await self._bots.nodes(scope.bot_id, scope.strategy_id)
        return SnapshotData(bot=bot, nodes=nodes, active_run=self._now.active_run(scope.bot_id))
