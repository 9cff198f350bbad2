"""Turn a change of an intent into the `action` event for recorder and screens."""

from __future__ import annotations

from argosy.core.actions.intent import NEVER_ARRIVED, Change
from argosy.core.actions.sentence import sentence_of
from argosy.core.actions.value_change import SUPERSEDED
from argosy.core.bot import Mode
from argosy.core.clock import to_ms
from argosy.core.event import Event

_NO_EFFECT = (SUPERSEDED, NEVER_ARRIVED)


def events_of(change: Change) -> list[Event]:
    """Return the `action` event of `change`, and the alarm of a value that was not set."""
    intent = change.intent
    if intent.action.change is None or intent.code not in _NO_EFFECT or not change.after.final:
        return [event_of(change)]
    title = "Somebody else changed a value" if intent.code == SUPERSEDED else "A value was not set"
    text = f"{change.reason}. The action is over; the next run decides from the value that is there"
    alarm = Event(
        type="alarm",
        timestamp=to_ms(change.at),
        bot_id=intent.caller.bot_id,
        strategy_id=intent.caller.strategy_id or None,
        data={"level": "warning", "code": f"action.{intent.code}", "title": title, "text": text},
    )
    return [event_of(change), alarm]


def event_of(change: Change) -> Event:
    """Return the `action` event of `change`.

    Amounts are exact decimal text. `price` is the limit price. `sentence` is the action in words. Of two events of one action, the one with the
    higher `change` is newer, in whatever order they arrive.
    """
    intent, action = change.intent, change.intent.action
    result = intent.result
    average = None if result is None else result.average_price
    return Event(
        type="action",
        timestamp=to_ms(change.at),
        bot_id=intent.caller.bot_id,
        strategy_id=intent.caller.strategy_id or None,
        run_id=intent.caller.run_id,
        node_id=intent.caller.node_id,
        data={
            "change": change.id,
            "clientId": action.client_id,
            "venue": action.venue,
            "kind": action.kind.value,
            "sentence": sentence_of(action, change.after, intent.filled),
            "symbol": action.symbol,
            "label": action.label or action.symbol,
            "side": action.side,
            "quantity": str(action.quantity),
            "price": None if action.limit_price is None else str(action.limit_price),
            "status": change.after.value,
            "before": None if change.before is None else change.before.value,
            "filled": str(intent.filled),
            "averagePrice": None if average is None else str(average),
            "fee": "0" if result is None else str(result.fee),
            "code": intent.code,
            "reason": change.reason,
            "paper": intent.caller.mode == Mode.PAPER.value,
            "mode": intent.caller.mode,
        },
    )
