"""Load and check settings: `load_settings` for all, `load_section` for a domain's part."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from argosy.errors import ConfigError
from argosy.infrastructure.config.known import refuse_unknown_names
from argosy.infrastructure.config.schema import MASK, SettingEntry, entries
from argosy.infrastructure.config.settings import Settings
from argosy.infrastructure.config.sources import Sources, config_file, gather, section_model

M = TypeVar("M", bound=BaseModel)
SECRET_NAME = re.compile(r"secret|password|passphrase|token|key|auth|_url$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Checked settings with the origin of each value."""

    model: BaseModel
    sources: Sources
    file: Path | None


_report: list[Callable[[str], None]] = []


@contextmanager
def tolerate_unknown_names(report: Callable[[str], None]) -> Iterator[None]:
    """Report unknown names and continue: a stop button works despite a typing error."""
    before, _report[:] = _report[:], [report]
    try:
        yield
    finally:
        _report[:] = before


def load_settings() -> Settings:
    """Return the settings of this process: environment over `argosy.toml` over profile defaults.

    Raises `ConfigError` with every wrong setting: its value, the allowed values and its origin. The error
    also has every unknown name.
    """
    loaded = load(Settings)
    try:
        refuse_unknown_names(loaded.file)
    except ConfigError as error:
        if not _report:
            raise
        _report[0](str(error))
    return cast("Settings", loaded.model)


def load_section(cls: type[M], name: str) -> M:
    """Return the section `name` by the same rules; for the domains' own settings.

    Raises `ConfigError`.
    """
    return cast("M", getattr(load(section_root(name, cls)).model, name))


@functools.cache
def section_root(name: str, cls: type[BaseModel]) -> type[BaseModel]:
    return section_model(name, cls)


def load(model: type[BaseModel]) -> LoadedSettings:
    """Return the values, origins and file for `model`. Raises `ConfigError`."""
    file = config_file()
    sources = gather(model, file)
    try:
        checked = model.model_validate(sources.values)
    except ValidationError as error:
        raise refusal(model, sources, error) from None
    return LoadedSettings(checked, sources, file)


def refusal(model: type[BaseModel], sources: Sources, error: ValidationError) -> ConfigError:
    """Return one error for all problems, each with setting, value, allowed values and origin."""
    known = {entry.name: entry for entry in entries(model)}
    problems: list[dict[str, Any]] = []
    for item in error.errors(include_url=False):
        name = setting_of([str(part) for part in item["loc"]], known)
        entry = known.get(name)
        # The value of an unknown name may be a secret under a mistyped name.
        found = MASK if entry is None or is_hidden(name, entry) else item["input"]
        if item["type"] == "value_error":
            allowed = str(item["ctx"]["error"])
        elif entry is not None:
            allowed = entry.allowed
        else:
            near = difflib.get_close_matches(name, known, n=1)
            allowed = f"another name: did you mean {near[0]}?" if near else "one of the known names"
            if any(model_name.startswith(f"{name}.") for model_name in known):
                allowed = "a table"
        problems.append(
            {
                "setting": name or None,
                "value": found if name and isinstance(found, (str, int, float, bool)) else None,
                "allowed": allowed,
                "setBy": sources.origin(name) if name else None,
            }
        )
    return ConfigError(
        "\n".join(sentence(problem) for problem in problems),
        remedy="correct it and start again; `argosy config show` lists every setting with its origin",
        problems=problems,
    )


def is_hidden(name: str, entry: SettingEntry | None) -> bool:
    """Return True if the value must not be printed.

    Unknown names that look like a secret count too.
    """
    return (entry is not None and entry.secret) or bool(SECRET_NAME.search(name))


def setting_of(location: list[str], known: dict[str, Any]) -> str:
    """Return the dotted name of an error's location, without list indexes and union branches."""
    for length in range(len(location), 0, -1):
        name = ".".join(location[:length])
        if name in known:
            return name
    return ".".join(location)


def sentence(problem: dict[str, Any]) -> str:
    if problem["setting"] is None:
        return str(problem["allowed"])
    value = "" if problem["value"] is None else f" = {problem['value']!r}"
    return f"{problem['setting']}{value} (set by {problem['setBy']}): expected {problem['allowed']}"
