"""Domains and node types: the built-in ones, and plug-ins from entry points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules

from loguru import logger

import argosy.domains
from argosy.core.actions import action_spec
from argosy.core.money.money import ZERO
from argosy.core.risk import custom
from argosy.core.safety.unwinding import Unwinder
from argosy.errors import NotFound
from argosy.graph import nodes as generic
from argosy.graph.document import WorkflowDocument
from argosy.graph.registry import NodeRegistry
from argosy.venuekit.domain import API_VERSION, DomainPackage

PLUGINS = "argosy.plugins"
"""Entry-point group of plug-ins; each entry names a DomainPackage."""

_EXTENSIONS = ("argosy.legacy.register",)


@cache
def domains() -> Mapping[str, DomainPackage]:
    """Return all domains by name; a broken plug-in is logged and left out."""
    found: dict[str, DomainPackage] = {}
    folders = [
        f"{argosy.domains.__name__}.{each.name}.register" for each in iter_modules(argosy.domains.__path__)
    ]
    for name in (*folders, *_EXTENSIONS):
        _add(found, import_module(name).PACKAGE)
    late: list[tuple[str, DomainPackage]] = []
    for entry in entry_points(group=PLUGINS):
        with _left_out(entry.name):
            package = entry.load()
            if not isinstance(package, DomainPackage):
                raise TypeError(f"expected a DomainPackage, found {type(package).__name__}")
            _check_version(entry.name, package)
            if package.extends is not None:
                late.append((entry.name, package))  # its domain may be that of a later entry
                continue
            _add(found, package)
    for entry_name, package in late:
        with _left_out(entry_name):
            _add(found, package)
    return found


@contextmanager
def _left_out(entry: str) -> Iterator[None]:
    try:
        yield
    except (Exception, SystemExit) as error:  # noqa: BLE001 - code of a plug-in: its error is logged, never fatal
        logger.error("plug-in {} is left out: {}", entry, error)


def _check_version(entry: str, package: DomainPackage) -> None:
    if package.api is None:
        logger.warning(
            "plug-in {} states no API version: {} is assumed (`api=` of its package)", entry, API_VERSION
        )
    elif package.api != API_VERSION:
        raise ValueError(f"it was written for API version {package.api}, and this Argosy has {API_VERSION}")


def _add(found: dict[str, DomainPackage], package: DomainPackage) -> None:
    if package.extends is not None:
        domain = found.get(package.extends)
        if domain is None:
            raise ValueError(f"there is no domain {package.extends!r} to extend")
        extended = domain.extended_by(package)
        _register(package)
        found[domain.name] = extended
        return
    if package.name in found:
        raise ValueError(f"a domain named {package.name!r} is there already")
    _register(package)
    found[package.name] = package


def _register(package: DomainPackage) -> None:
    """Register the kinds of actions and of limits that the package brings."""
    action_spec.register(*package.action_specs)
    for name, kind in package.risk_kinds.items():
        custom.register_kind(name, kind)


def least_band(venue: str) -> Decimal:
    """Return the price jump accepted without doubt at the venue, in quote currency."""
    return max((package.least_bands.get(venue, ZERO) for package in domains().values()), default=ZERO)


def unwinder_of(domain: str, venue: str) -> Unwinder | None:
    """Return the unwinder of a venue; None if its domain is not installed or brings none."""
    package = domains().get(domain)
    return None if package is None else package.unwinder_of(venue)


@cache
def registry() -> NodeRegistry:
    """Return the registry of every node type, generic and of all domains."""
    result = NodeRegistry()
    for module in iter_modules(generic.__path__, generic.__name__ + "."):
        result.add_module(import_module(module.name))
    for package in domains().values():
        for node_module in package.node_modules:
            result.add_module(node_module)
        result.venues |= package.venue_names
        result.recorded_venues |= package.recorded_venue_names
        result.venues_open |= not package.names_its_venues
    return result


@cache
def packaged_workflows() -> Mapping[str, WorkflowDocument]:
    """Return the workflows of all domain packages, by id."""
    found: dict[str, WorkflowDocument] = {}
    for package in domains().values():
        found.update(package.workflows())
    return found


def packaged_workflow(workflow_id: str) -> WorkflowDocument:
    """Return the packaged workflow; raise NotFound that lists the available ones."""
    try:
        return packaged_workflows()[workflow_id]
    except KeyError:
        raise NotFound(
            f"there is no workflow {workflow_id!r}",
            expected="one of " + ", ".join(sorted(packaged_workflows())),
            remedy="`argosy strategies list` shows all",
        ) from None
