"""Decision on an action before it is sent: emergency state, permission, capital, risk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta, tzinfo
from decimal import Decimal, InvalidOperation

from argosy.core.actions.action import Action, ActionKind
from argosy.core.actions.action_spec import spec_of
from argosy.core.actions.context import DecisionContext, LivePermission
from argosy.core.actions.impact import OrderImpact, change_of, effect_of, scale_order
from argosy.core.actions.intent import Caller, Decision
from argosy.core.actions.value_change import ValueChange
from argosy.core.bot import Mode
from argosy.core.clock import MOST_AHEAD_S
from argosy.core.money.capital import available
from argosy.core.money.money import ZERO
from argosy.core.money.rates import rate
from argosy.core.risk import Open, Proposal, assess
from argosy.core.risk.snapshot import ValueEdited
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.scope import ScopePath
from argosy.core.venues.market_facts import MarketFacts
from argosy.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class GatewayPolicy:
    """Policy of the action gateway.

    `alert_scale` is the size factor of new risk in ALERT, 0..1. `live_reconciled_s` is the largest age in seconds of
    the reconciliation that live orders need. `zone` is the time zone of the day that daily losses are counted by.
    """

    alert_scale: Decimal = Decimal("0.5")
    live_reconciled_s: float = 900
    zone: tzinfo = UTC


def decide(
    caller: Caller, actions: Sequence[Action], situation: DecisionContext, policy: GatewayPolicy
) -> list[Decision]:
    """Return one decision for each action, in order.

    An allowed action counts as open for the actions after it. Legs of one group are decided together: one denied leg
    denies the whole group.
    """
    decisions: list[Decision] = []
    scaled_groups = _groups_at_risk(actions, situation)
    for action in actions:
        with_group = action.leg is not None and action.leg.group in scaled_groups
        decision = _one(caller, action, situation, policy, with_group=with_group)
        decisions.append(decision)
        if decision.allowed:
            situation = _with(situation, caller, decision)
    return _together(decisions)


def is_forbidden(state: EmergencyState, *, reducing: bool, liquidator: bool) -> bool:
    """Return True if the emergency state refuses the action.

    HALT refuses all but reducing actions. SHUTDOWN refuses all but reducing actions of the liquidator.
    """
    if state >= EmergencyState.SHUTDOWN:
        return not (reducing and liquidator)
    return state >= EmergencyState.HALT and not reducing


def newer_alert(flags: Iterable[EmergencyFlag], epochs: Mapping[str, int]) -> EmergencyFlag | None:
    """Return an ALERT flag raised after the decision made at `epochs` (by scope), else None.

    After such a flag the decided size takes too much risk.
    """
    return next(
        (f for f in flags if f.state is EmergencyState.ALERT and f.epoch > epochs.get(f.scope, 0)), None
    )


def not_permitted(
    permit: LivePermission, kind: ActionKind, *, live: bool, reducing: bool, liquidator: bool
) -> tuple[str, str] | None:
    """Return code and reason if the bot's permission forbids the action to begin, else None.

    Reducing actions need only the switch of live mode. Cancellations, and reducing actions of the liquidator, do not
    need that switch either.
    """
    leaves = spec_of(kind).cancels or (reducing and liquidator)
    if live and not permit.live_enabled and not leaves:
        return (
            "live.switch",
            "live trading of this bot is off: `argosy capital live on` is the deliberate switch",
        )
    if reducing:
        return None
    if permit.retired is not None:
        return permit.retired
    if permit.blocked is not None:
        return "reconcile.blocked", f"no more risk until it is reconciled: {permit.blocked}"
    if permit.reconciled_at is None:
        return "reconcile.needed", "not reconciled with its venues since start-up"
    return None


def _groups_at_risk(actions: Sequence[Action], situation: DecisionContext) -> set[str]:
    """Return the groups of legs, in ALERT, in which at least one leg adds risk.

    All legs of such a group are scaled down, so that they still match.
    """
    legs = [action for action in actions if action.leg is not None]
    alerted_ = {
        action.leg.group
        for action in legs
        if action.leg is not None and situation.flag_at(action.venue).state is EmergencyState.ALERT
    }
    return {
        action.leg.group
        for action in legs
        if action.leg is not None and action.leg.group in alerted_ and not _effect(action, situation).reducing
    }


def _one(
    caller: Caller, action: Action, situation: DecisionContext, policy: GatewayPolicy, *, with_group: bool
) -> Decision:
    effect = _effect(action, situation)
    problem = _malformed(action)
    if problem is not None:
        return _denied(action, effect, "input.action", problem)
    flag = situation.flag_at(action.venue)
    if is_forbidden(flag.state, reducing=effect.reducing, liquidator=caller.role == "liquidator"):
        code = f"emergency.{flag.state.name.lower()}"
        return _denied(action, effect, code, f"{flag.scope} is {flag.state.name}: {flag.reason}")
    if (pending := _pending(action, situation)) is not None:
        return _denied(action, effect, "value.pending", pending)
    refused = _refused(caller, action, effect, situation, policy)
    if refused is not None:
        return _denied(action, effect, *refused)
    if with_group or (flag.state is EmergencyState.ALERT and not effect.reducing):
        action = scale_order(action, policy.alert_scale)
        if not action.quantity and action.change is None:
            return _denied(
                action, effect, "emergency.alert", f"{flag.scope} is ALERT: nothing is left of the size"
            )
        effect = _effect(action, situation)
    return _within_means(caller, action, effect, situation)


def _malformed(action: Action) -> str | None:
    try:
        spec = spec_of(action.kind)
    except InvalidInput as error:
        return str(error)
    if spec.cancels:
        return None
    numbers = [action.quantity, action.max_fee]
    if action.limit_price is not None:
        numbers.append(action.limit_price)
    if any(number < 0 for number in numbers):
        return "quantity, price and fee must not be below 0"
    if spec.sign == "side" and (not action.quantity or action.side is None):
        return "an order needs a side and a quantity above 0"
    if action.change is not None:
        return _malformed_change(action, action.change, level=spec.sign == "level")
    if spec.needs_change:
        return f"{action.kind.value} needs a change: the field, its value now, and the value wanted"
    if spec.sign == "level":
        try:
            Decimal(action.parameters.get("current", "0"))
        except InvalidOperation:
            return 'parameters "current" must be the budget as it is now, a decimal number'
    return None


def _malformed_change(action: Action, change: ValueChange, *, level: bool) -> str | None:
    if change.standing(change.before) == "wanted":
        return f"{change.field} has the value {change.wanted} already"
    numbers = change.numbers()
    if level and (numbers is None or numbers[1] != action.quantity):
        return "a level changes from a number to its quantity"
    return None


def _pending(action: Action, situation: DecisionContext) -> str | None:
    """Return the denial if another change of the field is not settled."""
    if action.change is None:
        return None
    place = (action.venue, action.symbol, action.change.field)
    for each in situation.snapshot.open:
        if (*each.path.asset, each.field) == place:
            return f"a change of {action.change.field} is not settled yet: {each.client_id}"
    return None


def _effect(action: Action, situation: DecisionContext) -> OrderImpact:
    if _malformed(action) is not None:
        return OrderImpact(ZERO, None, ZERO, False)
    return effect_of(
        action,
        situation.standing(action.venue, action.symbol),
        situation.prices.get((action.venue, action.symbol)),
    )


def _refused(
    caller: Caller, action: Action, effect: OrderImpact, situation: DecisionContext, policy: GatewayPolicy
) -> tuple[str, str] | None:
    """Check the permission to add risk; in live mode, also the age of the reconciliation."""
    permit = situation.permit
    live = caller.mode == Mode.LIVE.value
    refusal = not_permitted(
        permit,
        action.kind,
        live=live,
        reducing=effect.reducing,
        liquidator=caller.role == "liquidator",
    )
    if refusal is None and live and not effect.reducing and permit.reconciled_at is not None:
        oldest = situation.now - timedelta(seconds=policy.live_reconciled_s)
        latest = situation.now + timedelta(seconds=MOST_AHEAD_S)  # a later time comes from a wrong clock
        if not permit.reconciled_clean or not oldest <= permit.reconciled_at <= latest:
            return "live.reconciliation", "live mode needs a clean reconciliation that is not old"
    return refusal


def _within_means(
    caller: Caller, action: Action, effect: OrderImpact, situation: DecisionContext
) -> Decision:
    spec = spec_of(action.kind)
    facts = situation.snapshot.markets.get((action.venue, action.symbol))
    if spec.sign == "level" and effect.delta > 0 and facts is not None:
        if not facts.is_known:
            text = f"{action.venue} could not be read, so the most that it may spend of {action.symbol} is unknown"
            return _denied(action, effect, "overspend.unknown", text)
        effect = replace(effect, cost=_worst_day(action, effect, facts))
    values = effect.delta > 0 or spec.sign == "side"
    if values and effect.price is None and not effect.reducing:
        return _denied(action, effect, "price.unknown", "no limit price, and no last price to value it by")
    rated = rate(action.currency, situation.base_currency, situation.prices)
    if rated is None:
        text = f"the price of {action.currency} in {situation.base_currency} is unknown"
        return _denied(action, effect, "rate.unknown", text)
    reserve = effect.cost * rated.value
    if not effect.reducing and reserve > 0:
        free = situation.free_cash()
        if reserve > free:
            return _denied(
                action, effect, "capital.cash", f"{reserve} needed, {free} of the bot's cash is free"
            )
        if situation.shares:
            share = available(
                situation.capital, situation.shares, situation.uses(), situation.lending, caller.strategy_id
            )
            if reserve > share.own + share.lent:
                text = f"{reserve} needed, {share.own + share.lent} of its capital is free"
                return _denied(
                    action, effect, "capital.share", f"{text}; {share.reason}" if share.reason else text
                )
    proposal = Proposal(
        client_id=action.client_id,
        path=_path(caller, action, situation),
        kind=action.kind.value,
        delta=effect.delta,
        price=None if effect.price is None else effect.price * rated.value,
        reserve=reserve,
        reducing=effect.reducing,
        quantity=action.quantity,
        rate=rated.value,
        asks_price=_asks_price(action),
        asked=action.limit_price,
        change=change_of(action),
        liquidating=caller.role == "liquidator",
    )
    assessment = assess(proposal, situation.constraints, situation.snapshot)
    return Decision(
        action=action,
        allowed=assessment.allowed,
        delta=effect.delta,
        reducing=effect.reducing,
        reserve=reserve if assessment.allowed else ZERO,
        code=None if assessment.allowed else assessment.code,
        reason=None if assessment.allowed else assessment.reason,
        assessment=assessment,
    )


def _worst_day(action: Action, effect: OrderImpact, facts: MarketFacts) -> Decimal:
    """Return the most that a level may cost until the account's day ends.

    No venue paces evenly, and a person may be away: so it is the whole rest of the day at the venue's overspend.
    """
    if facts.overspend is None:
        return effect.cost
    rest = facts.overspend * action.quantity - (facts.spent_today or ZERO)
    return max(effect.cost, rest + action.max_fee)


def _asks_price(action: Action) -> bool:
    """Return True for a sale, and for an action that offers the asset at a price."""
    spec = spec_of(action.kind)
    return spec.asks_price or (spec.sign == "side" and action.side == "sell")


def _path(caller: Caller, action: Action, situation: DecisionContext) -> ScopePath:
    return replace(caller.path(action), venue_domain=situation.venue_domains.get(action.venue, ""))


def _denied(action: Action, effect: OrderImpact, code: str, reason: str) -> Decision:
    return Decision(action, False, effect.delta, effect.reducing, ZERO, code, reason)


def _with(situation: DecisionContext, caller: Caller, decision: Decision) -> DecisionContext:
    path = _path(caller, decision.action, situation)
    opened = Open(
        client_id=decision.action.client_id,
        path=path,
        delta=decision.delta,
        reserved=decision.reserve,
        reducing=decision.reducing,
        decided_at=situation.now,
        field="" if decision.action.change is None else decision.action.change.field,
    )
    before = situation.snapshot
    change = change_of(decision.action)
    edits = [] if change is None else [ValueEdited(situation.now, path.asset, change)]
    snapshot = replace(
        before,
        open=[*before.open, opened],
        decided=[*before.decided, (situation.now, path)],
        edits=[*before.edits, *edits],
    )
    return replace(situation, snapshot=snapshot)


def _together(decisions: Sequence[Decision]) -> list[Decision]:
    failed = {
        d.action.leg.group: d.action.client_id
        for d in decisions
        if d.action.leg is not None and not d.allowed
    }
    return [
        replace(
            d,
            allowed=False,
            reserve=ZERO,
            code="leg.denied",
            reason=f"another leg was denied ({failed[d.action.leg.group]}), so none is sent",
        )
        if d.allowed and d.action.leg is not None and d.action.leg.group in failed
        else d
        for d in decisions
    ]
