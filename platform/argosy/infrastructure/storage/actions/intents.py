"""Intents: decide, begin and settle actions, each in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from argosy.core.actions.action import Action, ActionResult, ActionStatus, Fill
from argosy.core.actions.action_spec import spec_of
from argosy.core.actions.context import DecisionContext
from argosy.core.actions.decision import is_forbidden, newer_alert, not_permitted
from argosy.core.actions.intent import UNSETTLED, Caller, Change, Decision, Intent
from argosy.core.actions.settlement import Settlement, settle_intent
from argosy.core.bot import Mode
from argosy.core.money.booking import booking_of
from argosy.core.money.ledger import Entry, entries_of, split_over
from argosy.core.money.money import ZERO
from argosy.core.safety.emergency import EmergencyFlag, worst
from argosy.core.safety.restored_database import NOTHING, REMEDY, RememberedRows
from argosy.core.scope import domain_scope
from argosy.errors import BooksBehind, NotFound
from argosy.infrastructure.storage.actions import decision_context, intent_rows
from argosy.infrastructure.storage.catalog import venue_domains
from argosy.infrastructure.storage.engine.locks import EMERGENCY_LOCK
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import ActionRow as Recorded
from argosy.infrastructure.storage.models import BotRow, CapitalAccount, IntentChange, PositionRow
from argosy.infrastructure.storage.models import IntentRow as Row
from argosy.infrastructure.storage.money import fx_rates, ledger, positions
from argosy.infrastructure.storage.safety import restore_check

Judge = Callable[[DecisionContext, Sequence[Action]], Sequence[Decision]]
"""Pure function that decides.

Input: the situation and the undecided actions. Output: one decision per action.
"""

_TABLE = Row.__table__
_STATUSES = [status.value for status in UNSETTLED]
_MOST_LOOKUPS = 32_767
"""Largest number of lookups that the column can hold."""

_FINAL = [status.value for status in ActionStatus if status.final]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Changes that history has missed.

    `heard`: history has the outcome of every action up to this change number.
    """

    changes: Sequence[Change]
    heard: int


@operation
def get(client_id: str) -> Steps[Intent | None]:
    row = (yield select(_TABLE).where(Row.client_id == client_id)).one_or_none()
    return None if row is None else intent_rows.intent(row)


@operation
def unsettled(bot_id: str | None = None) -> Steps[list[Intent]]:
    """Return decided actions without a final status, oldest first."""
    query = select(_TABLE).where(Row.status.in_(_STATUSES)).order_by(Row.decided_at, Row.client_id)
    if bot_id is not None:
        query = query.where(Row.bot_id == bot_id)
    return [intent_rows.intent(row) for row in (yield query)]


@operation
def undecided_of_run(run_id: str) -> Steps[list[str]]:
    """Return client ids of a run's actions that may reach, or may have reached, their venue."""
    statuses = (ActionStatus.PLANNED, ActionStatus.SUBMITTED, ActionStatus.UNKNOWN)
    query = select(Row.client_id).where(Row.run_id == run_id, Row.status.in_([s.value for s in statuses]))
    return list((yield query.order_by(Row.decided_at)).scalars())


@operation
def of_group(group_id: str) -> Steps[list[Intent]]:
    """Return the legs of one opportunity, ordered by index."""
    rows = [intent_rows.intent(row) for row in (yield select(_TABLE).where(Row.group_id == group_id))]
    return sorted(rows, key=lambda each: 0 if each.action.leg is None else each.action.leg.index)


@operation
def known_at(mode: str, venue: str, names: Iterable[str]) -> Steps[set[str]]:
    """Return the names that belong to actions decided for the venue.

    `names` are client ids and venue ids.
    """
    wanted = list(names)
    query = select(Row.client_id, Row.venue_id).where(
        Row.mode == mode, Row.venue == venue, Row.client_id.in_(wanted) | Row.venue_id.in_(wanted)
    )
    return {name for row in (yield query) for name in (row.client_id, row.venue_id) if name}


@operation
def label(bot_id: str, venue: str, symbol: str) -> Steps[str]:
    """Return the asset's display name from the bot's newest action in it, or ""."""
    query = select(Row.action["label"].astext).where(
        Row.bot_id == bot_id, Row.venue == venue, Row.symbol == symbol
    )
    return (yield query.order_by(Row.decided_at.desc()).limit(1)).scalar_one_or_none() or ""


@operation
def decide(
    caller: Caller,
    actions: Sequence[Action],
    judge: Judge,
    now: datetime,
    zone: tzinfo,
    remembered: RememberedRows = NOTHING,
    domains: Mapping[str, str] | None = None,
) -> Steps[tuple[list[Intent], list[Change]]]:
    """Decide the new actions and reserve capital for them; return earlier decisions unchanged.

    Days end in `zone`. If the database lacks rows in `remembered`, the platform counts as halted. The bot's capital
    account is locked: of two concurrent decisions the second one sees the first. `domains` maps venues to domains
    as this process knows them; limits and states of those domains apply too.
    """
    wanted = [action.client_id for action in actions]
    known = yield from _known(wanted)
    if len(known) == len(set(wanted)):
        return [known[client_id] for client_id in wanted], []
    yield select(func.pg_advisory_xact_lock_shared(EMERGENCY_LOCK))
    bot = yield from locked_account(caller.bot_id)
    known = yield from _known(wanted)
    changes: list[Change] = []
    fresh: dict[str, Action] = {}
    for action in actions:
        if action.client_id not in known:
            fresh.setdefault(action.client_id, action)
    if fresh:
        yield from venue_domains.keep(domains or {}).steps()
        yield from ledger.ensure_capital(
            caller.bot_id, caller.domain, caller.mode, bot.capital, bot.base_currency, now
        ).steps()
        found = yield from decision_context.load(
            bot_id=caller.bot_id,
            mode=caller.mode,
            domain=caller.domain,
            strategy_id=caller.strategy_id,
            now=now,
            zone=zone,
            actions=list(fresh.values()),
        )
        for halt in (yield from restore_check.stops(remembered)):
            found = replace(found, flag=worst([found.flag, halt]) or halt)
        for decision in judge(found, list(fresh.values())):
            intent = Intent.decided(caller, decision, now, found.epochs)
            yield insert(Row).values(**intent_rows.values(intent))
            changes.append((yield from append_change(intent, None, now, "gateway")))
            known[intent.client_id] = intent
    return [known[client_id] for client_id in wanted], changes


@operation
def begin(
    client_id: str,
    *,
    seen: Sequence[EmergencyFlag],
    quantity: Decimal | None,
    liquidator: bool,
    owner: str,
    now: datetime,
    remembered: RememberedRows = NOTHING,
) -> Steps[tuple[Intent, Change | None]]:
    """Move an intent from planned to submitted, or to denied if an emergency state forbids it.

    `seen` are the flags in Redis. If Postgres has a newer flag, Redis is outdated and nothing is sent. If Redis is
    stricter, it received a stop while Postgres was unreachable. `quantity` reduces the action to the quantity left
    by an earlier leg. The change is None if the intent is no longer `planned`: another process has begun it.

    A change of an emergency state takes the same lock exclusively, so an action begins either before or after it.
    If the database lacks rows in `remembered`, the platform counts as halted. Raises BooksBehind.
    """
    yield select(func.pg_advisory_xact_lock_shared(EMERGENCY_LOCK))
    intent = yield from _locked_intent(client_id)
    if intent.status is not ActionStatus.PLANNED:
        return intent, None
    domains = yield from venue_domains.every().steps()
    beside = domains.get(intent.action.venue, intent.caller.domain)
    scopes = dict.fromkeys((*intent.caller.scopes, domain_scope(beside)))
    flags = yield from decision_context.emergency_flags(scopes)
    halts = yield from restore_check.stops(remembered, seen, flags)
    refusal = (
        _refusal(flags, seen, halts, intent, liquidator=liquidator)
        or (yield from _too_large([*flags, *seen], intent))
        or (yield from _not_permitted(intent, liquidator=liquidator))
    )
    if refusal is not None:
        code, reason = refusal
        after = replace(
            intent,
            status=ActionStatus.DENIED,
            code=code,
            reason=reason,
            reserved=ZERO,
            settled_at=now,
        )
    else:
        intent = intent.shrunk(quantity)
        after = replace(intent, status=ActionStatus.SUBMITTED, owner=owner, submitted_at=now)
    yield from store(after)
    return after, (yield from append_change(after, ActionStatus.PLANNED, now, "gateway"))


@operation
def drop(
    client_id: str, *, code: str, reason: str, actor: str, now: datetime, denied: bool = False
) -> Steps[tuple[Intent, Change | None]]:
    """Move an intent from planned to cancelled or denied: it is never sent. Raises BooksBehind."""
    intent = yield from _locked_intent(client_id)
    if intent.status is not ActionStatus.PLANNED:
        return intent, None
    status = ActionStatus.DENIED if denied else ActionStatus.CANCELLED
    after = replace(intent, status=status, code=code, reason=reason, reserved=ZERO, settled_at=now)
    yield from store(after)
    return after, (yield from append_change(after, ActionStatus.PLANNED, now, actor))


@operation
def settle(
    result: ActionResult, *, actor: str, now: datetime, looked_up: bool = False, call_ended: bool = False
) -> Steps[tuple[Intent, Change | None]]:
    """Apply the venue's result: store the status and book every new fill, in one transaction.

    A final status stays, but later fills are still booked. No fill is booked twice. `call_ended` clears the owner:
    no process is in the call any more. Raises BooksBehind.
    """
    before = yield from _locked_intent(result.client_id)
    outcome: Settlement = settle_intent(before, result, now)
    yield from _book(before, outcome.fills)
    after = replace(outcome.intent, owner=None) if call_ended else outcome.intent
    if after == before:  # an order may rest for days and is looked up every few seconds
        return before, None
    if looked_up:
        after = replace(after, lookups=min(before.lookups + 1, _MOST_LOOKUPS))
    yield from store(after, **({"looked_up_at": now} if looked_up else {}))
    if after.status is before.status and after.filled == before.filled:
        return after, None
    return after, (yield from append_change(after, before.status, now, actor))


@operation
def mark_announced(ids: Sequence[int]) -> Steps[None]:
    """Mark the events of these changes as published."""
    if ids:
        yield update(IntentChange).where(IntentChange.id.in_(ids)).values(announced=True)


@operation
def unpublished_changes(before: datetime, *, limit: int = 200) -> Steps[list[Change]]:
    """Return changes older than `before` whose event was never published.

    The process that made them has died.
    """
    query = intent_rows.changes().where(~IntentChange.announced, IntentChange.at < before)
    return [intent_rows.change(row) for row in (yield query.order_by(IntentChange.id).limit(limit))]


@operation
def unrecorded_changes(
    after: int | None, since: datetime, before: datetime, *, limit: int = 200
) -> Steps[Forgotten]:
    """Return final changes between `since` and `before` that history is missing.

    Their events were lost with Redis. `after` is the change number up to which history is complete; None if
    unknown.
    """
    newer, known = IntentChange.__table__.alias().c, after
    if known is None:
        older = select(IntentChange.id).where(IntentChange.at <= since).order_by(IntentChange.id.desc())
        known = (yield older.limit(1)).scalar_one_or_none() or 0
    young = func.min(IntentChange.id).filter(IntentChange.at >= before)
    end = func.coalesce(young - 1, func.max(IntentChange.id), known)
    until = (yield select(end).where(IntentChange.id > known)).scalar_one()
    # The action ended, was reopened and ended again, or was filled late: history has the first end.
    missed = (Recorded.change_id > 0) & (Recorded.change_id < IntentChange.id)
    query = (
        intent_rows.changes()
        .outerjoin(Recorded, Recorded.client_id == Row.client_id)
        .where(IntentChange.id > known, IntentChange.id <= until, IntentChange.at > since)
        .where(IntentChange.after.in_(_FINAL), Row.status.in_(_FINAL))
        .where(~exists().where(newer.client_id == IntentChange.client_id, newer.id > IntentChange.id))
        .where(Recorded.client_id.is_(None) | Recorded.status.not_in(_FINAL) | missed)
    )
    rows = (yield query.order_by(IntentChange.id).limit(limit)).all()
    return Forgotten([intent_rows.change(row) for row in rows], rows[0].id - 1 if rows else until)


def locked_account(bot_id: str) -> Steps[Any]:
    """Lock the bot's capital account and return its capital and base currency. Raises NotFound."""
    lock = select(CapitalAccount.bot_id).where(CapitalAccount.bot_id == bot_id).with_for_update()
    if (yield lock).one_or_none() is None:
        own = select(BotRow.id).where(BotRow.id == bot_id)
        yield upsert(CapitalAccount).from_select(["bot_id"], own).on_conflict_do_nothing()
        yield lock
    bot = (yield select(BotRow.capital, BotRow.base_currency).where(BotRow.id == bot_id)).one_or_none()
    if bot is None:
        raise NotFound("there is no such bot", found=bot_id)
    return bot


def _locked_intent(client_id: str) -> Steps[Intent]:
    """Lock and return the intent.

    Raises BooksBehind if the row is missing: the database was restored from an older backup.
    """
    row = (yield select(_TABLE).where(Row.client_id == client_id).with_for_update()).one_or_none()
    if row is None:
        raise BooksBehind(
            "the database does not contain this action: it was restored from an older backup",
            found=client_id,
            remedy=REMEDY,
        )
    return intent_rows.intent(row)


def _known(client_ids: Iterable[str]) -> Steps[dict[str, Intent]]:
    rows = yield select(_TABLE).where(Row.client_id.in_(list(client_ids)))
    return {row.client_id: intent_rows.intent(row) for row in rows}


def _refusal(
    flags: Sequence[EmergencyFlag],
    seen: Sequence[EmergencyFlag],
    halts: Sequence[EmergencyFlag],
    intent: Intent,
    *,
    liquidator: bool,
) -> tuple[str, str] | None:
    flag = worst([decision_context.effective(flags), *seen, *halts])
    assert flag is not None  # the first is
    if is_forbidden(flag.state, reducing=intent.reducing, liquidator=liquidator):
        return f"emergency.{flag.state.name.lower()}", f"{flag.scope} is {flag.state.name}: {flag.reason}"
    epochs = {each.scope: each.epoch for each in seen}
    for each in flags:
        if each.epoch > epochs.get(each.scope, 0):
            return "emergency.unknown", f"the flag of {each.scope} in Redis is older than in Postgres"
    return None


def _too_large(flags: Sequence[EmergencyFlag], intent: Intent) -> Steps[tuple[str, str] | None]:
    """Return the denial if an ALERT since the decision would have made the action smaller.

    A group of legs is checked at its first leg only. The group counts as risk-taking if one leg is, as in
    `core.decision`.
    """
    flag, leg = newer_alert(flags, intent.epochs), intent.action.leg
    if flag is None or (leg is not None and leg.index > 0):
        return None
    adds = not intent.reducing
    if not adds and leg is not None:
        adds = (yield select(exists().where(Row.group_id == leg.group, ~Row.reducing))).scalar_one()
    if not adds:
        return None
    return "emergency.alert", f"{flag.scope} is ALERT since this was decided, at its full size: {flag.reason}"


def _not_permitted(intent: Intent, *, liquidator: bool) -> Steps[tuple[str, str] | None]:
    """Return the denial if a permission was withdrawn since the decision.

    A later leg completes a trade begun by the first leg. It is not blocked by changes in between, because the
    opportunity would stay one-legged.
    """
    caller, leg = intent.caller, intent.action.leg
    allowed, _ = yield from decision_context.permit(caller.bot_id, caller.mode)
    return not_permitted(
        allowed,
        intent.action.kind,
        live=caller.mode == Mode.LIVE.value,
        reducing=intent.reducing or (leg is not None and leg.index > 0),
        liquidator=liquidator,
    )


def _book(intent: Intent, fills: Sequence[Fill]) -> Steps[None]:
    """Book the ledger entries of these fills.

    Actions that close a bot's shares as a whole are split over the strategies that hold them.
    """
    if not fills:
        return
    caller = intent.caller
    base = yield from positions.base_currency(caller.bot_id)
    rates = yield from fx_rates.prices(caller.mode).steps()
    entries: list[Entry] = []
    spec = spec_of(intent.action.kind)
    held: dict[str, dict[str, Decimal]] = {}
    for fill in fills:
        split: Sequence[tuple[str, Decimal]] = ()
        if spec.shared:
            if fill.symbol not in held:
                held[fill.symbol] = yield from _holdings(caller, fill)
            split = split_over(held[fill.symbol], caller.strategy_id, fill.quantity)
            for strategy_id, quantity in split:
                held[fill.symbol][strategy_id] = held[fill.symbol].get(strategy_id, ZERO) - quantity
        booking = booking_of(caller, spec.entry_kind, fill, base, rates)
        entries += entries_of(fill, booking, split)
    yield from ledger.book(entries).steps()


def _holdings(caller: Caller, fill: Fill) -> Steps[dict[str, Decimal]]:
    query = select(PositionRow.strategy_id, PositionRow.quantity).where(
        PositionRow.mode == caller.mode,
        PositionRow.bot_id == caller.bot_id,
        PositionRow.venue == fill.venue,
        PositionRow.symbol == fill.symbol,
        PositionRow.quantity > 0,
    )
    query = query.order_by(PositionRow.strategy_id).with_for_update()  # in the order in which bookings lock
    return {row.strategy_id: row.quantity for row in (yield query)}


def append_change(intent: Intent, before: ActionStatus | None, now: datetime, actor: str) -> Steps[Change]:
    statement = insert(IntentChange).values(
        client_id=intent.client_id,
        at=now,
        before=None if before is None else before.value,
        after=intent.status.value,
        filled=intent.filled,
        reason=intent.reason,
        actor=actor,
    )
    number = (yield statement.returning(IntentChange.id)).scalar_one()
    return Change(number, intent, before, intent.status, now, intent.reason)


def store(intent: Intent, **more: Any) -> Steps[None]:
    values = {name: value for name, value in intent_rows.values(intent).items() if name != "client_id"}
    yield update(Row).where(Row.client_id == intent.client_id).values(**values, **more)
