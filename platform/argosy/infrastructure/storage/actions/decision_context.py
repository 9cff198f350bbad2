"""Facts for a decision: positions, open intents, cash, prices, limits and emergency states.

All are of one mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import func, or_, select

from argosy.core.actions.action import Action, ActionStatus
from argosy.core.actions.action_spec import kinds
from argosy.core.actions.context import DecisionContext, LivePermission, accounts_of
from argosy.core.actions.impact import change_of
from argosy.core.actions.intent import NO_EFFECT, UNSETTLED
from argosy.core.actions.value_change import SUPERSEDED
from argosy.core.money.capital import Lending, Share
from argosy.core.money.equity import local_day
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import summaries
from argosy.core.risk import Constraint, Holding, Open, Snapshot
from argosy.core.risk.constraint import ConstraintKind
from argosy.core.risk.kinds.rate import DEFAULT_WINDOW_S
from argosy.core.risk.kinds.values import window_of_edits
from argosy.core.risk.snapshot import ValueEdited
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState, worst
from argosy.core.scope import PLATFORM_SCOPE, Scope, ScopePath, domain_scope
from argosy.infrastructure.storage.catalog import venue_domains
from argosy.infrastructure.storage.catalog.bots import ARCHIVED
from argosy.infrastructure.storage.engine import scopes
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import (
    BotRow,
    CapitalAccount,
    CapitalShare,
    EmergencyRow,
    IntentRow,
    RiskLimit,
)
from argosy.infrastructure.storage.money import equity, positions, prices
from argosy.infrastructure.storage.money.reconciliations import blocked_by, compared_mode


@operation
def snapshot(mode: str, now: datetime, zone: tzinfo) -> Steps[Snapshot]:
    """Return the facts of one mode without a decision, for the guard. Days end in `zone`."""
    constraints = _constraints((yield select(RiskLimit.__table__).where(RiskLimit.enabled)))
    base = yield from positions.base_currency()
    domains = yield from venue_domains.every().steps()
    found = yield from _snapshot(mode, now, zone, base, constraints, domains)
    return found[0]


def load(
    *,
    bot_id: str,
    mode: str,
    domain: str,
    strategy_id: str,
    now: datetime,
    zone: tzinfo,
    actions: Sequence[Action],
) -> Steps[DecisionContext]:
    """Load the context of a decision on `actions`.

    The caller has locked the bot's capital account. The limits that apply are locked in id order. Days end in `zone`.
    """
    assets = [(action.venue, action.symbol) for action in actions]
    edited = {(action.venue, action.symbol) for action in actions if change_of(action) is not None}
    bot = (yield select(BotRow.capital, BotRow.base_currency).where(BotRow.id == bot_id)).one_or_none()
    allowed, lending = yield from permit(bot_id, mode)
    shares = (yield select(CapitalShare.__table__).where(CapitalShare.bot_id == bot_id)).all()
    path = ScopePath(domain, bot_id, strategy_id).scopes
    domains = yield from venue_domains.every().steps()
    beside = {domains[venue] for venue, _ in assets if venue in domains} - {domain}
    found_flags = yield from emergency_flags([*path, *(domain_scope(name) for name in sorted(beside))])
    flags = [flag for flag in found_flags if flag.scope in path]
    paths = [
        ScopePath(domain, bot_id, strategy_id, venue, symbol, domains.get(venue, ""))
        for venue, symbol in assets
    ]
    touched = {scope for each in paths for scope in each.scopes}
    limits = select(RiskLimit.__table__).where(RiskLimit.enabled, RiskLimit.scope.in_(touched))
    rows = (yield limits.order_by(RiskLimit.id).with_for_update()).all()
    base = "USD" if bot is None else bot.base_currency
    constraints = _constraints(rows)
    own = {scope for each in paths for scope in each.account_scopes}
    facts, known = yield from _snapshot(mode, now, zone, base, constraints, domains, own, assets, edited)
    return DecisionContext(
        now=now,
        flag=effective(flags),
        bot_id=bot_id,
        capital=ZERO if bot is None else bot.capital,
        base_currency=base,
        snapshot=facts,
        constraints=constraints,
        shares=[Share(row.strategy_id, row.weight, row.lends) for row in shares],
        lending=lending,
        permit=allowed,
        epochs={flag.scope: flag.epoch for flag in found_flags},
        prices=known,
        venue_domains=domains,
        domain_flags={
            name: flag for name in beside for flag in found_flags if flag.scope == domain_scope(name)
        },
    )


def emergency_flags(scopes: Iterable[str]) -> Steps[list[EmergencyFlag]]:
    """Return the emergency states of these scopes as stored in Postgres."""
    query = select(EmergencyRow.scope, EmergencyRow.state, EmergencyRow.epoch, EmergencyRow.reason)
    rows = yield query.where(EmergencyRow.scope.in_(list(scopes)))
    return [EmergencyFlag(r.scope, EmergencyState[r.state], r.epoch, r.reason) for r in rows]


def effective(flags: Sequence[EmergencyFlag]) -> EmergencyFlag:
    """Return the worst flag; HALT if the platform's own state was never written."""
    if not any(flag.scope == PLATFORM_SCOPE for flag in flags):
        return EmergencyFlag(PLATFORM_SCOPE, EmergencyState.HALT, 0, "the platform's state was never set")
    found = worst(flags)
    assert found is not None  # the platform's flag is among them
    return found


def permit(bot_id: str, mode: str) -> Steps[tuple[LivePermission, Lending]]:
    """Return the bot's permission to act in this mode, and the lending policy of its strategies."""
    unknown = (
        select(func.count())
        .where(
            IntentRow.bot_id == bot_id, IntentRow.mode == mode, IntentRow.status == ActionStatus.UNKNOWN.value
        )
        .scalar_subquery()
    )
    query = select(
        CapitalAccount.__table__,
        BotRow.mode.label("bot_mode"),
        BotRow.state.label("bot_state"),
        unknown.label("unknown"),
        compared_mode(bot_id, mode).label("compared_mode"),
    )
    query = query.join(BotRow, BotRow.id == CapitalAccount.bot_id)
    row = (yield query.where(CapitalAccount.bot_id == bot_id)).one_or_none()
    if row is None:
        return LivePermission(), "none"
    same = row.compared_mode == mode
    found = LivePermission(
        live_enabled=row.live_enabled,
        reconciled_at=row.reconciled_at if same else None,
        reconciled_clean=row.reconciled_clean and same,
        blocked=row.blocked or blocked_by(row.unknown, ()),
        retired=_retired(row.bot_state, row.bot_mode, mode),
    )
    return found, cast("Lending", row.lending)


def _retired(state: str, own_mode: str, mode: str) -> tuple[str, str] | None:
    """Return the denial for a run that began before its bot was archived or changed mode."""
    if state == ARCHIVED:
        return "bot.archived", "the bot is archived: it takes no risk any more"
    if own_mode != mode:
        return "bot.mode", f"the bot is in mode {own_mode} now: it takes no risk in mode {mode} any more"
    return None


def _snapshot(
    mode: str,
    now: datetime,
    zone: tzinfo,
    base: str,
    constraints: Sequence[Constraint],
    domains: Mapping[str, str],
    scopes: Iterable[str] = (),
    assets: Iterable[tuple[str, str]] = (),
    edited: Iterable[tuple[str, str]] = (),
) -> Steps[tuple[Snapshot, Mapping[tuple[str, str], Decimal]]]:
    # Open actions first, then positions: an action that settles meanwhile counts twice rather than not at
    # all.
    waiting = (yield _open_query(mode)).all()
    open_ = [_open(row, domains) for row in waiting]
    held, flows = yield from positions.holdings(mode).steps()
    holdings = [Holding(h.path, h.quantity, h.cost) for h in held]
    followed = {each.path.asset for each in holdings} | {each.path.asset for each in open_}
    found = yield from prices.of(mode, base, followed | set(assets))
    levels = yield from equity.levels_at(mode, now, zone).steps()
    shared = yield from positions.shares(mode)
    decided = yield from _decided(mode, now, constraints, domains)
    facts = Snapshot(
        now=now,
        holdings=holdings,
        open=open_,
        accounts=accounts_of(
            summaries(held, flows, found.marks, shared, fresh_since=now),
            open_,
            levels,
            local_day(now, zone),
            scopes,
        ),
        marks=found.marks,
        decided=decided,
        edits=(yield from _edits(mode, now, constraints, edited)),
    )
    return facts, found.own


def _decided(
    mode: str, now: datetime, constraints: Iterable[Constraint], domains: Mapping[str, str]
) -> Steps[list[tuple[datetime, ScopePath]]]:
    """Return past decisions for the rate limits, each in its scope and window.

    Narrow queries keep a long window from reading every decision of the platform.
    """
    counted = [
        (IntentRow.decided_at >= now - timedelta(seconds=each.window_s or DEFAULT_WINDOW_S))
        & scopes.inside(Scope.from_text(each.scope))
        for each in constraints
        if each.kind is ConstraintKind.ACTION_RATE
    ]
    if not counted:
        return []
    query = select(
        IntentRow.decided_at,
        IntentRow.domain,
        IntentRow.bot_id,
        IntentRow.strategy_id,
        IntentRow.venue,
        IntentRow.symbol,
    ).where(IntentRow.mode == mode, IntentRow.status != ActionStatus.DENIED.value, or_(*counted))
    return [
        (
            r.decided_at,
            ScopePath(r.domain, r.bot_id, r.strategy_id, r.venue, r.symbol, domains.get(r.venue, "")),
        )
        for r in (yield query)
    ]


def _edits(
    mode: str, now: datetime, constraints: Iterable[Constraint], edited: Iterable[tuple[str, str]]
) -> Steps[list[ValueEdited]]:
    """Return past changes of the assets' values by any bot, as far back as a limit counts them."""
    window_s = window_of_edits(constraints)
    assets = [(IntentRow.venue == venue) & (IntentRow.symbol == symbol) for venue, symbol in edited]
    if not window_s or not assets:
        return []
    levels = kinds(lambda spec: spec.sign == "level")
    query = select(IntentRow.decided_at, IntentRow.action).where(
        IntentRow.mode == mode,
        IntentRow.decided_at > now - timedelta(seconds=window_s),
        IntentRow.action["change"]["field"].astext.is_not(None) | IntentRow.kind.in_(levels),
        IntentRow.status.not_in([status.value for status in NO_EFFECT]) | (IntentRow.code == SUPERSEDED),
        or_(*assets),
    )
    return [
        ValueEdited(row.decided_at, (action.venue, action.symbol), change)
        for row in (yield query)
        if (change := change_of(action := Action.model_validate(row.action)))
    ]


def _open_query(mode: str) -> Any:
    columns = (
        IntentRow.client_id,
        IntentRow.domain,
        IntentRow.bot_id,
        IntentRow.strategy_id,
        IntentRow.venue,
        IntentRow.symbol,
        IntentRow.delta,
        IntentRow.filled,
        IntentRow.reserved,
        IntentRow.reducing,
        IntentRow.decided_at,
        IntentRow.action["quantity"].astext.label("quantity"),
        IntentRow.action["change"]["field"].astext.label("field"),
    )
    statuses = [status.value for status in UNSETTLED]
    return select(*columns).where(IntentRow.mode == mode, IntentRow.status.in_(statuses))


def _open(row: Any, domains: Mapping[str, str]) -> Open:
    quantity = Decimal(row.quantity)
    left = max(quantity - row.filled, ZERO)
    return Open(
        client_id=row.client_id,
        path=ScopePath(
            row.domain, row.bot_id, row.strategy_id, row.venue, row.symbol, domains.get(row.venue, "")
        ),
        delta=row.delta * left / quantity if quantity else ZERO,
        reserved=row.reserved,
        reducing=row.reducing,
        decided_at=row.decided_at,
        field=row.field or "",
    )


def _constraints(rows: Iterable[Any]) -> list[Constraint]:
    return [
        Constraint(
            id=r.id,
            scope=r.scope,
            kind=ConstraintKind(r.kind),
            limit=r.max,
            warning=r.warning,
            mode=r.mode,
            window_s=r.window_s,
            parameters=r.parameters,
        )
        for r in rows
    ]
