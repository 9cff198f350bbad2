"""`argosy emergency`: emergency states, and every change of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from argosy.cli._shared.output import JsonFlag, console, print_json, print_table
from argosy.cli._shared.times import format_time, wire
from argosy.cli.safety import stops

if TYPE_CHECKING:
    from argosy.infrastructure.safety.status import EmergencyStatus

app = typer.Typer(no_args_is_help=True)


@app.command()
def status(as_json: JsonFlag = False) -> None:
    """Show every scope with a state of its own, and compare Redis with Postgres.

    When one of them is unavailable, the states of the other are shown.
    """
    from argosy.bootstrap import open_runtime
    from argosy.errors import Unavailable
    from argosy.infrastructure.safety.flags import RedisEmergencyFlags

    runtime = open_runtime()
    recorded: list[EmergencyStatus] = []
    away: Unavailable | None = None
    try:
        recorded = runtime.desk.status()
    except Unavailable as error:
        away = error
    try:
        hasty = RedisEmergencyFlags(runtime.endpoints.redis_url, hasty=True)
        flags = {flag.scope: flag for flag in hasty.every()}
        redis = "answers"
    except Unavailable as error:
        if away is not None:
            raise
        flags, redis = {}, str(error)
    rows = [
        {
            **each.to_wire(),
            "redis": None if (flag := flags.get(each.scope)) is None else f"{flag.state.name} {flag.epoch}",
            "agrees": flag is not None and (flag.state.name, flag.epoch) == (each.state, each.epoch),
        }
        for each in recorded
    ]
    unrecorded = sorted(set(flags) - {each.scope for each in recorded})
    if as_json:
        told = {scope: f"{flags[scope].state.name} {flags[scope].epoch}" for scope in unrecorded}
        postgres = "answers" if away is None else str(away)
        print_json({"states": rows, "postgres": postgres, "redis": redis, "unrecorded": told})
        return
    if away is None:
        print_table(
            ("scope", "state", "#epoch", "since", "by", "reason", "Redis"),
            (
                (r["scope"], r["state"], r["epoch"], r["at"], r["actor"], r["reason"],
                 "agrees" if r["agrees"] else r["redis"] or "missing")
                for r in rows
            ),
            empty="no states yet; `argosy prepare` sets the first",
        )  # fmt: skip
    else:
        console(stderr=True).print(str(away))
    if redis != "answers":
        console(stderr=True).print(redis)
    for scope in unrecorded:
        console(stderr=True).print(f"{scope} is {flags[scope].state.name} in Redis alone")


@app.command()
def history(
    scope: Annotated[str | None, typer.Option(help="Only this scope.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """List changes, newest first, with the reports of their enforcement."""
    found = stops.desk().history(scope, limit=limit)
    if as_json:
        print_json(
            {
                "changes": [
                    {
                        "epoch": c.epoch, "scope": c.scope, "before": c.before, "after": c.after,
                        "at": wire(c.at), "actor": c.actor, "origin": c.origin, "reason": c.reason,
                        "automatic": c.automatic, "cause": c.cause, "flatten": c.flatten,
                        "enforcedAt": wire(c.enforced_at),
                        "report": c.report,
                    }
                    for c in found
                ]
            }
        )  # fmt: skip
        return
    print_table(
        ("#epoch", "at", "scope", "was", "became", "by", "reason", "report"),
        (
            (c.epoch, format_time(c.at), c.scope, c.before, c.after,
             f"{c.actor} (automatic)" if c.automatic else c.actor, c.reason, c.report)
            for c in found
        ),
        empty="no changes yet",
    )  # fmt: skip
