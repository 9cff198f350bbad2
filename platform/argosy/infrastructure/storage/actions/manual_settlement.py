"""Manual settling of actions whose venue will not report an outcome."""

from __future__ import annotations

from datetime import datetime

from argosy.core.actions.action import ActionResult, ActionStatus
from argosy.core.actions.intent import NEVER_ARRIVED, Intent
from argosy.core.safety.audit import Actor, AuditEntry
from argosy.errors import Conflict, InvalidInput, NotFound
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.safety import audit

_OPEN_TO_IT = frozenset({ActionStatus.SUBMITTED, ActionStatus.UNKNOWN})


@operation
def never_arrived(client_id: str, *, actor: Actor, at: datetime, reason: str) -> Steps[Intent]:
    """Settle an action as never arrived at its venue, and free its reservation. Audited.

    Raises NotFound, InvalidInput without a reason, Conflict for an action with a known outcome. A later result of
    the venue overrides the settlement, as for every `never_arrived`.
    """
    if not reason.strip():
        raise InvalidInput("settling an action needs a reason", expected="how it is known", found="nothing")
    before = yield from intents.get(client_id).steps()
    if before is None:
        raise NotFound("there is no such action", found=client_id)
    if before.status not in _OPEN_TO_IT:
        raise Conflict(
            "only an action whose outcome is unknown can be settled by hand", found=before.status.value
        )
    result = ActionResult(
        client_id=client_id, status=ActionStatus.CANCELLED, code=NEVER_ARRIVED, reason=reason
    )
    after, change = yield from intents.settle(result, actor=actor.id, now=at, call_ended=True).steps()
    if change is None:
        raise Conflict("the action was settled meanwhile", found=after.status.value)
    entry = AuditEntry(
        actor=actor,
        action="action.settle",
        subject=f"action:{client_id}",
        reason=reason,
        before={"status": before.status.value, "reserved": before.reserved, "sender": before.owner},
        after={"status": after.status.value, "code": after.code, "bot": after.caller.bot_id},
    )
    yield from audit.append(entry, at).steps()
    return after
