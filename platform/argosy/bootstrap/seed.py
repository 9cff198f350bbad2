"""Seeding of an empty or older database with the packaged workflows and bots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from argosy.bootstrap.types import domains
from argosy.core.clock import Clock
from argosy.core.risk.defaults import defaults_for
from argosy.core.safety.audit import Actor
from argosy.core.schedule.schedule import parse as parse_schedule
from argosy.graph.document import digest
from argosy.infrastructure.storage.catalog import bots, schedules, workflows
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.engine.operation import Operation, together
from argosy.infrastructure.storage.safety import limits
from argosy.infrastructure.storage.safety.audit import with_audit
from argosy.venuekit.domain import BotSeed, DomainPackage

T = TypeVar("T")
AUTHOR = "argosy"
_ACTOR = Actor(id=AUTHOR, origin="system")
_REASON = "comes with the package"


@dataclass(frozen=True, slots=True)
class Seeded:
    workflows: int
    bots: int


def seed(database: Database, clock: Clock) -> Seeded:
    """Save the packaged workflows, create missing packaged bots; each leaves a row in the audit.

    A user's changes stay. A workflow whose newest version is a user's gets no packaged version on top. A bot, its
    state and its schedule are never overwritten. Only a bot that still uses an older packaged version moves to
    the new one.
    """
    return _Seeding(database, clock).run()


class _Seeding:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def run(self) -> Seeded:
        saved = made = 0
        for package in domains().values():
            saved += sum(self._workflow(name, document) for name, document in package.workflows().items())
            present = {bot.id: bot for bot in self._database.run(bots.every(package.name, archived=True))}
            for bot in package.bots:
                have = present.get(bot.id)
                if have is None:
                    self._make(package, bot)
                    made += 1
                    continue
                newest = self._database.run(workflows.newest(bot.workflow_id))
                used = self._database.run(workflows.get(have.workflow_digest))
                if newest is not None and used.created_by == AUTHOR and used.digest != newest.digest:
                    change = bots.set_workflow(have.id, newest.digest)
                    self._change(change, bots.view(have.id), "bot.save", f"bot:{have.id}")
        return Seeded(saved, made)

    def _workflow(self, workflow_id: str, document: Any) -> bool:
        newest = self._database.run(workflows.newest(workflow_id))
        if newest is not None and (newest.created_by != AUTHOR or newest.digest == digest(document)):
            return False
        change = workflows.save(document, AUTHOR)
        self._change(change, workflows.view(workflow_id), "workflow.save", f"workflow:{workflow_id}")
        return True

    def _make(self, package: DomainPackage, bot: BotSeed) -> None:
        """Create the bot and its limits in one transaction.

        An existing bot without limits would never get them.
        """
        newest = self._database.run(workflows.newest(bot.workflow_id))
        assert newest is not None  # saved just before
        save = bots.save(
            id=bot.id,
            name=bot.name,
            domain=package.name,
            mode=bot.mode.value,
            workflow_id=bot.workflow_id,
            workflow_digest=newest.digest,
            capital=bot.capital,
        )
        schedule = schedules.save(id=bot.id, bot_id=bot.id, spec=parse_schedule(dict(bot.schedule)))
        now = self._clock.now()
        self._database.run(
            together(
                self._audited(save, bots.view(bot.id), "bot.save", f"bot:{bot.id}"),
                self._audited(schedule, schedules.view(bot.id), "schedule.set", f"schedule:{bot.id}"),
                *(
                    limits.save(limit, _ACTOR, at=now, reason=_REASON)
                    for limit in defaults_for(bot.id, bot.capital)
                ),
            )
        )

    def _change(self, change: Operation[T], view: Operation[Any], action: str, subject: str) -> T:
        return self._database.run(self._audited(change, view, action, subject))

    def _audited(self, change: Operation[T], view: Operation[Any], action: str, subject: str) -> Operation[T]:
        return with_audit(
            change,
            view=view,
            actor=_ACTOR,
            action=action,
            subject=subject,
            at=self._clock.now(),
            reason=_REASON,
        )
