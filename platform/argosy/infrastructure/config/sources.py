"""Gather values from environment, one TOML file and profile, with the origin of each."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from argosy.errors import ConfigError
from argosy.infrastructure.config.credentials import FILE_NAME as CREDENTIALS
from argosy.infrastructure.config.credentials import read_credentials
from argosy.infrastructure.config.settings import PROFILE_DEFAULTS, Settings, default_home

PREFIX = "ARGOSY_"
CONFIG_VARIABLE = "ARGOSY_CONFIG"
FOLDER_VARIABLE = "ARGOSY_FOLDER"
"""Variable with the folder in which the stack was started.

Relative paths in the environment are relative to this folder.
"""
FILE_NAME = "argosy.toml"
# Variables that are not settings: the place of the file, those of tests and of the front end's own server,
# and those that a process passes to its children.
RESERVED = {
    CONFIG_VARIABLE,
    FOLDER_VARIABLE,
    "ARGOSY_DASHBOARD_URL",
    "ARGOSY_DATA",
    "ARGOSY_PROCESS",
    "ARGOSY_REQUIRE_DATA",
    "ARGOSY_STACK_ID",
    "ARGOSY_LISTENER",
    "ARGOSY_UP_REPORT",
}
Values = dict[str, Any]


@dataclass(slots=True)
class Sources:
    """Merged values of one model, and the origin of each dotted name."""

    values: Values = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)

    def add(self, values: Values, origin: str, *, environment: bool = False) -> None:
        """Lay `values` over the present ones; later additions win."""
        for path, value in flatten(values):
            name = ".".join(path)
            at = self.values
            for key in path[:-1]:
                inner = at.setdefault(key, {})
                if not isinstance(inner, dict):
                    inner = at[key] = {}
                at = inner
            at[path[-1]] = value
            self.origins[name] = variable(name) if environment else f"{origin}:{name}"

    def origin(self, name: str) -> str:
        """Return the origin of `name`, or of the closest enclosing value that was set as a whole."""
        parts = name.split(".")
        while parts:
            found = self.origins.get(".".join(parts))
            if found:
                return found
            parts.pop()
        return "default"


def variable(name: str) -> str:
    """Return the variable of a dotted name: `engine.claim_ttl_s` → `ARGOSY_ENGINE__CLAIM_TTL_S`."""
    return PREFIX + name.replace(".", "__").upper()


def flatten(values: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from flatten(value, (*path, key))
        else:
            yield (*path, key), value


def config_file(env: Mapping[str, str] | None = None) -> Path | None:
    """Return the file in use, or None.

    The order: ARGOSY_CONFIG, ./argosy.toml, argosy.toml in the home folder. Raises `ConfigError` when
    ARGOSY_CONFIG names a missing file.
    """
    env = os.environ if env is None else env
    named = env.get(CONFIG_VARIABLE)
    if named:
        path = Path(named).expanduser()
        if not path.is_file():
            raise ConfigError(
                f"{CONFIG_VARIABLE} names no file",
                expected="a TOML file",
                found=str(path),
                remedy=f"create it, or unset {CONFIG_VARIABLE}",
            )
        return path
    home = Path(env.get(variable("home")) or default_home()).expanduser()
    for path in (Path(FILE_NAME), home / FILE_NAME):
        if path.is_file():
            return path
    return None


def read_toml(path: Path) -> Values:
    """Return the content of a TOML file.

    Raises `ConfigError` with line and column if the file is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} cannot be read", expected="TOML", found=str(error), remedy="correct that line"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", remedy="check its rights") from None


def read_environment(model: type[BaseModel]) -> Values:
    """Return the settings of `model` in the environment, by field name."""
    texts = {name.upper(): value for name, value in os.environ.items() if name.upper().startswith(PREFIX)}
    plain = {variable(name): name for name, info in model.model_fields.items() if not _is_section(info)}
    if texts.keys() <= plain.keys() | RESERVED:
        return {plain[name]: text for name, text in texts.items() if name in plain}
    # The reader of nested names takes longer to import than all other settings code.
    from argosy.infrastructure.config.environment import Environment

    return Environment(model, PREFIX).read()


def _is_section(info: FieldInfo) -> bool:
    return isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)


def gather(model: type[BaseModel], file: Path | None) -> Sources:
    """Merge profile defaults, file, credentials in the home folder, and environment.

    A later source overrides an earlier one.
    """
    table = {} if file is None else read_toml(file)
    environment = with_absolute_paths(model, read_environment(model), start_folder())
    sources = Sources()
    if issubclass(model, Settings):
        profile = str(environment.get("profile") or table.get("profile") or "development")
        sources.add(PROFILE_DEFAULTS.get(profile, {}), f"profile {profile}")
    if file is not None:
        read = {key: table[key] for key in table if key in model.model_fields}
        sources.add(with_absolute_paths(model, read, file.absolute().parent), str(file))
    home = _home(table, file)
    kept = {key: value for key, value in read_credentials(home).items() if key in model.model_fields}
    sources.add(kept, str(home / CREDENTIALS))
    sources.add(environment, "", environment=True)
    return sources


def _home(table: Values, file: Path | None) -> Path:
    """Return the home folder that the settings will have."""
    if named := os.environ.get(variable("home")):
        return start_folder() / Path(named).expanduser()
    if file is not None and isinstance(named_there := table.get("home"), str) and named_there:
        return file.absolute().parent / Path(named_there).expanduser()
    return Path(default_home()).expanduser()


def start_folder() -> Path:
    """Return the folder to which relative paths in the environment are relative."""
    return Path(os.environ.get(FOLDER_VARIABLE) or ".").absolute()


def with_absolute_paths(model: type[BaseModel], values: Values, folder: Path) -> Values:
    """Return the values with relative paths read from `folder`.

    So a path means the same in every process.
    """
    return {
        name: value if name not in model.model_fields else _absolute(model.model_fields[name], value, folder)
        for name, value in values.items()
    }


def _absolute(info: FieldInfo, value: Any, folder: Path) -> Any:
    kind = info.annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return with_absolute_paths(kind, value, folder) if isinstance(value, dict) else value
    if not _holds_paths(kind):
        return value
    if isinstance(value, (list, tuple)):
        return [_absolute_path(item, folder) for item in value]
    return _absolute_path(value, folder)


def _holds_paths(kind: Any) -> bool:
    return kind is Path or any(_holds_paths(inner) for inner in get_args(kind))


def _absolute_path(value: Any, folder: Path) -> Any:
    return str(folder / Path(value).expanduser()) if isinstance(value, str) and value else value


def section_model(name: str, section: type[BaseModel]) -> type[BaseModel]:
    """Return a settings model with one section, so that sections follow the same rules."""
    definition: dict[str, Any] = {name: (section, Field(default_factory=section))}
    return create_model(
        f"{section.__name__}Root",
        __config__=ConfigDict(extra="forbid", validate_default=True),
        **definition,
    )
