"""Save workflow documents and move the bots that use them, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from argosy.core.safety.audit import Actor
from argosy.errors import Conflict
from argosy.graph.document import WorkflowDocument
from argosy.graph.document import digest as digest_of
from argosy.infrastructure.catalog.surroundings import Surroundings, User
from argosy.infrastructure.storage.catalog import bot_versions, bots, workflows
from argosy.infrastructure.storage.engine.operation import Operation, Steps, operation
from argosy.infrastructure.storage.records import BotRecord, WorkflowRecord
from argosy.infrastructure.storage.safety.audit import Audited, audited_together


@dataclass(frozen=True, slots=True)
class SavedWorkflow:
    """Result of saving a document.

    `new`: True if the document became a new version.
    `follow`: the bots that use the document in their next run.
    `stay`: the bots that keep an older version of their own workflow.
    """

    record: WorkflowRecord
    new: bool
    follow: Sequence[BotRecord] = ()
    stay: Sequence[BotRecord] = ()


@dataclass(frozen=True, slots=True)
class SaveOrder:
    """Request to save a document.

    `base`: the version that the author saw (0: none yet; None: any).
    `follow`: bots that have the document as their own workflow move to the new version.
    `live`: the save may change bots in live mode.
    """

    actor: Actor
    at: datetime
    note: str = ""
    base: int | None = None
    follow: bool = True
    live: bool = False


def save(document: WorkflowDocument, around: Surroundings, order: SaveOrder) -> Operation[SavedWorkflow]:
    """Store a document that `check` has accepted.

    Raises Conflict when the newest version is not the checked or seen one. Raises Conflict when the save
    would change bots in live mode without `live`.
    """

    def steps() -> Steps[SavedWorkflow]:
        yield from workflows.lock(document.id).steps()
        before = yield from workflows.newest(document.id).steps()
        _as_seen(document.id, before, around, order)
        new = before is None or before.digest != digest_of(document)
        own = [user for user in around.users if user.bot.workflow_id == document.id]
        follow = [] if document.kind == "bot" and not order.follow else list(around.users)
        if new:
            _live_allowed(document.id, follow, order)
        moved = [user.bot for user in own if order.follow and user.bot.workflow_digest != digest_of(document)]
        changes = [saving(document, order.actor, order.note)]
        changes += [_moving(bot, digest_of(document), order) for bot in moved]
        results = yield from audited_together(
            changes, actor=order.actor, at=order.at, reason=order.note
        ).steps()
        stay = [] if order.follow else [user.bot for user in own]
        return SavedWorkflow(results[0], new, [user.bot for user in follow], stay)

    return Operation(steps)


def saving(document: WorkflowDocument, actor: Actor, note: str = "") -> Audited:
    """Return the saving of a document as one of several changes."""
    return Audited(
        workflows.save(document, actor.id, note),
        workflows.view(document.id),
        "workflow.save",
        f"workflow:{document.id}",
    )


def _moving(bot: BotRecord, digest: str, order: SaveOrder) -> Audited:
    return Audited(_moved(bot.id, digest, order), bots.view(bot.id), "bot.save", f"bot:{bot.id}")


@operation
def _moved(bot_id: str, digest: str, order: SaveOrder) -> Steps[BotRecord]:
    bot = yield from bots.lock_bot(bot_id).steps()
    yield from bot_versions.keep(bot, "argosy").steps()
    bot = yield from bots.set_workflow(bot_id, digest).steps()
    yield from bot_versions.keep(bot, order.actor.id, order.note).steps()
    return bot


def _as_seen(workflow_id: str, before: WorkflowRecord | None, around: Surroundings, order: SaveOrder) -> None:
    have = 0 if before is None else before.version
    checked = 0 if around.previous is None else around.previous.version
    expected = checked if order.base is None else order.base
    if have != checked or have != expected:
        raise Conflict(
            f"workflow {workflow_id!r} was changed meanwhile",
            expected=f"version {expected}",
            found=f"version {have}" + ("" if before is None else f" by {before.created_by}"),
            remedy="look at the newer version, then save again",
        )


def _live_allowed(workflow_id: str, follow: Sequence[User], order: SaveOrder) -> None:
    live = [user.bot.id for user in follow if user.bot.mode == "live"]
    if live and not order.live:
        raise Conflict(
            f"workflow {workflow_id!r} is used by bots in live mode",
            expected="consent that their next run uses the new version",
            found=", ".join(live),
            remedy="save again with --live (`live` in the API)",
        )
