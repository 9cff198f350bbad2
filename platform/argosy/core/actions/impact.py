"""Impact of an action in numbers: the signed quantity, and the largest cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from argosy.core.actions.action import Action
from argosy.core.actions.action_spec import ActionSpec, spec_of
from argosy.core.actions.value_change import ValueChange
from argosy.core.money.money import ONE, ZERO, floor_to
from argosy.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class NetPosition:
    """Net position of a bot in one asset, and the signed quantities still open on each side."""

    position: Decimal = ZERO
    pending_buys: Decimal = ZERO
    pending_sells: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class OrderImpact:
    """Impact of an action: `delta` in units of the asset, `price` and `cost` in its currency.

    `price` is the highest price per unit, None if unknown. `cost` is the highest total cost. `reducing` True means
    that the action adds no risk.
    """

    delta: Decimal
    price: Decimal | None
    cost: Decimal
    reducing: bool


def effect_of(action: Action, standing: NetPosition, mark: Decimal | None = None) -> OrderImpact:
    """Return the impact of `action`; `mark` is the asset's last price for actions without limit.

    Raises InvalidInput for an unknown kind. A sale beyond the position costs its notional, like the purchase that closes it.
    """
    spec = spec_of(action.kind)
    delta = _delta(action, spec)
    price = action.limit_price if action.limit_price is not None else mark
    if spec.never_adds_risk:
        return OrderImpact(ZERO, price, action.max_fee, True)
    if price is None:
        price = spec.unit_price
    reducing = delta != 0 and reduces(delta, standing)
    if spec.reduces_by and _moves(action, spec.reduces_by):
        return OrderImpact(ZERO, price, action.max_fee, True)
    if spec.sign == "level":
        return OrderImpact(delta, ONE, max(delta, ZERO) + action.max_fee, delta < 0)
    short = ZERO
    if delta < 0:
        short = max(-(standing.position + standing.pending_sells + delta), ZERO)
        short = min(short, -delta)
    units = delta if delta > 0 else short
    return OrderImpact(delta, price, units * (price or ZERO) + action.max_fee, reducing)


def reduces(delta: Decimal, standing: NetPosition) -> bool:
    """Return True if the action shrinks the net position, however open orders end.

    The net position counts only orders open on the same side as the action. An open purchase may never fill, so it
    covers no sale. The action must not change the sign of the net position. Orders open on the other side can only
    leave more to reduce.
    """
    sure = standing.position + (standing.pending_sells if delta < 0 else standing.pending_buys)
    return sure * delta < 0 and sure * (sure + delta) >= 0


def scale_order(action: Action, scale: Decimal) -> Action:
    """Return the action in a smaller size, rounded down to the decimal places of its quantity.

    `max_fee` is scaled by the same factor. A level is scaled in its rise alone. A value without a size stays.
    """
    exponent = action.quantity.as_tuple().exponent
    step = Decimal(1).scaleb(min(exponent, 0) if isinstance(exponent, int) else 0)
    if spec_of(action.kind).sign == "level":
        before = level_before(action)
        quantity = before + floor_to((action.quantity - before) * scale, step)
        change = action.change and action.change.model_copy(update={"wanted": str(quantity)})
        return action.model_copy(update={"quantity": quantity, "change": change})
    if action.change is not None:
        return action
    quantity = floor_to(action.quantity * scale, step)
    return action.model_copy(update={"quantity": quantity, "max_fee": action.max_fee * scale})


def level_before(action: Action) -> Decimal:
    """Return the level at the decision of an action that sets one."""
    numbers = None if action.change is None else action.change.numbers()
    return Decimal(action.parameters.get("current", "0")) if numbers is None else numbers[0]


def change_of(action: Action) -> ValueChange | None:
    """Return the change of a value by the action, also of a level without `change`; else None."""
    if action.change is not None:
        return action.change
    try:
        level = spec_of(action.kind).sign == "level"
    except InvalidInput:  # the decision denies an unknown kind
        return None
    if not level:
        return None
    before = action.parameters.get("current", "0")
    return ValueChange(field=action.kind.value, before=before, wanted=str(action.quantity))


def _moves(action: Action, direction: str) -> bool:
    """Return True if the action moves a number in this direction only."""
    numbers = None if action.change is None else action.change.numbers()
    if numbers is None:
        return False
    before, wanted = numbers
    return wanted < before if direction == "lowering" else wanted > before


def _delta(action: Action, spec: ActionSpec) -> Decimal:
    if spec.sign == "side":
        return action.quantity if action.side == "buy" else -action.quantity
    if spec.sign == "adds":
        return action.quantity
    if spec.sign == "takes":
        return -action.quantity
    if spec.sign == "level":
        return action.quantity - level_before(action)
    return ZERO
