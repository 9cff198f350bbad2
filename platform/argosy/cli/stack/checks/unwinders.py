"""Check that positions and commitments of every domain can be ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from argosy.cli.stack.checks.model import Check

if TYPE_CHECKING:
    from argosy.venuekit.domain import DomainPackage


def check_unwinders(packages: Iterable[DomainPackage]) -> Iterator[Check]:
    """Warn of domains with venues that a SHUTDOWN with `--flatten` cannot end."""
    with_venues = [package for package in packages if package.has_venues]
    lacking = {package.name: package for package in with_venues if package.unwinder is None}
    for name, package in lacking.items():
        served = ", ".join(sorted(package.venue_unwinders))
        yield Check(
            f"unwinder of {name}",
            "warn",
            f"only of {served}"
            if served
            else "none: a shutdown with --flatten leaves its positions and costs",
            "end them at the venue by hand; the package's author adds `unwinder` to its DomainPackage",
        )
    if not lacking:
        yield Check("unwinders", "ok", "every domain with venues ends its positions and costs")
