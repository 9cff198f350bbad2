"""`argosy ledger`: portfolios, proofs, statements and exports of the ledger."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from argosy.cli._shared.output import ExitCode, JsonFlag, print_json, print_table
from argosy.cli.money.adjustment import adjust
from argosy.cli.money.ledger_baseline import baseline
from argosy.cli.money.ledger_check import check
from argosy.cli.money.ledger_flows import flows

if TYPE_CHECKING:
    from argosy.bootstrap import Runtime
    from argosy.core.money.portfolio import Position
    from argosy.core.money.statement import BalanceLine, Statement
    from argosy.infrastructure.money.overview import Overview, ScopeStanding
    from argosy.infrastructure.storage.money.proof import Proof

app = typer.Typer(help="The ledger: portfolios, proofs, statements, exports.", no_args_is_help=True)
app.command()(adjust)
app.command()(baseline)
app.command()(check)
app.command()(flows)

Mode = Literal["paper", "sandbox", "live"]
BotOption = Annotated[str, typer.Option("--bot", help="Only this bot.")]
ModeOption = Annotated[
    Mode | None, typer.Option("--mode", help="paper, sandbox or live; every mode when absent.")
]


@app.command()
def show(bot: BotOption = "", mode: ModeOption = None, as_json: JsonFlag = False) -> None:
    """Show capital, cash, equity and profit by scope, in base currency.

    With --bot, list the bot's positions too.
    """
    from argosy.core.money.portfolio import by_asset

    runtime = _open_for(bot)
    found = [_overview(runtime, each, bot) for each in _modes(runtime, mode)]
    margin = runtime.settings.money.attributed_margin
    scopes = [_scope(each, scope, margin) for each in found for scope in each.scopes]
    held = [
        _position(each, one.position(each.marks.get(one.asset)))
        for each in found
        for one in (by_asset(each.held) if bot else ())
    ]
    if as_json:
        print_json({"scopes": scopes} | ({"positions": held} if bot else {}))
        return
    sums = ["capital", "cash", "equity", "realised", "unrealised", "fees", "drawdown"]
    if any(row["attributed"] for row in scopes):
        sums += ["attributed", "profit"]
    _print(
        ("mode", "scope", "currency", *(f"#{name}" for name in sums)),
        ([row["mode"], row["scope"], row["currency"], *(row[name] for name in sums)] for row in scopes),
        empty="nothing is booked yet",
    )
    if bot:
        numbers = ("quantity", "averageCost", "cost", "mark", "unrealised")
        _print(
            ("mode", "venue", "symbol", "currency", *(f"#{name}" for name in numbers)),
            (
                [row["mode"], row["venue"], row["symbol"], row["currency"], *(row[name] for name in numbers)]
                for row in held
            ),
            empty="nothing is held",
        )


@app.command()
def verify(as_json: JsonFlag = False) -> None:
    """Recompute positions and cash from every entry, and compare each digit.

    Exit code 1 on a difference.
    """
    from argosy.infrastructure.storage.money import proof

    found = _open().database.run(proof.verify())
    _say(found, as_json)
    if found.differences:
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def rebuild(
    reason: Annotated[str, typer.Option(help="Why; it is kept in the audit log.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Write positions and cash anew from the ledger, and show the former differences."""
    from argosy.cli._shared.actor import actor
    from argosy.infrastructure.storage.money import proof

    runtime = _open()
    _say(runtime.database.run(proof.rebuild(actor(), runtime.clock.now(), reason)), as_json)


@app.command()
def export(
    format: Annotated[Literal["csv", "json"], typer.Option(help="Kind of file.")] = "csv",
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="First moment."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="First moment left out."),
    ] = None,
    bot: BotOption = "",
    mode: ModeOption = None,
    output: Annotated[Path | None, typer.Option(help="A file; stdout when absent.")] = None,
) -> None:
    """Export every entry with every digit. Times are in the zone `money.timezone`."""
    from argosy.infrastructure.money.export import write_csv, write_json
    from argosy.infrastructure.storage.money.entries import Wanted

    runtime = _open_for(bot)
    wanted = Wanted(mode=mode, bot_id=bot or None, since=_local(runtime, since), until=_local(runtime, until))
    write = write_csv if format == "csv" else write_json
    if output is None:
        write(runtime.database, wanted, sys.stdout)
        return
    with output.open("w", encoding="utf-8", newline="") as file:
        count = write(runtime.database, wanted, file)
    typer.echo(f"wrote {count} entries to {output}")


@app.command()
def statement(
    day: Annotated[
        str, typer.Option(help="YYYY-MM-DD in the zone `money.timezone`; today when absent.")
    ] = "",
    bot: BotOption = "",
    mode: ModeOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show one day: opening, flows by kind, closing, and the positions at its end."""
    from argosy.errors import InvalidInput
    from argosy.infrastructure.money.statements import bounds, statement_of

    runtime = _open_for(bot)
    zone = _zone(runtime)
    try:
        wanted = date.fromisoformat(day) if day else runtime.clock.now().astimezone(zone).date()
        bounds(wanted, zone)
    except (ValueError, OverflowError):
        raise InvalidInput("the day cannot be read", expected="YYYY-MM-DD", found=day) from None
    found = [statement_of(runtime.database, wanted, zone, one, bot or None) for one in _modes(runtime, mode)]
    if as_json:
        print_json({"statements": [_wire(each) for each in found]})
        return
    if not found:
        typer.echo("nothing is booked yet")
    for each in found:
        _tell(each)


def _wire(each: Statement) -> dict[str, Any]:
    times = {"since": each.since.isoformat(), "until": each.until.isoformat()}
    return each.model_dump(by_alias=True) | times | {"pnl": each.pnl}


def _tell(each: Statement) -> None:
    typer.echo(f"{each.scope} on {each.day} ({each.timezone}), {each.mode}, in {each.base_currency}")

    def row(name: str, balance: BalanceLine) -> tuple[object, ...]:
        return (
            name,
            balance.capital,
            balance.cash,
            balance.cost,
            balance.realised,
            balance.fees,
            balance.unrealised,
            balance.equity,
        )

    columns = ("", "#capital", "#cash", "#cost", "#realised", "#fees", "#unrealised", "#equity")
    day = ("the day", "", "", "", each.realised, each.fees, "", "" if each.pnl is None else each.pnl)
    _print(columns, (row("opening", each.opening), row("closing", each.closing), day))
    _print(
        ("flow", "currency", "#entries", "#amount", "#base amount"),
        ((flow.kind, flow.currency, flow.count, flow.amount, flow.base_amount) for flow in each.flows),
        empty="no flows",
    )
    if each.attributed:
        typer.echo(f"attributed value, which is no cash: {each.attributed} {each.base_currency}")
    _print(
        ("bot", "strategy", "venue", "symbol", "#quantity", "#average cost", "#cost"),
        (
            (p.bot_id, p.strategy_id, p.venue, p.symbol, p.quantity, p.average_cost, p.cost)
            for p in each.positions
        ),
        empty="nothing is held",
    )


def _overview(runtime: Runtime, mode: str, bot: str) -> Overview:
    from argosy.infrastructure.money.overview import overview

    now, age = runtime.clock.now(), runtime.settings.money.mark_max_age_s
    return runtime.database.run(
        overview(mode, now, zone=_zone(runtime), mark_max_age_s=age, bot_id=bot or None)
    )


def _scope(of: Overview, each: ScopeStanding, margin: Decimal) -> dict[str, Any]:
    sums = each.summary
    return {
        "mode": of.mode,
        "scope": sums.scope,
        "currency": of.base_currency,
        "capital": sums.capital,
        "cash": sums.cash,
        "cost": sums.cost,
        "value": sums.value,
        "equity": sums.equity,
        "realised": sums.realised,
        "unrealised": sums.unrealised,
        "fees": sums.fees,
        "pnl": sums.pnl,
        "attributed": sums.attributed,
        "profit": sums.profit(margin),
        "highWater": each.high_water,
        "drawdown": each.drawdown,
    }


def _position(of: Overview, each: Position) -> dict[str, Any]:
    return {
        "mode": of.mode,
        "venue": each.venue,
        "symbol": each.symbol,
        "currency": of.base_currency,
        "quantity": each.quantity,
        "averageCost": each.average_cost,
        "cost": each.paid,
        "mark": each.mark,
        "value": each.value,
        "unrealised": each.unrealised,
    }


def _say(found: Proof, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        print_json({"ok": not found.differences} | asdict(found))
        return
    typer.echo(f"{found.entries} entries, {found.positions} positions, {found.cash} sums of cash")
    _print(("mode and currency", "#sum"), sorted(found.sums.items()), empty="nothing is booked yet")
    if found.missing_rates:
        typer.echo(f"{found.missing_rates} entries are counted one to one: nobody knew the rate")
    _print(
        ("table", "row", "column", "#by the ledger", "#in the table"),
        ((d.table, d.key, d.column, d.derived, d.stored) for d in found.differences),
        empty="no difference",
    )


def _print(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str = "none") -> None:
    from argosy.core.money.exact import text

    shown = ([text(cell) if isinstance(cell, Decimal) else cell for cell in row] for row in rows)
    print_table(columns, shown, empty=empty)


def _open() -> Runtime:
    from argosy.bootstrap import open_runtime

    return open_runtime()


def _open_for(bot: str) -> Runtime:
    """Open the runtime, and check that the bot exists or has entries in the ledger.

    Raises NotFound.
    """
    from argosy.errors import NotFound
    from argosy.infrastructure.storage.catalog import bots
    from argosy.infrastructure.storage.money import entries

    runtime = _open()
    if bot and not runtime.database.run(entries.page(entries.Wanted(bot_id=bot), limit=1)):
        try:
            runtime.database.run(bots.get(bot))
        except NotFound as error:
            raise NotFound(
                "there is no such bot, and nothing of one in the ledger",
                found=bot,
                remedy="`argosy bots list` shows all",
            ) from error
    return runtime


def _modes(runtime: Runtime, mode: Mode | None) -> list[str]:
    from argosy.infrastructure.storage.money import positions

    return [mode] if mode else runtime.database.run(positions.modes())


def _zone(runtime: Runtime) -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo(runtime.settings.money.timezone)


def _local(runtime: Runtime, moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=_zone(runtime))
