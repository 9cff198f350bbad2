"""What an action does in numbers: how much it adds or takes away, and what it may cost at most."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from argosy.core.action import Action, ActionKind
from argosy.core.money import ONE, ZERO, floor_to

_ADDS = frozenset({ActionKind.PURCHASE, ActionKind.ALLOCATE})
_TAKES = frozenset({ActionKind.WITHDRAW, ActionKind.MERGE_PAIR, ActionKind.REDEEM})
_NEVER_ADDS = frozenset({ActionKind.CANCEL_ORDER, ActionKind.UNLIST, ActionKind.CREATE_LISTING})
"""Take no new risk whatever their numbers: giving up an order or a listing, and offering goods that are owned."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a bot has of an asset: its position, and the signed quantities open buys and sells may still bring."""

    position: Decimal = ZERO
    pending_buys: Decimal = ZERO
    pending_sells: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Effect:
    """`delta` in units of the asset, `price` and `cost` in the action's currency: the worst a unit and the whole may
    cost; `price` None where it is not known. `reducing`: it takes no new risk."""

    delta: Decimal
    price: Decimal | None
    cost: Decimal
    reducing: bool


def effect_of(action: Action, standing: Standing, mark: Decimal | None = None) -> Effect:
    """The effect of `action`; `mark` is the last price of the asset, for actions without a limit.

    A sale beyond what is held costs its notional, as the purchase that closes it would.
    """
    delta = _delta(action)
    price = action.limit_price if action.limit_price is not None else mark
    if action.kind in _NEVER_ADDS:
        return Effect(ZERO, price, action.max_fee, True)
    if action.kind is ActionKind.ALLOCATE and price is None:
        price = ONE
    reducing = delta != 0 and reduces(delta, standing)
    if action.kind is ActionKind.SET_BUDGET:
        return Effect(delta, ONE, max(delta, ZERO) + action.max_fee, delta < 0)
    short = ZERO
    if delta < 0:
        short = max(-(standing.position + standing.pending_sells + delta), ZERO)
        short = min(short, -delta)
    units = delta if delta > 0 else short
    return Effect(delta, price, units * (price or ZERO) + action.max_fee, reducing)


def reduces(delta: Decimal, standing: Standing) -> bool:
    """Whether |position + pending + delta| < |position + pending| and the sign stays, however open orders end.

    Only what is open on the same side counts: an open purchase may never fill, so it covers no sale. Where that
    much is there to reduce, what is open on the other side leaves at least as much.
    """
    sure = standing.position + (standing.pending_sells if delta < 0 else standing.pending_buys)
    return sure * delta < 0 and sure * (sure + delta) >= 0


def scaled(action: Action, scale: Decimal) -> Action:
    """The action in a smaller size, on the grid of the quantity it was given with; its fee bound shrinks along."""
    exponent = action.quantity.as_tuple().exponent
    step = Decimal(1).scaleb(min(exponent, 0) if isinstance(exponent, int) else 0)
    quantity = floor_to(action.quantity * scale, step)
    return action.model_copy(update={"quantity": quantity, "max_fee": action.max_fee * scale})


def _delta(action: Action) -> Decimal:
    if action.kind is ActionKind.PLACE_ORDER:
        return action.quantity if action.side == "buy" else -action.quantity
    if action.kind in _ADDS:
        return action.quantity
    if action.kind in _TAKES:
        return -action.quantity
    if action.kind is ActionKind.SET_BUDGET:
        return action.quantity - Decimal(action.parameters.get("current", "0"))
    return ZERO
