"""Assembly of a sandbox host from the modules of all installed domains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from loguru import logger

from argosy.errors import InvalidInput, Unavailable
from argosy.venuekit.domain import DomainPackage, DomainSandbox
from argosy.venuekit.sandbox.environment import SandboxEnvironment
from argosy.venuekit.sandbox.host import SandboxHost
from argosy.venuekit.sandbox.module import SandboxModule
from argosy.venuekit.sandbox.routes import check_routes


def assemble(packages: Iterable[DomainPackage], environment: SandboxEnvironment) -> SandboxHost:
    """Return a host of the modules that all domains bring.

    Each recording goes to the domains that can read it. A domain without a recording takes no part in a
    replay. A module that cannot be built is logged, noted and left out. Raises InvalidInput for an unknown option,
    and for a recording that no domain reads. Raises Unavailable if no module is left.
    """
    brought = [(package.name, sandbox) for package in packages for sandbox in package.sandboxes]
    _check_options([sandbox for _, sandbox in brought], environment.options)
    files = _readers([sandbox for _, sandbox in brought], environment.recordings)
    modules: list[SandboxModule] = []
    notes: list[str] = []
    for (domain, sandbox), recordings in zip(brought, files, strict=True):
        if environment.recordings and not recordings:
            continue
        options = {name: text for name, text in environment.options.items() if name in sandbox.options}
        try:
            found = sandbox.modules(replace(environment, recordings=recordings, options=options))
            check_routes([*modules, *found])
        except InvalidInput:
            raise
        except Exception as error:  # noqa: BLE001 - code of a plug-in: its error is logged, never fatal
            logger.exception("the sandbox of domain {} is left out", domain)
            notes.append(f"the sandbox of domain {domain} is left out: {error}")
        else:
            modules += found
    if not modules:
        raise Unavailable(
            "no installed domain has a sandbox that works",
            found="; ".join(notes) or "no sandbox",
            remedy="see the log, and `argosy doctor`",
        )
    return SandboxHost(
        modules,
        seed=environment.seed,
        clock=environment.clock,
        wall=environment.wall,
        mode=environment.mode,
        notes=notes,
    )


def _check_options(sandboxes: Sequence[DomainSandbox], options: Mapping[str, str]) -> None:
    known = {name: text for sandbox in sandboxes for name, text in sandbox.options.items()}
    for name in options:
        if name not in known:
            raise InvalidInput(
                f"no installed domain has the sandbox option {name!r}",
                expected="; ".join(f"{one}: {text}" for one, text in sorted(known.items())) or "no option",
                found=name,
            )


def _readers(sandboxes: Sequence[DomainSandbox], recordings: Sequence[Path]) -> list[list[Path]]:
    """Return the recordings that each sandbox can read.

    Raises InvalidInput for a recording that none reads.
    """
    found: list[list[Path]] = [[] for _ in sandboxes]
    for path in recordings:
        refusals: list[InvalidInput] = []
        for own, sandbox in zip(found, sandboxes, strict=True):
            if sandbox.check_recording is None:
                continue
            try:
                sandbox.check_recording(path)
            except InvalidInput as refusal:
                refusals.append(refusal)
            else:
                own.append(path)
        if not any(path in own for own in found):
            raise (
                refusals[0]
                if refusals
                else InvalidInput(f"no installed domain reads recordings: {path.name}", found=str(path))
            )
    return found
