"""Checks of this machine: versions, folders, disk, ports, the built front end."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from argosy.cli.stack.checks.model import Check
from argosy.errors import ArgosyError
from argosy.infrastructure.config import Settings
from argosy.infrastructure.servers.folders import data_folders
from argosy.infrastructure.servers.postgres import postgres_binaries
from argosy.infrastructure.servers.sockets import free_port
from argosy.infrastructure.servers.valkey import valkey_binary
from argosy.infrastructure.supervisor.runtime import RunningStack

LOW_DISK = 2_000_000_000
NO_DISK = 200_000_000


def check_machine(settings: Settings, runtime: RunningStack | None) -> Iterator[Check]:
    yield python()
    yield packages()
    yield folder(settings.home)
    yield data(settings)
    yield disk(settings.home)
    yield from binaries(settings)
    yield from ports(settings, runtime)
    yield front_end()


def python() -> Check:
    return Check("python", "ok", platform.python_version())  # an older one could not run this


def packages() -> Check:
    """Check that the installed libraries have the versions that Argosy requires."""
    try:
        wanted = metadata.requires("argosy") or []
    except metadata.PackageNotFoundError:
        return Check("packages", "fail", "argosy itself is not installed", "run `make setup`")
    wrong = []
    for line in wanted:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} {version} is not {requirement.specifier}")
    if wrong:
        return Check("packages", "fail", "; ".join(wrong), "run `make setup`")
    return Check("packages", "ok", f"{len(wanted)} libraries of the right versions")


def folder(home: Path) -> Check:
    """Check that the home can be written."""
    existing = home
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Check(
            "home",
            "fail",
            f"{home} cannot be written",
            f"give yourself rights on {existing}, or set ARGOSY_HOME",
        )
    return Check("home", "ok", str(home))


def data(settings: Settings) -> Check:
    """List the folders for a backup, and warn if other users can enter the home."""
    folders = data_folders(settings)
    found = ", ".join(f"{name} {path}" for name, path in folders.items())
    home = folders["home"]
    if home.exists() and home.stat().st_mode & 0o077:
        return Check("data", "warn", f"{found}; others may enter {home}", "`argosy up` closes it: mode 0700")
    return Check("data", "ok", found)


def disk(home: Path) -> Check:
    existing = home
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    found = f"{free / 1e9:.1f} GB free"
    if free < NO_DISK:
        return Check("disk", "fail", found, f"free at least {LOW_DISK / 1e9:.0f} GB, or move ARGOSY_HOME")
    if free < LOW_DISK:
        return Check(
            "disk", "warn", found, f"free at least {LOW_DISK / 1e9:.0f} GB, or shorten history.retention_days"
        )
    return Check("disk", "ok", found)


def binaries(settings: Settings) -> Iterator[Check]:
    """Check that this machine has the embedded servers, where no external server is set."""
    for name, own, find in (
        ("embedded valkey", settings.redis_url, valkey_binary),
        ("embedded postgres", settings.database_url, postgres_binaries),
    ):
        if own is not None:
            yield Check(name, "skip", "your own server is used")
            continue
        try:
            yield Check(name, "ok", str(find().name))
        except ArgosyError as error:
            yield Check(name, "fail", error.message, error.remedy or "")


def ports(settings: Settings, runtime: RunningStack | None) -> Iterator[Check]:
    """Check that each port is free or held by this running stack.

    As at the start, no two services get the same port.
    """
    wanted = {"dashboard": (settings.dashboard.host, settings.dashboard.port)}
    if settings.flower.enabled:
        wanted["flower"] = ("127.0.0.1", settings.flower.port)
    if settings.sandbox.enabled:
        wanted["sandbox"] = (settings.sandbox.host, settings.sandbox.port)
    given: set[int] = set()
    for name, (host, port) in wanted.items():
        if runtime is not None and name in runtime.urls:
            yield Check(f"port of {name}", "ok", f"in use by this stack: {runtime.urls[name]}")
            continue
        try:
            next_free = free_port(host, port, but=given)
        except (ArgosyError, OSError) as error:
            yield Check(
                f"port of {name}", "fail", str(error), f"set ARGOSY_{name.upper()}__PORT to another port"
            )
            continue
        given.add(next_free)
        if next_free != port:
            yield Check(
                f"port of {name}", "warn", f"{port} is taken; {next_free} would be used",
                f"stop what holds it, or set ARGOSY_{name.upper()}__PORT",
            )  # fmt: skip
        else:
            yield Check(f"port of {name}", "ok", f"{port} is free")


def front_end() -> Check:
    spec = find_spec("dashboard")
    places = list(spec.submodule_search_locations or []) if spec is not None else []
    for place in places:
        if (Path(place) / "web" / "dist" / "index.html").exists():
            return Check("front end", "ok", "built")
    return Check("front end", "warn", "not built: the dashboard has its API but no pages", "run `make web`")
