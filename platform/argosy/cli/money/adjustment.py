"""`argosy ledger adjust`: book a difference from a venue that no action will settle."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from argosy.cli._shared.actor import ReasonOption, actor
from argosy.cli._shared.output import JsonFlag, print_json
from argosy.cli._shared.times import wire


def adjust(
    bot: Annotated[str, typer.Option("--bot", help="Id of the bot whose books are adjusted.")],
    venue: Annotated[str, typer.Option(help="The venue that differs.")],
    asset: Annotated[str, typer.Option(help="A currency with --amount, a symbol with --quantity.")],
    amount: Annotated[str, typer.Option(help="Money that the venue has more (or, below 0, less).")] = "0",
    quantity: Annotated[str, typer.Option(help="Units that the venue has more (or, below 0, less).")] = "0",
    kind: Annotated[
        Literal["adjustment", "transfer", "income", "expense"],
        typer.Option(help="transfer: a deposit or a withdrawal. The other kinds count as gain or loss."),
    ] = "adjustment",
    strategy: Annotated[
        str, typer.Option(help="Strategy that owns the entry; the bot's own books when absent.")
    ] = "",
    mode: Annotated[
        Literal["paper", "sandbox", "live"] | None, typer.Option(help="The bot's own when absent.")
    ] = None,
    rate: Annotated[str, typer.Option(help="Price in base currency per unit, where no price is known.")] = "",
    reason: ReasonOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Book an explained difference between a venue and the ledger. Needs --reason.

    The adjustment is a new row of the ledger; no row is edited.
    """
    from dataclasses import asdict

    from argosy.bootstrap import open_runtime
    from argosy.core.money.adjustment import Adjustment
    from argosy.core.money.exact import text
    from argosy.core.money.money import decimal
    from argosy.infrastructure.storage.catalog import bots
    from argosy.infrastructure.storage.money import adjustments

    runtime = open_runtime()
    record = runtime.database.run(bots.get(bot))
    wanted = Adjustment(
        bot_id=bot,
        mode=mode or record.mode,
        venue=venue,
        asset=asset,
        amount=decimal(amount, name="the amount"),
        quantity=decimal(quantity, name="the quantity"),
        strategy_id=strategy,
        kind=kind,
        rate=decimal(rate, name="the rate") if rate else None,
    )
    entry = runtime.database.run(
        adjustments.adjust(wanted, actor=actor(), at=runtime.clock.now(), reason=reason)
    )
    if as_json:
        print_json({"entry": asdict(entry) | {"at": wire(entry.at)}})
        return
    typer.echo(
        f"booked {text(wanted.amount or wanted.quantity)} {asset} at {venue} for {bot}, {wanted.mode} ({kind})"
    )
