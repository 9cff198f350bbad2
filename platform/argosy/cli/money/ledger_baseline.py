"""`argosy ledger baseline`: accept the amounts that a venue holds beyond the ledger."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from argosy.cli._shared.actor import ReasonOption, actor
from argosy.cli._shared.output import JsonFlag, print_json, print_table


def baseline(
    bot: Annotated[str, typer.Option("--bot", help="Id of the bot whose account is compared.")],
    venue: Annotated[str, typer.Option(help="The venue that holds the account.")],
    mode: Annotated[
        Literal["paper", "sandbox", "live"] | None, typer.Option(help="The bot's own when absent.")
    ] = None,
    reason: ReasonOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Accept what a venue holds beyond the ledger as not the bot's. Needs --reason.

    The first comparison with a venue does this by itself, except on a database restored from a backup.
    """
    from argosy.bootstrap import open_runtime
    from argosy.core.actions.intent import Caller
    from argosy.core.bot import Mode
    from argosy.core.money.exact import text
    from argosy.infrastructure.actions.comparison import accept_baseline
    from argosy.infrastructure.storage.catalog import bots

    runtime = open_runtime()
    record = runtime.database.run(bots.get(bot))
    caller = Caller(mode or record.mode, record.domain, bot, "")
    venues = runtime.contexts.venues(bot, record.domain, Mode(caller.mode), record.capital)
    beyond = accept_baseline(
        runtime.database, caller, venues.get(venue), actor=actor(), at=runtime.clock.now(), reason=reason
    )
    amounts = {asset: text(amount) for asset, amount in sorted(beyond.items()) if amount}
    if as_json:
        print_json({"bot": bot, "mode": caller.mode, "venue": venue, "beyond": amounts})
        return
    print_table(("asset", "beyond the ledger"), amounts.items(), empty="nothing beyond the ledger")
