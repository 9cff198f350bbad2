"""Create, archive and remove bots, and change their mode.

Each change and its audit row are one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from argosy.core.bot import Mode
from argosy.core.risk.defaults import defaults_for
from argosy.core.safety.audit import Actor, AuditEntry
from argosy.core.schedule.schedule import Schedule
from argosy.core.scope import Scope
from argosy.errors import Conflict
from argosy.graph.document import WorkflowDocument
from argosy.graph.document import digest as digest_of
from argosy.infrastructure.catalog.workflows import saving
from argosy.infrastructure.storage.catalog import bot_versions, bots, obligations, schedules
from argosy.infrastructure.storage.catalog.obligations import OpenHolding
from argosy.infrastructure.storage.engine.operation import Operation, Steps, operation
from argosy.infrastructure.storage.money import capital
from argosy.infrastructure.storage.records import BotRecord
from argosy.infrastructure.storage.safety import audit, limits
from argosy.infrastructure.storage.safety.audit import Audited, audited_together


@dataclass(frozen=True, slots=True)
class NewBot:
    """Values of a bot to be created.

    `strategies` are documents to save with the bot, because no workflow of their names is saved yet.
    """

    id: str
    name: str
    domain: str
    mode: Mode
    capital: Decimal
    base_currency: str
    document: WorkflowDocument
    strategies: Sequence[WorkflowDocument] = ()
    schedule: Schedule | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class ModeChange:
    """Result of a change of mode.

    `left` are the positions in the old mode: they stay in that mode's account and books.
    """

    bot: BotRecord
    before: Mode
    left: Sequence[OpenHolding] = field(default_factory=list)


def create(new: NewBot, *, actor: Actor, at: datetime, reason: str = "") -> Operation[BotRecord]:
    """Create a bot with its workflow, schedule and the default limits of a new bot.

    A bot in live mode starts paused, with its live switch off. Raises Conflict for an id that is in use, or
    that has runs, actions or entries in history.
    """

    def steps() -> Steps[BotRecord]:
        yield from _without_past(new.id)
        paused = new.paused or new.mode is Mode.LIVE
        making = bots.create(
            id=new.id,
            name=new.name,
            domain=new.domain,
            mode=new.mode.value,
            state="paused" if paused else "running",
            workflow_id=new.document.id,
            workflow_digest=digest_of(new.document),
            capital=new.capital,
            base_currency=new.base_currency,
        )
        changes = [saving(document, actor, reason) for document in (*new.strategies, new.document)]
        changes.append(Audited(making, bots.view(new.id), "bot.create", f"bot:{new.id}"))
        if new.schedule is not None:
            planning = schedules.save(id=new.id, bot_id=new.id, spec=new.schedule)
            changes.append(Audited(planning, schedules.view(new.id), "schedule.set", f"schedule:{new.id}"))
            yield from _own_schedule(new.id)
        yield from audited_together(changes, actor=actor, at=at, reason=reason).steps()
        made = yield from bots.get(new.id).steps()
        yield from bot_versions.keep(made, actor.id, reason).steps()
        for limit in defaults_for(new.id, new.capital):
            yield from limits.save(limit, actor, at=at, reason=reason).steps()
        return made

    return Operation(steps)


def archive(bot_id: str, *, actor: Actor, at: datetime, reason: str = "") -> Operation[BotRecord]:
    """Archive a bot: no run, no tick and no new risk follow; the history stays.

    Raises NotFound, and Conflict while the bot has positions, actions without an end or commitments.
    """
    change = Audited(_archived(bot_id), bots.view(bot_id), "bot.archive", f"bot:{bot_id}")

    def steps() -> Steps[BotRecord]:
        yield from capital.lock(bot_id).steps()  # lock capital first, as in every transaction that locks both
        (bot,) = yield from audited_together([change], actor=actor, at=at, reason=reason).steps()
        yield from capital.set_live(bot_id, False, actor=actor, reason="archived", at=at).steps()
        record: BotRecord = bot
        return record

    return Operation(steps)


def unarchive(bot_id: str, *, actor: Actor, at: datetime, reason: str = "") -> Operation[BotRecord]:
    """Bring an archived bot back, paused. Raises NotFound, and Conflict if it is not archived."""
    return audit.with_audit(
        _unarchived(bot_id),
        view=bots.view(bot_id),
        actor=actor,
        action="bot.unarchive",
        subject=f"bot:{bot_id}",
        at=at,
        reason=reason,
    )


def remove(bot_id: str, *, actor: Actor, at: datetime, reason: str = "") -> Operation[None]:
    """Remove a bot with its schedules, limits and shares.

    Raises NotFound, and Conflict for a bot with a past: a run, an action or a ledger entry.
    """

    def steps() -> Steps[None]:
        yield from capital.lock(bot_id).steps()
        bot = yield from bots.lock_bot(bot_id).steps()
        yield from _free(bot, "removed")
        past = yield from obligations.past(bot_id).steps()
        if past is not None:
            raise Conflict(
                f"bot {bot_id} has a past",
                expected="a bot without run, action or entry in the ledger",
                found=past,
                remedy=f"`argosy bots archive {bot_id}` puts it away and keeps its history",
            )
        before = yield from bots.view(bot_id).steps()
        for record in (yield from limits.records().steps()):
            if Scope.from_text(record.constraint.scope).belongs_to(bot_id):
                yield from limits.remove(record.constraint.id, actor, at=at, reason=reason).steps()
        yield from bots.remove(bot_id).steps()
        entry = AuditEntry(
            actor=actor, action="bot.remove", subject=f"bot:{bot_id}", reason=reason, before=before
        )
        yield from audit.append(entry, at).steps()

    return Operation(steps)


def set_mode(
    bot_id: str,
    mode: Mode,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    leave_positions: bool = False,
) -> Operation[ModeChange]:
    """Change a bot's mode, switch live trading off, and pause a bot that goes to live.

    Its positions stay in the account and the books of the old mode. Raises NotFound, and Conflict for an
    archived bot or while an action has no end. Raises Conflict with positions or commitments in the old mode,
    unless `leave_positions`.
    """

    def steps() -> Steps[ModeChange]:
        yield from capital.lock(bot_id).steps()  # lock capital first, as in every transaction that locks both
        before = yield from bots.get(bot_id).steps()
        left: list[OpenHolding] = []
        change = Audited(
            _moded(bot_id, mode, left, leave_positions=leave_positions, by=actor.id, note=reason),
            bots.view(bot_id),
            "bot.mode",
            f"bot:{bot_id}",
        )
        (bot,) = yield from audited_together([change], actor=actor, at=at, reason=reason).steps()
        if bot.mode != before.mode:
            why = f"the mode changed to {bot.mode}"
            yield from capital.set_live(bot_id, False, actor=actor, reason=why, at=at).steps()
        return ModeChange(bot, Mode(before.mode), left)

    return Operation(steps)


@operation
def _moded(
    bot_id: str, mode: Mode, left: list[OpenHolding], *, leave_positions: bool, by: str, note: str
) -> Steps[BotRecord]:
    bot = yield from bots.lock_bot(bot_id).steps()
    _not_archived(bot)
    if bot.mode == mode.value:
        return bot
    found = yield from obligations.of_bot(bot_id).steps()
    if found.pending:
        raise Conflict(
            f"bot {bot_id} has actions without an end",
            expected="none: they end in the mode they began in",
            found=str(found),
            remedy="cancel its orders or wait for their outcome, then change the mode",
        )
    here = [each for each in found.holdings if each.mode == bot.mode]
    stands = [each for each in found.commitments if each.mode == bot.mode]
    if (here or stands) and not leave_positions:
        raise Conflict(
            f"bot {bot_id} still holds something in mode {bot.mode}",
            expected="nothing, or consent that the positions stay there",
            found="; ".join(str(each) for each in (*here, *stands)),
            remedy=f"close it first, or leave it in the {bot.mode} account with --leave-positions "
            "(`leavePositions` in the API): no run of the bot looks after it there",
        )
    yield from bot_versions.keep(bot, "argosy").steps()
    values: dict[str, Any] = {"mode": mode.value}
    if mode is Mode.LIVE:
        values["state"] = "paused"
    changed = yield from bots.change(bot_id, **values).steps()
    yield from bot_versions.keep(changed, by, note).steps()
    left += here
    return changed


@operation
def _archived(bot_id: str) -> Steps[BotRecord]:
    bot = yield from bots.lock_bot(bot_id).steps()
    if bot.state == bots.ARCHIVED:
        return bot
    yield from _free(bot, "archived")
    return (yield from bots.change(bot_id, state=bots.ARCHIVED).steps())


@operation
def _unarchived(bot_id: str) -> Steps[BotRecord]:
    bot = yield from bots.lock_bot(bot_id).steps()
    if bot.state != bots.ARCHIVED:
        raise Conflict(f"bot {bot_id} is not archived", expected="an archived bot", found=bot.state)
    return (yield from bots.change(bot_id, state="paused").steps())


def _free(bot: BotRecord, what: str) -> Steps[None]:
    """Raise Conflict while the bot has positions, open actions or commitments in any mode."""
    found = yield from obligations.of_bot(bot.id).steps()
    if found:
        raise Conflict(
            f"bot {bot.id} cannot be {what} yet",
            expected="no position, no action without an end, no commitment",
            found=str(found),
            remedy="cancel its orders and close its positions first; `argosy ledger show` lists them",
        )


def _not_archived(bot: BotRecord) -> None:
    if bot.state == bots.ARCHIVED:
        raise Conflict(
            f"bot {bot.id} is archived",
            expected="a bot that is not",
            found="archived",
            remedy=f"`argosy bots unarchive {bot.id}` brings it back, paused",
        )


def _own_schedule(id: str) -> Steps[None]:
    """Raise Conflict when a schedule of this name starts another bot."""
    for planned in (yield from schedules.every().steps()):
        if planned.id == id:
            raise Conflict(
                f"there is a schedule {id} of another bot",
                expected="a name for the bot that no schedule has",
                found=f"it starts {planned.bot_id}",
                remedy="choose another id for the bot",
            )


def _without_past(bot_id: str) -> Steps[None]:
    """Raise Conflict if an earlier bot had the id: a new bot must not inherit its books.

    The books of a bot that an older release deleted are still there.
    """
    past = yield from obligations.past(bot_id).steps()
    if past is not None:
        raise Conflict(
            f"the id {bot_id} was a bot's before",
            expected="an id without a past",
            found=past,
            remedy="choose another id",
        )
