"""Conversion of intents and their changes to rows and back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from argosy.core.actions.action import Action, ActionResult, ActionStatus
from argosy.core.actions.intent import Caller, Change, Intent
from argosy.core.risk.assessment import Assessment
from argosy.infrastructure.storage.models import IntentChange
from argosy.infrastructure.storage.models import IntentRow as Row


def values(intent: Intent) -> dict[str, Any]:
    caller, action, leg = intent.caller, intent.action, intent.action.leg
    return {
        "client_id": action.client_id,
        "mode": caller.mode,
        "domain": caller.domain,
        "bot_id": caller.bot_id,
        "strategy_id": caller.strategy_id,
        "run_id": caller.run_id,
        "node_id": caller.node_id,
        "correlation_id": caller.correlation_id,
        "group_id": None if leg is None else leg.group,
        "group_policy": None if leg is None else leg.on_failure,
        "venue": action.venue,
        "kind": action.kind.value,
        "symbol": action.symbol,
        "action": action.to_wire(),
        "delta": intent.delta,
        "reducing": intent.reducing,
        "reserved": intent.reserved,
        "status": intent.status.value,
        "venue_id": None if intent.result is None else intent.result.venue_id,
        "filled": intent.filled,
        "code": intent.code,
        "reason": intent.reason,
        "result": None if intent.result is None else intent.result.to_wire(),
        "assessment": None if intent.assessment is None else intent.assessment.to_wire(),
        "epochs": dict(intent.epochs),
        "owner": intent.owner,
        "lookups": intent.lookups,
        "decided_at": intent.decided_at,
        "submitted_at": intent.submitted_at,
        "settled_at": intent.settled_at,
    }


def intent(row: Any) -> Intent:
    return Intent(
        caller=Caller(
            mode=row.mode,
            domain=row.domain,
            bot_id=row.bot_id,
            strategy_id=row.strategy_id,
            run_id=row.run_id,
            node_id=row.node_id,
            correlation_id=row.correlation_id,
        ),
        action=Action.model_validate(row.action),
        status=ActionStatus(row.status),
        delta=row.delta,
        reducing=row.reducing,
        decided_at=row.decided_at,
        reserved=row.reserved,
        filled=row.filled,
        code=row.code,
        reason=row.reason,
        result=None if row.result is None else ActionResult.model_validate(row.result),
        assessment=None if row.assessment is None else Assessment.model_validate(row.assessment),
        epochs=row.epochs,
        owner=row.owner,
        lookups=row.lookups,
        submitted_at=row.submitted_at,
        settled_at=row.settled_at,
    )


def changes() -> Select[Any]:
    made = IntentChange.__table__
    return select(
        made.c.id,
        made.c.at.label("changed_at"),
        made.c.before.label("was"),
        made.c.after.label("became"),
        made.c.reason.label("why"),
        *Row.__table__.c,
    ).join(Row.__table__, Row.client_id == IntentChange.client_id)


def change(row: Any) -> Change:
    return Change(
        row.id,
        intent(row),
        None if row.was is None else ActionStatus(row.was),
        ActionStatus(row.became),
        row.changed_at,
        row.why,
    )
