"""Commands that domains bring: `argosy DOMAIN …`."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules

from typer import Typer

import argosy.domains

PLUGINS = "argosy.plugins"


def domain_commands() -> Mapping[str, Callable[[], Typer]]:
    """Return the commands of each domain that has some, by the domain's name.

    Those of a built-in domain are the `app` of its module `commands`, which is imported when it is called. Packages of
    plug-ins are imported to find theirs.
    """
    found: dict[str, Callable[[], Typer]] = {}
    for domain in iter_modules(argosy.domains.__path__):
        module = f"argosy.domains.{domain.name}.commands"
        if importlib.util.find_spec(module) is not None:
            found[domain.name] = _app_of(module)
    if entry_points(group=PLUGINS):
        from argosy.bootstrap.types import domains

        found |= {
            name: package.commands for name, package in domains().items() if package.commands is not None
        }
    return found


def _app_of(module: str) -> Callable[[], Typer]:
    def app() -> Typer:
        made: Typer = import_module(module).app
        return made

    return app
