"""`argosy workflow run`: backtest of one workflow over recordings, in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from argosy.cli._shared.numbers import MOST, finite
from argosy.cli._shared.output import ExitCode, JsonFlag, console, print_json, print_table
from argosy.cli.bots.documents import FileArgument, read, resolver
from argosy.errors import InvalidInput, NotFound


def run(
    file: FileArgument,
    replays: Annotated[
        list[Path] | None,
        typer.Option("--replay", metavar="FILE", help="A recording; repeat it for several."),
    ] = None,
    capital: Annotated[
        str | None, typer.Option(help="Cash at the start, USD; else what the workflow says.")
    ] = None,
    every: Annotated[
        float,
        typer.Option(
            min=0, max=3600, callback=finite, help="Least seconds of recorded time between two runs."
        ),
    ] = 1.0,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NODE.PARAM=VALUE", help="Another value for a node's parameter."),
    ] = None,
    depth: Annotated[
        str, typer.Option(help="Shares taken to be at a best price that was recorded without size.")
    ] = "20",
    fee_rate: Annotated[str, typer.Option(help="Fee rate where the recording gives none.")] = "0.07",
    domain: Annotated[
        str | None, typer.Option(help="Domain of the recordings; else that of the workflow's nodes.")
    ] = None,
    runs: Annotated[int | None, typer.Option(min=1, max=MOST, help="Stop after this many runs.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Backtest one workflow over recordings, in this process, on paper, at full speed.

    Exit code 1 when no run succeeds.

    Recordings: one-second quote CSV, raw order books as JSON lines (gzipped or not) or Parquet, Gamma market
    JSON with resolutions, klines. Orders fill only against observations after their decision.
    """
    from argosy.bootstrap.backtest import MOST_CAPITAL, backtest
    from argosy.core.money.money import bounded
    from argosy.graph.document import parse
    from argosy.graph.settings import parse_settings, with_settings
    from argosy.venuekit.replay.session import ReplayRequest

    if not replays:
        raise InvalidInput(
            "there is nothing to run on",
            expected="--replay FILE",
            remedy="to run a bot on the workers use `argosy bots run BOT`",
        )
    for path in replays:
        if not path.is_file():
            raise InvalidInput(f"there is no recording {path}", expected="a file that can be read")
    try:
        text = read(file)
    except NotFound as error:
        raise InvalidInput(error.message, expected=error.expected) from None
    request = ReplayRequest(
        replays,
        depth=bounded(depth, name="--depth", above=0, most=100_000),
        fee_rate=bounded(fee_rate, name="--fee-rate", least=0, most=1),
    )
    cash = None if capital is None else bounded(capital, name="--capital", above=0, most=MOST_CAPITAL)
    with quiet_logs():
        found = backtest(
            with_settings(parse(text), parse_settings(settings or [])),
            resolver(file),
            request,
            domain=domain,
            capital=cash,
            every_s=every,
            most_runs=runs,
        )
    result = {"recording": [path.name for path in replays], **found}
    if as_json:
        print_json(result)
    else:
        _print(result)
    if not result["runs"]["success"]:
        raise typer.Exit(ExitCode.FAILED)


@contextmanager
def quiet_logs() -> Iterator[None]:
    """Silence Argosy's logs inside the block: the report has the results of the nodes."""
    from loguru import logger

    logger.disable("argosy")
    try:
        yield
    finally:
        logger.enable("argosy")


def _print_nodes(result: Mapping[str, Any]) -> None:
    def counts(found: Mapping[str, int]) -> str:
        return ", ".join(f"{count} {name}" for name, count in found.items())

    print_table(
        ("node", "type", "outcomes", "branches", "first error"),
        (
            (
                key,
                node["type"],
                counts(node["outcomes"]),
                counts(node["branches"]),
                node["error"]["message"] if node["error"] else "",
            )
            for key, node in result["nodes"].items()
        ),
        title="nodes",
    )
    told = result["notifications"]
    if told["total"]:
        more = f", the first {len(told['first'])}" if told["total"] > len(told["first"]) else ""
        print_table(
            ("at", "node", "level", "title", "text"),
            ((n["at"], n["node"], n["level"], n["title"], n["body"]) for n in told["first"]),
            title=f"{told['total']} notifications{more}",
        )


def _print(result: Mapping[str, Any]) -> None:
    out = console()
    runs, pnl, found = result["runs"], result["pnl"], result["opportunities"]
    out.print(f"[bold]{result['workflow']['id']}[/] over {', '.join(result['recording'])}")
    out.print(
        f"{runs['total']} runs ({runs['success']} success, {runs['failed']} failed) in "
        f"{result['durationMs'] / 1000:.1f} s, {result['from']} to {result['to']}"
    )
    if not runs["success"]:
        out.print("[bold red]no run succeeded[/]: the errors stand below")
    if not result["buying"]["possible"]:
        out.print(f"[bold]{result['buying']['reason']}[/]")
    out.print(f"opportunities: {found['found']} found, {found['taken']} taken")
    closed = result["trades"]
    out.print(f"closed trades: {closed['wins']} of {closed['trades']} won, {closed['losses']} lost")
    print_table(
        ("at", "outcome", "side", "#quantity", "#price", "#fee", "market"),
        (
            (f["at"], f["outcome"], f["side"], f["quantity"], f["price"], f["fee"], f["slug"])
            for f in result["fills"][-20:]
        ),
        title=f"{len(result['fills'])} fills" + (", the last 20" if len(result["fills"]) > 20 else ""),
        empty="no fills",
    )
    if result["positions"]:
        print_table(
            ("market", "outcome", "#quantity", "#cost", "#mark", "state"),
            (
                (p["slug"], p["outcome"], p["quantity"], p["averageCost"], p["mark"], p["state"])
                for p in result["positions"]
            ),
            title="still held",
        )
    _print_nodes(result)
    out.print(
        f"P&L {pnl['total']} USD: realised {pnl['realised']}, unrealised {pnl['unrealised']}"
        f" (of it unresolved {pnl['unresolved']}); fees {result['fees']}"
    )
    if result["warnings"]:
        print_table(
            ("warning", "#count", "first example"),
            ((w["code"], w["count"], w["example"]) for w in result["warnings"]),
            title="warnings",
        )
