"""Puts the packaged workflows and bots into an empty (or older) database."""

from __future__ import annotations

from dataclasses import dataclass

from argosy.bootstrap.types import domains
from argosy.core.schedule import parse as parse_schedule
from argosy.graph.document import digest
from argosy.infrastructure.domain import BotSeed, DomainPackage
from argosy.infrastructure.storage import bots, schedules, workflows
from argosy.infrastructure.storage.database import Database

AUTHOR = "argosy"


@dataclass(frozen=True, slots=True)
class Seeded:
    workflows: int
    bots: int


def seed(database: Database) -> Seeded:
    """Saves every packaged workflow and makes the packaged bots that are missing.

    What a person changed stays: a workflow whose newest version is theirs gets no packaged version on top, and
    a bot, its state and its schedule are never overwritten; only a bot that still uses the version that came
    with an older package moves to the new one.
    """
    saved = made = 0
    for package in domains().values():
        for workflow_id, document in package.workflows().items():
            newest = database.run(workflows.newest(workflow_id))
            if newest is not None and (newest.created_by != AUTHOR or newest.digest == digest(document)):
                continue
            database.run(workflows.save(document, AUTHOR))
            saved += 1
        present = {bot.id: bot for bot in database.run(bots.every(package.name))}
        for bot in package.bots:
            have = present.get(bot.id)
            if have is None:
                _make(database, package, bot)
                made += 1
                continue
            newest = database.run(workflows.newest(bot.workflow_id))
            used = database.run(workflows.get(have.workflow_digest))
            if newest is not None and used.created_by == AUTHOR and used.digest != newest.digest:
                database.run(
                    bots.save(
                        id=have.id,
                        name=have.name,
                        domain=have.domain,
                        workflow_id=have.workflow_id,
                        workflow_digest=newest.digest,
                        capital=have.capital,
                        mode=have.mode,
                        base_currency=have.base_currency,
                        config=have.config,
                    )
                )
    return Seeded(saved, made)


def _make(database: Database, package: DomainPackage, bot: BotSeed) -> None:
    newest = database.run(workflows.newest(bot.workflow_id))
    assert newest is not None  # saved a moment ago
    database.run(
        bots.save(
            id=bot.id,
            name=bot.name,
            domain=package.name,
            mode=bot.mode.value,
            workflow_id=bot.workflow_id,
            workflow_digest=newest.digest,
            capital=bot.capital,
        )
    )
    database.run(schedules.save(id=bot.id, bot_id=bot.id, spec=parse_schedule(dict(bot.schedule))))
