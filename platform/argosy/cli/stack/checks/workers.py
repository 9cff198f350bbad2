"""Checks of the worker processes: one version, the same node types, none held or silent."""

from __future__ import annotations

from collections.abc import Iterator

from argosy.cli.stack.checks.model import Check
from argosy.errors import Unavailable
from argosy.infrastructure.servers import Endpoints


def check_workers(endpoints: Endpoints | None) -> Iterator[Check]:
    """Yield a warning for each problem, or one check when there is none."""
    from argosy.infrastructure.state.fleet import troubles
    from argosy.infrastructure.state.overview import RedisOverview

    if endpoints is None:
        yield Check("workers", "skip", "the stack is not running", "`argosy up` starts it")
        return
    try:
        signs = RedisOverview(endpoints.redis_url).workers()
    except Unavailable as error:
        yield Check("workers", "skip", f"not known: {error.found or error.message}", "see the check of redis")
        return
    found = troubles(signs)
    for trouble in found:
        differs = "differs" in trouble.text
        yield Check(
            "workers", "warn", trouble.text,
            "install the same version and plug-ins on every machine and restart its workers" if differs
            else "see the worker's log; give calls in that node a time limit of their own",
        )  # fmt: skip
    if not found:
        builds = {sign.build for sign in signs if sign.build is not None}
        known = f", version {next(iter(builds))[0]}" if builds else ""
        yield Check("workers", "ok", f"{len(signs)} processes{known}")
