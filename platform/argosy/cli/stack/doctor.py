"""`argosy doctor`: problems of this machine and stack, with their repair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import typer

from argosy.cli._shared.output import ExitCode, JsonFlag, console, print_json, print_table
from argosy.cli._shared.sections import domain_sections
from argosy.cli.stack.checks.machine import check_machine
from argosy.cli.stack.checks.model import Check
from argosy.cli.stack.checks.servers import check_servers, credentials
from argosy.cli.stack.checks.unwinders import check_unwinders
from argosy.cli.stack.checks.workers import check_workers
from argosy.errors import ArgosyError
from argosy.infrastructure.config import Settings, load_settings
from argosy.infrastructure.config.reference import show
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.supervisor.runtime import RunningStack

app = typer.Typer()
SUPERVISOR_GONE = "the supervisor has ended; its processes run on, and none that ends is started again"
STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red", "skip": "dim"}


@app.command()
def doctor(as_json: JsonFlag = False) -> None:
    """Check versions, settings, disk, ports, servers, clocks, migrations and credentials.

    Exit code 1 when a check fails. A warning is no failure.
    """
    checks = list(examine())
    failed = any(check.status == "fail" for check in checks)
    if as_json:
        print_json({"ok": not failed, "checks": [check.as_json() for check in checks]})
    else:
        from rich.text import Text

        print_table(
            ["", "check", "found", "how to mend it"],
            [
                (Text(check.status, style=STYLES[check.status]), check.name, check.found, check.remedy)
                for check in checks
            ],
        )
        counts: Counter[str] = Counter(check.status for check in checks)
        console().print(", ".join(f"{counts[status]} {status}" for status in STYLES if counts[status]))
    if failed:
        raise typer.Exit(ExitCode.FAILED)


def examine() -> Iterator[Check]:
    """Yield every check in order; only the check of the settings if they are wrong."""
    try:
        settings = load_settings()
        sections = domain_sections()
        count = len(show(sections))
    except ArgosyError as error:
        yield Check("settings", "fail", error.message, error.remedy or "")
        return
    yield Check("settings", "ok", f"{count} settings, profile {settings.profile}")
    runtime = RunningStack.at_work(settings)
    yield from check_machine(settings, runtime)
    from argosy.bootstrap.types import domains

    yield from check_unwinders(domains().values())
    endpoints = reachable(settings, runtime)
    yield stack(settings, runtime)
    yield from check_servers(endpoints)
    yield from check_workers(endpoints)
    yield from credentials(endpoints)


def reachable(settings: Settings, runtime: RunningStack | None) -> Endpoints | None:
    """Return the addresses of the servers; None if embedded servers do not run."""
    redis_url = settings.redis_url or (runtime and runtime.redis_url)
    database_url = settings.database_url or (runtime and runtime.database_url)
    return Endpoints(redis_url, database_url) if redis_url and database_url else None


def stack(settings: Settings, runtime: RunningStack | None) -> Check:
    if runtime is None:
        return Check("stack", "skip", f"nothing runs in {settings.home}", "`argosy up` starts it")
    if not runtime.alive:
        return Check(
            "stack", "fail", SUPERVISOR_GONE, "`argosy up` takes over; `argosy down` ends the processes"
        )
    down = [process.name for process in runtime.processes if process.pid is None]
    often = [f"{process.name} ({process.restarts})" for process in runtime.processes if process.restarts > 3]
    if down:
        return Check(
            "stack", "fail", f"not running: {', '.join(down)}", f"see their logs in {settings.log_dir}"
        )
    if often:
        return Check(
            "stack", "warn", f"restarted often: {', '.join(often)}", f"see their logs in {settings.log_dir}"
        )
    return Check("stack", "ok", f"{len(runtime.processes)} processes run")
