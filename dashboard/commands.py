"""Commands of a person to a bot: run, pause, resume, cancel."""

from __future__ import annotations

from typing import Literal

from argosy.core.event import Event
from argosy.core.safety.audit import Actor, AuditEntry
from argosy.errors import ArgosyError
from argosy.infrastructure.safety.auditor import refused_entry
from argosy.infrastructure.storage.catalog import bots
from argosy.infrastructure.storage.safety.audit import append, with_audit
from dashboard.bots.views import BotViews
from dashboard.bots.wire import BotSummary
from dashboard.live.now import Now
from dashboard.ports import Ports
from dashboard.runs.views import RunViews
from dashboard.runs.wire import RunSummary, RunTicket
from dashboard.system.outside import call, tell

ACTOR = "dashboard"
_FIRST_WORD_S = 2.0


class Commands:
    def __init__(self, ports: Ports, now: Now, views: BotViews, runs: RunViews) -> None:
        self._ports = ports
        self._now = now
        self._views = views
        self._runs = runs

    async def run_bot(self, bot_id: str, actor: Actor) -> RunTicket:
        """Request a run, and wait up to two seconds for its start or skip event.

        Raises NotFound.
        """
        bot = await self._ports.database.run(bots.get(bot_id))
        await self._record(
            AuditEntry(actor=actor, action="run.start", subject=f"bot:{bot_id}", after={"mode": bot.mode})
        )
        run_id = await call(self._dispatch, bot_id)
        event = await self._now.first_word(run_id, _FIRST_WORD_S)
        if event is not None and event.type == "run_skipped":
            why = str(event.data.get("reason") or "the engine skipped it")
            return RunTicket(run_id=None, status="skipped", reason=why)
        waits = None if event is not None else "asked for; no worker has taken it yet"
        return RunTicket(run_id=run_id, status="started", reason=waits)

    async def set_state(self, bot_id: str, state: Literal["running", "paused"], actor: Actor) -> BotSummary:
        """Pause or resume a bot, with a row in the audit. Raises NotFound.

        Beat learns of the change from the database, open screens from an event.
        """
        before = await self._ports.database.run(bots.get(bot_id))
        if before.state != state:
            await self._ports.database.run(
                with_audit(
                    bots.set_state(bot_id, state),
                    view=bots.view(bot_id),
                    actor=actor,
                    action="bot.state",
                    subject=f"bot:{bot_id}",
                    at=self._ports.clock.now(),
                )
            )
            await self._tell(bot_id, before.state, state)
        return await self._views.one(bot_id)

    async def cancel_run(self, run_id: str, actor: Actor) -> RunSummary:
        """Cancel a run, with a row in the audit.

        Raises NotFound, and Conflict when the run is over.
        """
        entry = AuditEntry(
            actor=actor,
            action="run.cancel",
            subject=f"run:{run_id}",
            before={"status": (await self._runs.running(run_id)).status},
            after={"status": "cancelled"},
        )
        await self._record(entry)
        try:
            return await self._runs.cancel(run_id, "cancelled from the dashboard")
        except ArgosyError as error:
            await self._record(refused_entry(entry, error))
            raise

    async def _record(self, entry: AuditEntry) -> None:
        await self._ports.database.run(append(entry, self._ports.clock.now()))

    def _dispatch(self, bot_id: str) -> str:
        return self._ports.dispatcher.run_bot(bot_id, trigger="manual")

    async def _tell(self, bot_id: str, old: str, new: str) -> None:
        event = Event(
            type="param_change",
            timestamp=self._ports.clock.now_ms(),
            bot_id=bot_id,
            data={"param": "state", "old": old, "new": new, "saved": True, "actor": ACTOR},
        )
        await tell(self._ports.events, event)
