"""Settings sections of the domains, found by their place: `argosy/domains/<name>/settings.py`."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil

from pydantic import BaseModel

import argosy.domains


def domain_sections() -> list[tuple[str, type[BaseModel]]]:
    """(section, model) for each domain that has settings: the class `<Name>Settings`."""
    found: list[tuple[str, type[BaseModel]]] = []
    for domain in pkgutil.iter_modules(argosy.domains.__path__):
        name = f"argosy.domains.{domain.name}.settings"
        if importlib.util.find_spec(name) is None:
            continue
        section = getattr(importlib.import_module(name), f"{domain.name.title()}Settings", None)
        if isinstance(section, type) and issubclass(section, BaseModel):
            found.append((domain.name, section))
    return found
