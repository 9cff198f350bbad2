"""Refuse unknown settings at start: names in the file and variables with ARGOSY_."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import os
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from argosy.errors import ConfigError
from argosy.infrastructure.config.settings import Settings
from argosy.infrastructure.config.sources import PREFIX, RESERVED, flatten, read_toml, variable

PLUGINS = "argosy.plugins"
_DOMAINS = "argosy.domains"
_SECTIONS = "argosy.domains.{}.settings"

Sections = Mapping[str, type[BaseModel]]


@dataclass(frozen=True, slots=True)
class UnknownName:
    """An unknown name, its place, and the nearest known name."""

    name: str
    where: str
    near: str | None

    def __str__(self) -> str:
        place = "" if self.where == self.name else f" (in {self.where})"
        return f"{self.name}{place}: " + (f"did you mean {self.near}?" if self.near else "nothing reads it")


def refuse_unknown_names(file: Path | None) -> None:
    """Raise ConfigError with every unknown name and its nearest known name."""
    found = unknown_names(file)
    if found:
        raise ConfigError(
            "unknown settings: " + "; ".join(str(each) for each in found),
            remedy="correct or remove them; `argosy config show` lists every setting",
            problems=[{"setting": each.name, "setBy": each.where, "near": each.near} for each in found],
        )


def unknown_names(file: Path | None, sections: Sections | None = None) -> list[UnknownName]:
    """Return the names in environment and file that neither Argosy nor a plug-in reads.

    `sections` are the domains' sections; by default those of the built-in domains.
    """
    variables = sorted(
        name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in RESERVED
    )
    keys = [] if file is None else [".".join(path) for path, _ in flatten(read_toml(file))]
    if not variables and not keys:
        return []
    names = dict(setting_names(Settings))
    strange = [(name, name, _dotted(name)) for name in variables] + [(key, str(file), key) for key in keys]
    strange = [each for each in strange if not _is_known(each[2], names)]
    if not strange:
        return []  # the domains are not looked at for nothing: that imports them
    models = domain_sections() if sections is None else sections
    for name, model in models.items():
        names |= {name: False} | dict(setting_names(model, f"{name}."))
    strange = [each for each in strange if not _is_known(each[2], names)]
    if not strange:
        return []
    plugins = plugin_sections() - models.keys()  # only the plug-in itself knows what stands there
    return [
        UnknownName(name, where, _nearest(dotted, names, as_variable=where == name))
        for name, where, dotted in strange
        if dotted.partition(".")[0] not in plugins
    ]


def setting_names(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, bool]]:
    """Yield the dotted name of every setting and section below `model`.

    The second value is True if users may add names of their own below the setting.
    """
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield prefix + name, False
            yield from setting_names(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, "dict" in repr(kind).lower() or "Mapping" in repr(kind)


@cache
def domain_sections() -> Sections:
    """Return the settings models of all domains, by domain.

    The model of a built-in domain is the class `<Name>Settings` in `argosy.domains.<name>.settings`. It is found by
    name: settings are read before any domain is imported. A plug-in's package names its model.
    """
    found: dict[str, type[BaseModel]] = {}
    for domain in pkgutil.iter_modules(importlib.import_module(_DOMAINS).__path__):
        name = _SECTIONS.format(domain.name)
        if importlib.util.find_spec(name) is None:
            continue
        section = getattr(importlib.import_module(name), f"{domain.name.title()}Settings", None)
        if isinstance(section, type) and issubclass(section, BaseModel):
            found[domain.name] = section
    for entry in entry_points(group=PLUGINS):
        # A plug-in's errors are reported when the plug-in is loaded for work.
        with suppress(Exception, SystemExit):
            package = entry.load()
            section = getattr(package, "settings", None)
            if isinstance(section, type) and issubclass(section, BaseModel):
                found.setdefault(package.name, section)
    return found


@cache
def plugin_sections() -> frozenset[str]:
    """Return the sections that plug-ins may have.

    The names are those of the plug-in's entry, domain, module and distribution. The content of a section is
    checked when the plug-in loads it.
    """
    return frozenset(name for entry in entry_points(group=PLUGINS) for name in _names_of(entry))


def _names_of(entry: EntryPoint) -> Iterator[str]:
    names: list[Any] = [entry.name, entry.module.partition(".")[0], entry.dist.name if entry.dist else None]
    # A plug-in's errors are reported when the plug-in is loaded for work.
    with suppress(Exception, SystemExit):
        names.append(getattr(entry.load(), "name", None))
    yield from (name.lower().replace("-", "_") for name in names if isinstance(name, str))


def _dotted(name: str) -> str:
    return name.upper().removeprefix(PREFIX).lower().replace("__", ".")


def _is_known(dotted: str, names: Mapping[str, bool]) -> bool:
    if dotted in names:
        return True
    parts = dotted.split(".")
    return any(names.get(".".join(parts[:length]), False) for length in range(1, len(parts)))


def _nearest(dotted: str, names: Mapping[str, bool], *, as_variable: bool) -> str | None:
    """Return the known name nearest by the variable's spelling.

    One underscore instead of two is the commonest mistake.
    """
    spelled = {variable(name): name for name in names}
    near = difflib.get_close_matches(variable(dotted), spelled, n=1)
    if not near:
        return None
    return near[0] if as_variable else spelled[near[0]]
