"""Templates for bots (packaged workflows), and the domain of a workflow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from argosy.bootstrap.types import domains, packaged_workflows
from argosy.errors import InvalidInput, NotFound
from argosy.graph.document import WorkflowDocument
from argosy.graph.registry import NodeRegistry
from argosy.infrastructure.catalog.surroundings import names


@dataclass(frozen=True, slots=True)
class Template:
    """Packaged workflow of a bot, with the capital and schedule of the packaged bot."""

    document: WorkflowDocument
    domain: str
    capital: Decimal | None = None
    schedule: Mapping[str, Any] | None = None


def find_packaged(workflow_id: str) -> WorkflowDocument | None:
    """Return the packaged workflow with this id, None if there is none."""
    return packaged_workflows().get(workflow_id)


def templates() -> Mapping[str, Template]:
    """Return all templates by the id of the workflow."""
    found: dict[str, Template] = {}
    for package in domains().values():
        for document in package.workflows().values():
            if document.kind == "bot":
                found[document.id] = Template(document, package.name)
        for bot in package.bots:
            document = package.workflows()[bot.workflow_id]
            found[document.id] = Template(document, package.name, bot.capital, bot.schedule)
    return found


def template(name: str) -> Template:
    """Return a template by the id of its workflow or packaged bot.

    Raises NotFound that lists the available ones.
    """
    known = templates()
    seeds = {bot.id: bot.workflow_id for package in domains().values() for bot in package.bots}
    found = known.get(name) or known.get(seeds.get(name, ""))
    if found is None:
        raise NotFound(
            f"there is no template {name!r}",
            expected="one of " + (", ".join(sorted(known)) or "none"),
            remedy="name one of these, or give a file",
        )
    return found


def domain_of(
    document: WorkflowDocument, resolve: Callable[[str], WorkflowDocument], given: str | None = None
) -> str:
    """Return the domain of a bot with this workflow: the given one, else that of its nodes.

    Raises InvalidInput if the domain is unknown or not clear.
    """
    known = sorted(domains())
    if given is not None:
        if given not in known:
            raise InvalidInput(
                "there is no such domain", expected=f"one of {', '.join(known)}", found=repr(given[:80])
            )
        return given
    used = sorted({_owners()[name] for name in _types(document, resolve) if name in _owners()}) or known
    if len(used) != 1:
        raise InvalidInput(
            "the bot's domain is not clear from its nodes",
            expected="nodes of one domain, or the domain by name",
            found=", ".join(used) or "no domain",
            remedy="give it with --domain (`domain` in the API)",
        )
    return used[0]


def _types(document: WorkflowDocument, resolve: Callable[[str], WorkflowDocument]) -> Iterable[str]:
    waiting, seen = [document], set()
    while waiting:
        each = waiting.pop()
        yield from (node.type for node in each.nodes)
        for name in names(each):
            if name not in seen:
                seen.add(name)
                waiting.append(resolve(name))


@cache
def _owners() -> Mapping[str, str]:
    """Return the domain of each node type that a domain provides."""
    found: dict[str, str] = {}
    for package in domains().values():
        registry = NodeRegistry()
        for module in package.node_modules:
            registry.add_module(module)
        found.update({node_type.name: package.name for node_type in registry})
    return found
