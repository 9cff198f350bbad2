"""Event of a change of an emergency state, for the recorder, the page and the command line."""

from __future__ import annotations

from argosy.core.clock import to_ms
from argosy.core.event import Event
from argosy.core.safety.emergency import emergency_scope
from argosy.infrastructure.storage.records import EmergencyChangeRecord


def event_of(change: EmergencyChangeRecord) -> Event:
    scope = emergency_scope(change.scope)
    return Event(
        type="emergency",
        timestamp=to_ms(change.at),
        bot_id=scope.bot or None,
        strategy_id=scope.strategy or None,
        data={
            "scope": change.scope,
            "state": change.after,
            "before": change.before,
            "epoch": change.epoch,
            "actor": change.actor,
            "reason": change.reason,
            "automatic": change.automatic,
            "cause": change.cause,
            "flatten": change.flatten,
            "timestamp": to_ms(change.at),
        },
    )
