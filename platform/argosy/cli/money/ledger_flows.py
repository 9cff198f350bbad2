"""`argosy ledger flows`: money that venues booked by themselves, revision by revision."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from argosy.cli._shared.output import JsonFlag, print_json, print_table


def flows(
    bot: Annotated[str, typer.Option("--bot", help="Only this bot.")] = "",
    mode: Annotated[
        Literal["paper", "sandbox", "live"] | None,
        typer.Option("--mode", help="paper, sandbox or live; every mode when absent."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many revisions.")] = 100,
    as_json: JsonFlag = False,
) -> None:
    """Show interest, rent, fees, sales and other flows of venues, newest revision first."""
    from argosy.bootstrap import open_runtime
    from argosy.cli._shared.times import format_time
    from argosy.core.money.exact import text
    from argosy.infrastructure.storage.money import flows as stored

    found = open_runtime().database.run(stored.revisions(bot or None, mode, limit=limit))
    rows: list[dict[str, Any]] = [
        {
            "at": each.revision.flow.at,
            "mode": each.mode,
            "venue": each.venue,
            "bot": each.revision.owner.bot_id,
            "strategy": each.revision.owner.strategy_id,
            "symbol": each.revision.flow.symbol,
            "kind": each.revision.flow.kind.value,
            "amount": each.revision.flow.amount,
            "currency": each.revision.flow.currency,
            "quantity": each.revision.flow.quantity,
            "id": each.revision.flow.id,
            "revision": each.revision.number,
            "booked": each.booked,
        }
        for each in found
    ]
    if as_json:
        print_json({"flows": [row | {"at": row["at"].isoformat()} for row in rows]})
        return
    print_table(
        (
            "time",
            "mode",
            "venue",
            "bot",
            "strategy",
            "symbol",
            "kind",
            "#amount",
            "currency",
            "id",
            "#revision",
        ),
        (
            [
                format_time(row["at"]),
                *(row[name] for name in ("mode", "venue", "bot", "strategy", "symbol", "kind")),
                text(row["amount"]),
                row["currency"],
                row["id"],
                row["revision"],
            ]
            for row in rows
        ),
        empty="no venue booked anything by itself",
    )
