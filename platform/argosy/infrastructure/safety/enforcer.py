"""Carry out a HALT or a SHUTDOWN: cancel orders, stop runs, sell positions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from loguru import logger

from argosy.core.actions.action import ActionStatus
from argosy.core.actions.intent import Caller, Intent, Role
from argosy.core.clock import Clock
from argosy.core.ports import Venues
from argosy.core.safety.emergency import EmergencyState
from argosy.core.scope import Scope, ScopePath
from argosy.errors import ArgosyError
from argosy.graph.runs import RunStore
from argosy.infrastructure.actions import Gateway
from argosy.infrastructure.safety.liquidator import Liquidator
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.catalog import venue_domains
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.records import EmergencyChangeRecord
from argosy.infrastructure.storage.safety import emergency, flatten_progress

VenuesOf = Callable[[Caller], Venues]

_WORKING = frozenset({ActionStatus.OPEN, ActionStatus.PARTIALLY_FILLED})
_AT_THE_VENUE = _WORKING | {ActionStatus.SUBMITTED, ActionStatus.UNKNOWN}
_AGAIN_AFTER_MS = 30_000


class Enforcer:
    """Enforcement of changes of emergency states; safe to repeat and to interrupt.

    A repeated round finds earlier work done. A change is enforced once no order is left that could add risk.
    A SHUTDOWN is enforced once no order is left at all. Until then every round of the guard tries again.
    """

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        runs: RunStore,
        liquidator: Liquidator,
        clock: Clock,
        venues_of: VenuesOf,
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._runs = runs
        self._liquidator = liquidator
        self._clock = clock
        self._venues_of = venues_of

    def enforce(self, epoch: int) -> bool:
        """Do the remaining work for the change with this epoch; return True if no work is left."""
        change = self._database.run(emergency.change_of(epoch))
        if change is None or change.enforced_at is not None:
            return True
        newest = self._database.run(emergency.state_of(change.scope))
        if newest is not None and newest.epoch > epoch:
            return self._noted(change, f"overtaken by epoch {newest.epoch} ({newest.state})", done=True)
        scope = Scope.from_text(change.scope)
        shutdown = change.after == EmergencyState.SHUTDOWN.name
        lines = [f"stopped {self._stop_runs(scope, change)} run(s)"] if shutdown else []
        left = self._cancel(scope, epoch, all_of_them=shutdown)
        lines += _cancelled(self._database.run(flatten_progress.cancellations(epoch)))
        if left:
            lines.append(f"{len(left)} order(s) not settled yet")
        flat = True
        if shutdown and change.flatten:
            # A venue that does not answer delays only its own positions, not those at other venues.
            busy = {(each.caller.mode, each.caller.bot_id, each.action.venue) for each in left}
            found = self._liquidator.flatten(scope, epoch, busy=busy)
            lines += found.lines
            flat = found.finished
        elif shutdown:
            lines += self._liquidator.standing(scope)
        return self._noted(change, "; ".join(lines), done=flat and not left)

    def _cancel(self, scope: Scope, epoch: int, *, all_of_them: bool) -> list[Intent]:
        """Request cancellation of all orders in question; return those that may still be at a venue."""
        for intent in self._at_the_venue(scope, all_of_them):
            if intent.status in _WORKING and intent.action.change is None:  # a value is read, not cancelled
                self._cancel_one(intent, epoch)
        return self._at_the_venue(scope, all_of_them)

    def _cancel_one(self, intent: Intent, epoch: int) -> None:
        role: Role = "liquidator" if self._is_shut_down(intent.caller) else "operator"
        caller = replace(intent.caller, role=role, run_id=None, node_id=f"emergency.{epoch}")
        # One attempt every 30 s: a venue that is down does not get a new cancellation every few seconds.
        why = f"emergency {epoch}.{self._clock.now_ms() // _AGAIN_AFTER_MS}"
        try:
            result = self._gateway.cancel(intent, self._venues_of(caller), caller, why=why)
        except ArgosyError as error:
            logger.error("order {} could not be cancelled: {}", intent.client_id, error)
            return
        except Exception:  # noqa: BLE001 - a fault in one adapter must not keep the other orders
            logger.exception("order {} could not be cancelled", intent.client_id)
            return
        if result.status in (ActionStatus.DENIED, ActionStatus.REJECTED):
            logger.error("order {} could not be cancelled: {}", intent.client_id, result.reason)

    def _at_the_venue(self, scope: Scope, all_of_them: bool) -> list[Intent]:
        domains = self._database.run(venue_domains.every())
        return [
            intent
            for intent in self._database.run(intents.unsettled(scope.bot or None))
            if intent.status in _AT_THE_VENUE
            and (all_of_them or not intent.reducing)
            and scope.contains(
                replace(
                    intent.caller.path(intent.action),
                    venue_domain=domains.get(intent.action.venue, ""),
                )
            )
        ]

    def _is_shut_down(self, caller: Caller) -> bool:
        return any(
            (row := self._database.run(emergency.state_of(scope))) is not None
            and row.state == EmergencyState.SHUTDOWN.name
            for scope in caller.scopes
        )

    def _stop_runs(self, scope: Scope, change: EmergencyChangeRecord) -> int:
        """Cancel the runs in the scope and return their number.

        A strategy's nodes stop by the strategy's flag; the bot's run continues with the other nodes.
        """
        if scope.kind == "strategy":
            return 0
        stopped = 0
        for active in self._runs.active():
            meta = self._runs.meta(active.run_id)
            if meta is not None and scope.contains(ScopePath(meta.domain, meta.bot_id)):
                reason = f"{change.scope} is SHUTDOWN: {change.reason}"
                stopped += self._runs.cancel(active.run_id, reason, status="failed")
        return stopped

    def _noted(self, change: EmergencyChangeRecord, report: str, *, done: bool) -> bool:
        self._database.run(emergency.mark_enforced(change.epoch, self._clock.now() if done else None, report))
        if done or report != change.report:
            logger.warning("{} of {}: {}{}", change.after, change.scope, report, "" if done else " (goes on)")
        return done


def _cancelled(statuses: Mapping[str, int]) -> list[str]:
    """Return the report lines of cancellations.

    An order that was filled before its cancellation arrived does not count as cancelled.
    """
    filled = statuses.get(ActionStatus.FILLED.value, 0)
    gone = sum(count for status, count in statuses.items() if ActionStatus(status).final) - filled
    lines = [f"cancelled {gone} order(s)"]
    return [*lines, f"{filled} filled before that"] if filled else lines
