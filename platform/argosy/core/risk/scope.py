"""Scopes of limits, and the paths inside them."""

from __future__ import annotations

import re

from argosy.core.emergency import PLATFORM_SCOPE
from argosy.core.risk.snapshot import Path
from argosy.errors import InvalidInput

WIDTH = ("platform", "domain", "bot", "strategy", "venue", "asset")
"""Kinds of scope, widest first."""

_SCOPE = re.compile(r"platform|(domain|bot|venue):[^/\s]+|(strategy|asset):[^/\s]+/\S+")


def contains(scope: str, path: Path) -> bool:
    """Return True if activity at `path` counts for `scope`."""
    kind, _, name = scope.partition(":")
    if kind == "bot":
        return path.bot == name
    if kind == "strategy":
        return bool(path.strategy) and f"{path.bot}/{path.strategy}" == name
    if kind == "asset":
        return f"{path.venue}/{path.symbol}" == name
    if kind == "venue":
        return path.venue == name
    if kind == "domain":
        return name in (path.domain, path.venue_domain)
    return scope == PLATFORM_SCOPE


def width(scope: str) -> int:
    """Return 0 for the platform, rising as scopes get narrower."""
    return WIDTH.index(scope.partition(":")[0])


def checked(scope: str) -> str:
    """Return the scope if it is valid, else raise InvalidInput."""
    if not _SCOPE.fullmatch(scope):
        raise InvalidInput(
            "this is no scope",
            expected="platform, domain:<d>, bot:<b>, strategy:<b>/<s>, venue:<v> or asset:<v>/<symbol>",
            found=repr(scope[:120]),
        )
    return scope
