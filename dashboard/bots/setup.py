"""Changes of workflows and bots for the API: save, create, change mode, archive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast

import anyio.to_thread

from argosy.bootstrap.bot_orders import BotOrder, check_request, prepare
from argosy.bootstrap.catalog import find_packaged, templates
from argosy.core.bot import Mode
from argosy.core.event import Event
from argosy.core.safety.audit import Actor
from argosy.errors import NotFound
from argosy.graph.document import WorkflowDocument, parse
from argosy.graph.document import digest as digest_of
from argosy.graph.problem import errors
from argosy.graph.validation import validate
from argosy.infrastructure.catalog import bots as catalog
from argosy.infrastructure.catalog import workflows as saving
from argosy.infrastructure.catalog.check import check
from argosy.infrastructure.catalog.idle import require_idle
from argosy.infrastructure.catalog.surroundings import names, surroundings
from argosy.infrastructure.storage.catalog import bot_versions, bots, workflows
from argosy.infrastructure.storage.records import WorkflowRecord
from dashboard.bots.catalog_wire import (
    BotBody,
    BotGone,
    BotMade,
    BotVersionList,
    BotVersionView,
    DocumentBody,
    ModeBody,
    ModeChanged,
    ModeName,
    ProblemView,
    RestoreBody,
    SaveBody,
    SavedView,
    TemplateList,
    TemplateView,
    Validation,
    WorkflowDetail,
    WorkflowItem,
    WorkflowList,
    WorkflowVersionView,
)
from dashboard.ports import Ports
from dashboard.system.outside import call, tell

T = TypeVar("T")
Kind = Literal["strategy", "bot"]


class SetupViews:
    """Views that save workflows and change bots.

    Checks of documents take processor time: they run in a thread, outside of any transaction.
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    # --- workflows ----------------------------------------------------------------------------------------

    async def workflows(self) -> WorkflowList:
        """Return saved workflows and those that come with a domain, sorted by id."""
        found = {
            document.id: WorkflowItem(
                id=document.id,
                kind=document.kind,
                name=document.name,
                version=0,
                digest=digest_of(document),
            )
            for document in (each.document for each in templates().values())
        }
        for record in await self._ports.database.run(workflows.every()):
            found[record.workflow_id] = WorkflowItem(
                id=record.workflow_id,
                kind=cast("Kind", record.kind),
                name=record.name,
                version=record.version,
                digest=record.digest,
            )
        return WorkflowList(items=[found[id] for id in sorted(found)])

    async def workflow(self, workflow_id: str) -> WorkflowDetail:
        """Return the newest version of a workflow with its history. Raises NotFound."""
        found = await self._ports.database.run(workflows.versions(workflow_id))
        if not found:
            raise NotFound("no such workflow is saved", found=workflow_id)
        users: dict[str, list[str]] = {}
        for bot in await self._ports.database.run(bots.every()):
            users.setdefault(bot.workflow_digest, []).append(bot.id)
        newest = found[0]
        return WorkflowDetail(
            id=workflow_id,
            kind=cast("Kind", newest.kind),
            name=newest.name,
            version=newest.version,
            digest=newest.digest,
            document=dict(newest.document),
            versions=[_version(record, users) for record in found],
        )

    async def validate(self, body: DocumentBody) -> Validation:
        """Return every problem of a document, without saving it.

        The document may name saved strategies.
        """

        def parsed() -> WorkflowDocument | None:
            try:
                return parse(body.document)
            except Exception:  # noqa: BLE001 - `validate` reports the problem, for any value
                return None

        document = await _apart(parsed)
        resolve = None
        if document is not None:
            around = await self._ports.database.run(surroundings(document, find_packaged))
            resolve = around.resolve(document)
        problems = await _apart(lambda: validate(body.document, self._ports.registry, resolve, to_run=False))
        return Validation(
            valid=not errors(problems),
            problems=[ProblemView(**problem.model_dump()) for problem in problems],
        )

    async def save(self, body: SaveBody, actor: Actor) -> SavedView:
        """Check a document and save it as a new version.

        Raises InvalidInput and WorkflowInvalid with every problem, and Conflict.
        """
        document = await _apart(lambda: parse(body.document))
        return await self._save(document, body, actor, note=body.note, base=body.base)

    async def restore(self, workflow_id: str, body: RestoreBody, actor: Actor) -> SavedView:
        """Save an older version again as the newest. Raises NotFound, and the errors of `save`."""
        record = await self._ports.database.run(workflows.at(workflow_id, body.version))
        document = await _apart(lambda: parse(record.document))
        note = body.note or f"version {body.version} restored"
        return await self._save(document, body, actor, note=note, base=None)

    async def _save(
        self,
        document: WorkflowDocument,
        body: SaveBody | RestoreBody,
        actor: Actor,
        *,
        note: str,
        base: int | None,
    ) -> SavedView:
        around = await self._ports.database.run(surroundings(document, find_packaged))
        warnings = await _apart(lambda: check(document, around, self._ports.registry, find_packaged))
        order = saving.SaveOrder(
            actor=actor,
            at=self._ports.clock.now(),
            note=note,
            base=base,
            follow=not body.keep_bots,
            live=body.live,
        )
        saved = await self._ports.database.run(saving.save(document, around, order))
        for bot in saved.follow if saved.new else ():
            await self._tell(
                bot.id, actor, f"workflow {document.id}", None, f"version {saved.record.version}"
            )
        return SavedView(
            id=saved.record.workflow_id,
            kind=cast("Kind", saved.record.kind),
            version=saved.record.version,
            digest=saved.record.digest,
            new=saved.new,
            bots=[bot.id for bot in saved.follow],
            kept_bots=[bot.id for bot in saved.stay],
            warnings=[str(problem) for problem in warnings],
        )

    def templates(self) -> TemplateList:
        return TemplateList(
            items=[
                TemplateView(
                    id=id,
                    name=each.document.name,
                    description=each.document.description,
                    domain=each.domain,
                    capital=each.capital,
                    schedule=None if each.schedule is None else dict(each.schedule),
                    strategies=list(dict.fromkeys(names(each.document))),
                )
                for id, each in sorted(templates().items())
            ]
        )

    # --- bots ---------------------------------------------------------------------------------------------

    async def create(self, body: BotBody, actor: Actor) -> BotMade:
        """Create a bot. Raises InvalidInput, WorkflowInvalid, NotFound and Conflict."""
        order = await _apart(lambda: _order(body))
        prepared = await self._ports.database.run(prepare(order))
        found = await _apart(lambda: check_request(prepared, self._ports.registry))
        making = catalog.create(found.bot, actor=actor, at=self._ports.clock.now(), reason=body.reason)
        bot = await self._ports.database.run(making)
        await self._tell(bot.id, actor, "state", None, bot.state)
        return BotMade(
            id=bot.id,
            domain=bot.domain,
            mode=cast("ModeName", bot.mode),
            state=cast("Literal['running', 'paused']", bot.state),
            workflow_id=bot.workflow_id,
            workflow_digest=bot.workflow_digest,
            warnings=list(found.warnings),
        )

    async def archive(self, bot_id: str, reason: str, actor: Actor) -> BotGone:
        """Archive a bot.

        Raises NotFound, and Conflict while the bot runs or has anything at a venue.
        """
        await call(require_idle, self._ports.runs, bot_id)
        archiving = catalog.archive(bot_id, actor=actor, at=self._ports.clock.now(), reason=reason)
        await self._ports.database.run(archiving)
        await self._tell(bot_id, actor, "state", None, "archived")
        return BotGone(id=bot_id, state="archived")

    async def unarchive(self, bot_id: str, reason: str, actor: Actor) -> BotGone:
        """Bring an archived bot back, paused. Raises NotFound and Conflict."""
        returning = catalog.unarchive(bot_id, actor=actor, at=self._ports.clock.now(), reason=reason)
        await self._ports.database.run(returning)
        await self._tell(bot_id, actor, "state", "archived", "paused")
        return BotGone(id=bot_id, state="paused")

    async def remove(self, bot_id: str, reason: str, actor: Actor) -> BotGone:
        """Delete a bot. Raises NotFound, and Conflict for a bot with a past."""
        await call(require_idle, self._ports.runs, bot_id)
        removing = catalog.remove(bot_id, actor=actor, at=self._ports.clock.now(), reason=reason)
        await self._ports.database.run(removing)
        return BotGone(id=bot_id, state="removed")

    async def set_mode(self, bot_id: str, body: ModeBody, actor: Actor) -> ModeChanged:
        """Change a bot's mode.

        Raises NotFound. Raises Conflict while an action of the bot has no end. Raises Conflict with
        positions, unless `leave_positions` is set.
        """
        changing = catalog.set_mode(
            bot_id,
            Mode(body.mode),
            actor=actor,
            at=self._ports.clock.now(),
            reason=body.reason,
            leave_positions=body.leave_positions,
        )
        change = await self._ports.database.run(changing)
        if change.bot.mode != change.before.value:
            await self._tell(bot_id, actor, "mode", change.before.value, change.bot.mode)
        return ModeChanged(
            id=bot_id,
            before=change.before.value,
            mode=cast("ModeName", change.bot.mode),
            state=cast("Literal['running', 'paused']", change.bot.state),
            left=[str(each) for each in change.left],
        )

    async def bot_versions(self, bot_id: str) -> BotVersionList:
        """Return the versions of a bot's settings. Raises NotFound."""
        await self._ports.database.run(bots.get(bot_id))
        found = await self._ports.database.run(bot_versions.every(bot_id))
        return BotVersionList(
            items=[
                BotVersionView(
                    version=each.version,
                    settings=dict(each.settings),
                    note=each.note,
                    created_at=each.created_at,
                    created_by=each.created_by,
                )
                for each in found
            ]
        )

    async def _tell(self, bot_id: str, actor: Actor, param: str, old: str | None, new: str) -> None:
        event = Event(
            type="param_change",
            timestamp=self._ports.clock.now_ms(),
            bot_id=bot_id,
            data={"param": param, "old": old, "new": new, "saved": True, "actor": actor.id},
        )
        await tell(self._ports.events, event)


async def _apart(work: Callable[[], T]) -> T:
    """Return the result of `work`, computed in a thread: it takes processor time."""
    return await anyio.to_thread.run_sync(work)


def _order(body: BotBody) -> BotOrder:
    values: dict[str, Any] = {
        name: getattr(body, name)
        for name in (
            "template",
            "values",
            "id",
            "name",
            "capital",
            "currency",
            "schedule",
            "domain",
            "paused",
        )
    }
    return BotOrder(
        **values,
        mode=Mode(body.mode),
        document=None if body.document is None else parse(body.document),
        strategies=[parse(each) for each in body.strategies],
    )


def _version(record: WorkflowRecord, users: dict[str, list[str]]) -> WorkflowVersionView:
    return WorkflowVersionView(
        version=record.version,
        digest=record.digest,
        name=record.name,
        note=record.note,
        created_at=record.created_at,
        created_by=record.created_by,
        bots=users.get(record.digest, []),
    )
