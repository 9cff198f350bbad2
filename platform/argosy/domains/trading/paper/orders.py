"""Checks that the venue makes before matching: price grid, sizes, precision, closed market."""

from __future__ import annotations

from datetime import datetime

from argosy.core.actions.action import Action
from argosy.core.money.money import ONE, ZERO
from argosy.domains.trading.expiry import GTD_MARGIN_S, expires_too_soon
from argosy.domains.trading.market import BinaryMarket
from argosy.domains.trading.sizes import IMMEDIATE, floor_quantity


def refusal(action: Action, market: BinaryMarket, now: datetime) -> str | None:
    """Return the reason why the venue would refuse this order, or None.

    Resting orders need the market's minimum size (5 shares). Orders that match at once need 1 USD. Source:
    Polymarket order rules as of 2026-10. Its documentation does not confirm the dollar minimum; keeping it is
    the safe side.
    """
    price, tick = action.limit_price, market.tick
    if action.side is None:
        return "expected side buy or sell, found none"
    if price is None:
        return "expected a limit price, found none"
    if not tick <= price <= ONE - tick or price % tick:
        return f"price {price} is not on the grid of {tick} between {tick} and {ONE - tick}"
    least = floor_quantity(max(action.quantity, ZERO), price, action.side, action.time_in_force)
    if action.quantity <= ZERO or action.quantity != least:
        return f"size {action.quantity} cannot be expressed at {price}: the next size below that can is {least.normalize():f}"
    if action.time_in_force not in IMMEDIATE:
        if action.quantity < market.minimum_size:
            return f"Size ({action.quantity}) lower than the minimum: {market.minimum_size}"
    elif action.side == "buy" and action.quantity * price < market.minimum_notional:
        return f"order of {action.quantity * price} USD is under the minimum of {market.minimum_notional} USD"
    if action.parameters.get("postOnly") == "true" and action.time_in_force in IMMEDIATE:
        return "a post-only order must be able to rest"
    if expires_too_soon(action, now):
        return f"invalid expiration: it must lie {GTD_MARGIN_S} s ahead"
    if market.fees is None:
        return f"market {market.slug} charges fees by a schedule that is not known"
    if not market.tradable(now):
        return f"market {market.slug} does not accept orders"
    return None
