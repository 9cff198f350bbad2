"""`argosy actions`: actions with an open outcome, and their settlement by hand."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from argosy.cli._shared.actor import ReasonOption, actor
from argosy.cli._shared.output import JsonFlag, print_json, print_table
from argosy.cli._shared.times import readable, wire

app = typer.Typer(help="Actions whose outcome is open.", no_args_is_help=True)
_TYPED = 6


@app.command("list")
def list_(
    bot: Annotated[str, typer.Option("--bot", help="Only this bot.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """List actions that are decided and not settled, oldest first."""
    from argosy.bootstrap import open_runtime
    from argosy.core.money.exact import text
    from argosy.infrastructure.actions.senders import has_ended
    from argosy.infrastructure.storage.actions import intents
    from argosy.infrastructure.storage.catalog import bots

    runtime = open_runtime()
    currencies = {bot.id: bot.base_currency for bot in runtime.database.run(bots.every())}
    rows = [
        {
            "clientId": each.client_id,
            "bot": each.caller.bot_id,
            "mode": each.caller.mode,
            "venue": each.action.venue,
            "kind": each.action.kind.value,
            "symbol": each.action.label or each.action.symbol,
            "status": each.status.value,
            "reserved": text(each.reserved),
            "currency": currencies.get(each.caller.bot_id, ""),
            "begun": wire(each.submitted_at),
            "sender": each.owner,
            "senderEnded": each.owner is None or has_ended(each.owner),
            "reason": each.reason,
        }
        for each in runtime.database.run(intents.unsettled(bot or None))
    ]
    if as_json:
        print_json({"actions": rows})
        return
    names = ("clientId", "bot", "mode", "venue", "kind", "symbol", "status", "reserved", "currency", "begun")
    print_table(
        (*names, "reason"),
        ((*(readable(row[n]) if n == "begun" else row[n] for n in names), row["reason"]) for row in rows),
        empty="every action is settled",
    )


@app.command()
def settle(
    client_id: Annotated[str, typer.Argument(help="Id of the action, from `argosy actions list`.")],
    outcome: Annotated[Literal["never-arrived"], typer.Option(help="Outcome of the action.")],
    reason: ReasonOption = "",
    confirm: Annotated[
        str, typer.Option(help=f"The last {_TYPED} characters of the id; asked for when absent.")
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """Settle an unknown action that never reached its venue. Needs --reason.

    Look at the venue first: the action must certainly be absent there. The command is refused while the
    sending process still runs on this machine.
    """
    from argosy.bootstrap import open_runtime
    from argosy.core.actions.sentence import sentence_of
    from argosy.errors import InvalidInput
    from argosy.infrastructure.actions.senders import refuse_living
    from argosy.infrastructure.storage.actions import intents, manual_settlement

    runtime = open_runtime()
    found = runtime.database.run(intents.get(client_id))
    if found is not None:
        refuse_living(found.owner)
        typer.echo(
            f"{sentence_of(found.action)} at {found.action.venue} for {found.caller.bot_id}: {found.reason or ''}",
            err=True,
        )
    typed = confirm or typer.prompt(f"Type the last {_TYPED} characters of the id to settle it", err=True)
    if typed != client_id[-_TYPED:]:
        raise InvalidInput(
            "the action is not settled: the confirmation is wrong", expected=client_id[-_TYPED:], found=typed
        )
    after = runtime.database.run(
        manual_settlement.never_arrived(client_id, actor=actor(), at=runtime.clock.now(), reason=reason)
    )
    if as_json:
        print_json({"clientId": client_id, "status": after.status.value, "code": after.code})
        return
    typer.echo(f"{client_id} is settled: {outcome}; what was reserved for it is free")
