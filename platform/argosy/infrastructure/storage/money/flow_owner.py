"""Owner of a flow: the strategy that owns the asset, else the bot."""

from __future__ import annotations

from sqlalchemy import select

from argosy.core.actions.action import ActionStatus
from argosy.core.actions.intent import Caller
from argosy.core.money.flow import FlowAccount, FlowOwner
from argosy.infrastructure.storage.engine.operation import Steps
from argosy.infrastructure.storage.models import IntentRow, PositionRow

_NEVER_DONE = [ActionStatus.DENIED.value, ActionStatus.REJECTED.value, ActionStatus.CANCELLED.value]


def of_flow(caller: Caller, account: FlowAccount, symbol: str) -> Steps[FlowOwner]:
    """Return the owner of a flow of `symbol`.

    The only strategy with a position in the asset owns it. Without a position it is the strategy of its newest action.
    Without an action it is the only strategy that ever held it. Other flows belong to the reconciled bot: those
    without an asset, and those of an asset that several of its strategies hold.
    """
    own = FlowOwner(caller.domain, caller.bot_id)
    if not symbol:
        return own
    held = select(
        PositionRow.domain, PositionRow.bot_id, PositionRow.strategy_id, PositionRow.quantity
    ).where(
        PositionRow.mode == account.mode, PositionRow.venue == account.venue, PositionRow.symbol == symbol
    )
    acted = select(IntentRow.domain, IntentRow.bot_id, IntentRow.strategy_id).where(
        IntentRow.mode == account.mode,
        IntentRow.venue == account.venue,
        IntentRow.symbol == symbol,
        IntentRow.status.not_in(_NEVER_DONE),
    )
    if account.owner:
        held = held.where(PositionRow.bot_id == account.owner)
        acted = acted.where(IntentRow.bot_id == account.owner)
    rows = (yield held.order_by(PositionRow.bot_id, PositionRow.strategy_id)).all()
    holders = [FlowOwner(row.domain, row.bot_id, row.strategy_id) for row in rows if row.quantity]
    if holders:
        return _common(holders, own)
    newest = (yield acted.order_by(IntentRow.decided_at.desc()).limit(1)).one_or_none()
    if newest is not None:
        return FlowOwner(newest.domain, newest.bot_id, newest.strategy_id)
    return _common([FlowOwner(row.domain, row.bot_id, row.strategy_id) for row in rows], own)


def _common(holders: list[FlowOwner], own: FlowOwner) -> FlowOwner:
    """Return the only holder; the bot of several strategies; the reconciled bot of several bots."""
    if len(holders) == 1:
        return holders[0]
    bots = {(holder.domain, holder.bot_id) for holder in holders}
    if len(bots) != 1:
        return own
    ((domain, bot_id),) = bots
    return FlowOwner(domain, bot_id)
