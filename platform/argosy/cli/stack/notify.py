"""`argosy notify`: messages to people."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from argosy.cli._shared.output import ExitCode, JsonFlag, print_json, print_table
from argosy.cli._shared.times import format_time

app = typer.Typer(help="Messages to people.", no_args_is_help=True)


@app.command("list")
def list_(
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Only messages that still wait for delivery.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """List the newest messages and their delivery, newest first."""
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.storage.safety import notices

    found = open_runtime().database.run(notices.newest(limit, waiting=waiting))
    if as_json:
        print_json({"notices": [asdict(notice) for notice in found]})
        return
    print_table(
        ("#id", "at", "level", "title", "#repeats", "state", "why"),
        (
            (n.id, format_time(n.created_at), n.level, n.title, n.repeats or "",
             _state(n.delivered_at is not None, n.given_up, n.folded, n.attempts), n.last_error)
            for n in found
        ),
        empty="no messages",
    )  # fmt: skip


@app.command()
def test(as_json: JsonFlag = False) -> None:
    """Send a message to every receiver now, and show each answer.

    Exit code 1 unless every receiver accepts it.
    """
    from argosy.errors import ConfigError
    from argosy.infrastructure.config import load_settings
    from argosy.infrastructure.notify.receivers import receivers_of

    receivers = receivers_of(load_settings().notify.urls)
    if not receivers:
        raise ConfigError(
            "there is no receiver",
            expected="notify.urls with at least one Apprise URL",
            remedy="set ARGOSY_NOTIFY__URLS, or urls under [notify] in argosy.toml",
        )
    answers = [
        (receiver.label, receiver.send("[Argosy] test", "This is a test; nothing happened.", "info"))
        for receiver in receivers
    ]
    if as_json:
        print_json(
            {
                "receivers": [
                    {"receiver": label, "taken": error is None, "error": error} for label, error in answers
                ]
            }
        )
    else:
        for label, error in answers:
            typer.echo(f"receiver {label}: {'taken' if error is None else error}")
    if any(error is not None for _, error in answers):
        raise typer.Exit(ExitCode.FAILED)


def _state(delivered: bool, given_up: bool, folded: bool, attempts: int) -> str:
    if delivered:
        return "delivered with others" if folded else "delivered"
    if given_up:
        return "not sent"
    return f"waits, {attempts} attempts" if attempts else "waits"
