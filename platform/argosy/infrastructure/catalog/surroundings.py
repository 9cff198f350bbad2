"""Read a document's context: its versions, the workflows it names, the bots that use it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from argosy.errors import NotFound
from argosy.graph.document import WorkflowDocument, parse
from argosy.graph.expansion import MAP
from argosy.graph.nodes.strategy import STRATEGY
from argosy.infrastructure.storage.catalog import bots, workflows
from argosy.infrastructure.storage.engine.operation import Operation, Steps
from argosy.infrastructure.storage.records import BotRecord, WorkflowRecord

Packaged = Callable[[str], WorkflowDocument | None]
"""Callback: the workflow of this id that comes with a domain, or None."""

_MOST_NAMED = 500


@dataclass(frozen=True, slots=True)
class User:
    """A bot that runs the document, as its own workflow or as one of its strategies."""

    bot: BotRecord
    document: WorkflowDocument


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Context of a document.

    `previous` is the document's newest version.
    `named` are the workflows that the document and its users name, by id.
    """

    previous: WorkflowRecord | None
    named: Mapping[str, WorkflowDocument]
    users: tuple[User, ...]

    def resolve(self, *instead: WorkflowDocument) -> Callable[[str], WorkflowDocument]:
        """Return a function that finds a named workflow; documents of `instead` replace saved ones."""
        own = {document.id: document for document in instead}

        def find(workflow_id: str) -> WorkflowDocument:
            found = own.get(workflow_id) or self.named.get(workflow_id)
            if found is None:
                raise NotFound(
                    f"there is no workflow {workflow_id!r}",
                    expected="one that is saved or comes with a domain",
                    remedy="save it first: `argosy workflow save FILE`",
                )
            return found

        return find


def surroundings(
    document: WorkflowDocument, packaged: Packaged, also: Iterable[WorkflowDocument] = ()
) -> Operation[Surroundings]:
    """Read the context of a document.

    `also` are documents to be saved with it; the workflows they name are read too.
    """

    def steps() -> Steps[Surroundings]:
        previous = yield from workflows.newest(document.id).steps()
        users = yield from _users(document)
        named: dict[str, WorkflowDocument] = {}
        waiting = [document, *also, *(user.document for user in users)]
        while waiting and len(named) < _MOST_NAMED:
            for name in names(waiting.pop()):
                if name in named:
                    continue
                found = yield from _find(name, packaged)
                if found is not None:
                    named[name] = found
                    waiting.append(found)
        return Surroundings(previous, named, tuple(users))

    return Operation(steps)


def names(document: WorkflowDocument) -> Iterator[str]:
    """Yield the ids of the workflows that the document's strategies and maps name."""
    for node in document.nodes:
        name = node.params.get({STRATEGY: "strategy", MAP: "workflow"}.get(node.type, ""))
        if isinstance(name, str):
            yield name


def _users(document: WorkflowDocument) -> Steps[list[User]]:
    """Return the bots that use the document, without archived bots.

    Workflows that a bot's strategy maps over are not followed: they are checked at launch.
    """
    found = []
    for bot in (yield from bots.every().steps()):
        record = yield from workflows.get(bot.workflow_digest).steps()
        own = parse(record.document)
        if document.id in (bot.workflow_id, *names(own)):
            found.append(User(bot, own))
    return found


def _find(name: str, packaged: Packaged) -> Steps[WorkflowDocument | None]:
    record = yield from workflows.newest(name).steps()
    return packaged(name) if record is None else parse(record.document)
