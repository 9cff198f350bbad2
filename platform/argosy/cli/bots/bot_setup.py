"""`argosy bots create`, `archive`, `unarchive`, `remove` and `mode`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from argosy.cli._shared.actor import ReasonOption, actor
from argosy.cli._shared.output import JsonFlag, print_json

if TYPE_CHECKING:
    from argosy.bootstrap import Runtime
    from argosy.graph.document import WorkflowDocument
    from argosy.infrastructure.storage.records import BotRecord

BotId = Annotated[str, typer.Argument(help="Id of the bot.")]
ModeName = Literal["paper", "sandbox", "live"]
BY_HAND = "by hand only"


def create(
    file: Annotated[
        str,
        typer.Argument(
            metavar="[FILE]", help="The bot's workflow document; or give --from.", show_default=False
        ),
    ] = "",
    template: Annotated[
        str, typer.Option("--from", help="A bot's workflow that comes with Argosy, by its id.")
    ] = "",
    bot_id: Annotated[str, typer.Option("--id", help="Id of the bot; the workflow's when absent.")] = "",
    name: Annotated[str, typer.Option(help="What people call it; the workflow's name when absent.")] = "",
    capital: Annotated[str, typer.Option(help="Capital in base currency, as 1000 or 0.5.")] = "",
    currency: Annotated[str, typer.Option(help="Base currency; the ledger's when absent.")] = "",
    schedule: Annotated[
        str,
        typer.Option(help="When it runs: 5s, 15min, 1h, a cron expression, JSON, or none (by hand only)."),
    ] = "",
    mode: Annotated[ModeName, typer.Option(help="paper, sandbox or live.")] = "paper",
    domain: Annotated[str, typer.Option(help="Its domain, where its nodes do not say.")] = "",
    values: Annotated[
        list[str] | None,
        typer.Option("--set", help="node.parameter=value or strategy/node.parameter=value; repeatable."),
    ] = None,
    paused: Annotated[bool, typer.Option("--paused", help="Start no runs by schedule yet.")] = False,
    reason: ReasonOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Create a bot from a workflow document or a template.

    Strategies beside the file are saved with it. A bot in live mode starts paused, with its live switch off.
    """
    from argosy.bootstrap import open_runtime
    from argosy.bootstrap.bot_orders import BotOrder, check_request, prepare
    from argosy.cli.bots.schedule_words import read_schedule
    from argosy.core.bot import Mode
    from argosy.core.money.money import decimal
    from argosy.infrastructure.catalog import bots as catalog
    from argosy.infrastructure.config import load_settings

    document = _document(file) if file else None
    order = BotOrder(
        document=document,
        template=template or None,
        values=values or (),
        strategies=_beside(file, document),
        id=bot_id or None,
        name=name or None,
        capital=decimal(capital, name="the capital") if capital else None,
        currency=currency or None,
        schedule=read_schedule(schedule, load_settings().schedule.timezone) if schedule else None,
        mode=Mode(mode),
        domain=domain or None,
        paused=paused,
    )
    preparing = prepare(order)
    runtime = open_runtime()
    found = check_request(runtime.database.run(preparing), runtime.registry)
    bot = runtime.database.run(
        catalog.create(found.bot, actor=actor(), at=runtime.clock.now(), reason=reason)
    )
    row = _row(runtime, bot) | {"warnings": list(found.warnings)}
    if as_json:
        print_json(row)
        return
    typer.echo(
        f"{bot.id}: {bot.domain}, {bot.mode}, {bot.state}, {_plain(bot.capital)} {bot.base_currency}, "
        f"{', '.join(row['schedules']) or BY_HAND}"
    )
    for each in found.bot.strategies:
        typer.echo(f"strategy {each.id} is saved with it")
    for warning in found.warnings:
        typer.echo(f"warning: {warning}", err=True)
    for line in _next_steps(bot, row["schedules"]):
        typer.echo(line)


def archive(bot_id: BotId, reason: ReasonOption = "", as_json: JsonFlag = False) -> None:
    """Archive a bot: no more runs, no more risk; its history stays.

    Refused during a run, and while the bot has positions, open orders or commitments.
    """
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.catalog import bots as catalog
    from argosy.infrastructure.catalog.idle import require_idle

    runtime = open_runtime()
    require_idle(runtime.runs, bot_id)
    bot = runtime.database.run(catalog.archive(bot_id, actor=actor(), at=runtime.clock.now(), reason=reason))
    _say(runtime, bot, as_json=as_json)


def unarchive(bot_id: BotId, reason: ReasonOption = "", as_json: JsonFlag = False) -> None:
    """Bring an archived bot back, paused."""
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.catalog import bots as catalog

    runtime = open_runtime()
    bot = runtime.database.run(
        catalog.unarchive(bot_id, actor=actor(), at=runtime.clock.now(), reason=reason)
    )
    _say(runtime, bot, as_json=as_json)


def remove(bot_id: BotId, reason: ReasonOption = "", as_json: JsonFlag = False) -> None:
    """Delete a bot that never ran, acted or booked anything. Archive any other bot instead."""
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.catalog import bots as catalog
    from argosy.infrastructure.catalog.idle import require_idle

    runtime = open_runtime()
    require_idle(runtime.runs, bot_id)
    runtime.database.run(catalog.remove(bot_id, actor=actor(), at=runtime.clock.now(), reason=reason))
    if as_json:
        print_json({"id": bot_id, "removed": True})
    else:
        typer.echo(f"{bot_id} is removed, with its schedules and limits")


def mode(
    bot_id: BotId,
    mode: Annotated[ModeName, typer.Argument(help="paper, sandbox or live.")],
    leave_positions: Annotated[
        bool,
        typer.Option("--leave-positions", help="Leave what it holds in the account of the mode it leaves."),
    ] = False,
    reason: ReasonOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Change a bot's mode; positions never move between modes.

    Each mode has its own account and books.
    """
    from argosy.bootstrap import open_runtime
    from argosy.core.bot import Mode
    from argosy.infrastructure.catalog import bots as catalog

    runtime = open_runtime()
    change = runtime.database.run(
        catalog.set_mode(
            bot_id,
            Mode(mode),
            actor=actor(),
            at=runtime.clock.now(),
            reason=reason,
            leave_positions=leave_positions,
        )
    )
    left = [str(each) for each in change.left]
    if as_json:
        print_json(_row(runtime, change.bot) | {"before": change.before.value, "left": left})
        return
    if change.before.value == mode:
        typer.echo(f"{bot_id} is in mode {mode}, as before")
        return
    typer.echo(f"{bot_id}: mode {change.before.value} → {mode}, {change.bot.state}")
    for line in words_on_positions(change.before.value, mode, left):
        typer.echo(line)
    for line in _next_steps(change.bot, ["scheduled"]):
        typer.echo(line)


def words_on_positions(before: str, after: str, left: list[str]) -> list[str]:
    """Return sentences on the consequences of a change of mode for the bot's positions."""
    account = {
        "paper": "its paper account",
        "sandbox": "its account at the sandbox",
        "live": "its real accounts at the venues",
    }
    if not left:
        held = f"It held nothing in mode {before}."
    else:
        held = (
            f"It leaves {'; '.join(left)} in {account[before]}: nothing is sold or moved, no run looks after it, "
            f"and it counts again when the bot returns to mode {before}."
        )
    return [
        held,
        f"From the next run on it trades in {account[after]}, with that account's cash and positions.",
    ]


def _next_steps(bot: BotRecord, schedules: list[str]) -> list[str]:
    lines = []
    if bot.mode == "live":
        lines.append(
            f"It places no orders yet: `argosy capital live on --bot {bot.id} --reason …` is the deliberate switch, and "
            "it needs credentials and a clean reconciliation."
        )
    if bot.state == "paused":
        lines.append(f"`argosy bots resume {bot.id}` starts its runs.")
    elif not schedules:
        lines.append(f"`argosy bots run {bot.id}` starts a run.")
    return lines


def _document(file: str) -> WorkflowDocument:
    from argosy.cli.bots.documents import read
    from argosy.graph.document import parse

    return parse(read(file))


def _beside(file: str, document: WorkflowDocument | None) -> list[WorkflowDocument]:
    """Return the documents of strategies that `document` names, from the folder of its file."""
    from argosy.cli.bots.documents import beside
    from argosy.infrastructure.catalog.surroundings import names

    if document is None:
        return []
    found = (beside(file, name) for name in dict.fromkeys(names(document)))
    return [each for each in found if each is not None]


def _row(runtime: Runtime, bot: BotRecord) -> dict[str, Any]:
    from argosy.cli.bots.bots import row

    return row(runtime.database, bot)


def _say(runtime: Runtime, bot: BotRecord, *, as_json: bool) -> None:
    if as_json:
        print_json(_row(runtime, bot))
    else:
        typer.echo(f"{bot.id} is {bot.state}")


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
