"""Words for actions on the page, in traces and in messages, from the table of action kinds."""

from __future__ import annotations

from decimal import Decimal

from argosy.core.actions.action import Action, ActionStatus
from argosy.core.actions.action_spec import spec_of
from argosy.core.money.exact import text
from argosy.core.money.money import ZERO
from argosy.errors import InvalidInput

_CHANGE = "set {field} of {asset} from {before} to {wanted}"


def sentence_of(action: Action, status: ActionStatus | None = None, filled: Decimal = ZERO) -> str:
    """Return the action as a phrase, such as "buy 4 of 10 BTC/USDT".

    With `status` the quantity is the filled one, and both are named while a part is filled.
    """
    quantity = _grouped(action.quantity)
    if status is ActionStatus.FILLED and filled:
        quantity = _grouped(filled)
    elif status in (ActionStatus.PARTIALLY_FILLED, ActionStatus.UNKNOWN) and filled:
        quantity = f"{_grouped(filled)} of {quantity}"
    change = action.change
    words = {
        "side": action.side or "trade",
        "quantity": quantity,
        "asset": action.label or action.symbol,
        "field": "" if change is None else change.field,
        "before": "" if change is None else change.before,
        "wanted": "" if change is None else change.wanted,
        "order": action.parameters.get("clientId", "")[:12],
    }
    return _template(action).format_map(words)


def _template(action: Action) -> str:
    try:
        template = spec_of(action.kind).sentence
    except InvalidInput:  # the package that brought the kind may be gone since
        template = ""
    if action.change is not None and "{wanted}" not in template:
        return _CHANGE
    return (
        template
        or action.kind.value.replace("_", " ") + (" {quantity}" if action.quantity else "") + " {asset}"
    )


def _grouped(amount: Decimal) -> str:
    """Format a quantity with thousands separators and without needless zeros."""
    whole, point, part = text(amount).partition(".")
    return f"{int(whole):,}{point}{part}"
