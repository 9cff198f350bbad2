"""`argosy cancel-all`: cancel every open order of an account, by credentials alone."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from argosy.cli._shared.output import ExitCode, JsonFlag, print_json, print_table

if TYPE_CHECKING:
    from argosy.core.venues.venue import OpenOrder
    from argosy.infrastructure.cancelling import CancelReport

app = typer.Typer()


@app.command("cancel-all")
def cancel_all(
    venue: Annotated[str, typer.Option(help="The venue; an unknown one lists all.")],
    symbol: Annotated[str, typer.Option(help="Only orders in this; every one when absent.")] = "",
    sandbox: Annotated[
        str, typer.Option("--sandbox", metavar="BOT", help="The account of this bot at the sandbox.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit when Postgres answers.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Cancel every open order at a venue, also while Postgres and Redis are down.

    The command needs only the credentials in the settings. Running bots may place new orders: use
    `argosy halt` first, where it answers. Exit code 1 when orders are left, or when the venue cannot list its orders.
    """
    from loguru import logger

    from argosy.bootstrap.cancelling import canceller_of, leave_trace
    from argosy.cli._shared.actor import actor
    from argosy.core.clock import SystemClock
    from argosy.infrastructure.cancelling import cancel_everything, orders_of
    from argosy.infrastructure.config import load_settings

    logger.remove()
    logger.add(sys.stderr, level="ERROR", format="{message}")
    settings, clock = load_settings(), SystemClock()
    account = canceller_of(venue, settings, clock, sandbox_bot=sandbox)
    if not yes:
        open_ = orders_of(account, symbol or None)
        if not as_json:
            _show(open_, "open")
        if not open_ or not typer.confirm(f"Cancel {len(open_)} order(s) at {venue}?", err=True):
            return
    report = cancel_everything(account, clock, symbol or None)
    traced = leave_trace(venue, report, settings, actor=actor(), reason=reason, sandbox_bot=sandbox)
    _say(venue, report, traced=traced, as_json=as_json)
    if report.left or not report.listed:
        raise typer.Exit(ExitCode.FAILED)


def _say(venue: str, report: CancelReport, *, traced: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "venue": venue,
                "cancelled": [order.to_wire() for order in report.gone],
                "left": [order.to_wire() for order in report.left],
                "listed": report.listed,
                "failures": report.failures,
                "audited": traced,
            }
        )
        return
    _show(report.gone, "cancelled")
    if report.left:
        _show(report.left, "left")
    for failure in report.failures:
        typer.echo(f"failed: {failure}", err=True)
    if not report.listed:
        typer.echo(f"{venue} does not list its orders: look there for what is left", err=True)
    if not traced:
        typer.echo("not in the audit: Postgres does not answer", err=True)


def _show(orders: Sequence[OpenOrder], what: str) -> None:
    rows: list[Sequence[Any]] = [
        (what, each.symbol, each.side, each.quantity, each.filled, each.price, each.venue_id)
        for each in orders
    ]
    print_table(
        ("", "symbol", "side", "#quantity", "#filled", "#price", "id"),
        rows,
        empty=f"no order is {what}" if what == "open" else f"{what}: none",
    )
