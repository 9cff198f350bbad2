"""`argosy workflow run`: backtest of one workflow over recordings, in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from argosy.cli._shared.numbers import MOST, finite
from argosy.cli._shared.output import ExitCode, JsonFlag, console, print_json, print_table
from argosy.cli.bots.documents import FileArgument, read, resolver
from argosy.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from argosy.domains.trading.replay.sight import Sight
    from argosy.domains.trading.replay.terms import AssumedTerms
    from argosy.graph.document import WorkflowDocument
    from argosy.graph.expansion import Resolve
    from argosy.venuekit.replay.warnings import ReplayWarnings

DEFAULT_CAPITAL = Decimal(1000)
MOST_CAPITAL = Decimal(10) ** 15
_SERIES = "trading.market"
_ON_SPOT = frozenset({"trading.spot_order", "legacy.poll"})
_ON_PRICES = _ON_SPOT | {"trading.reference_price", "trading.candles"}
_START = "strategy.start"


def replay(
    document: WorkflowDocument,
    resolve: Resolve,
    sights: Iterable[Sight],
    *,
    terms: AssumedTerms,
    warnings: ReplayWarnings,
    books: bool = True,
    capital: Decimal | None = None,
    every_s: float = 1.0,
    most_runs: int | None = None,
    at_end: Callable[[], None] = lambda: None,
    unreadable: Callable[[], str] = str,
) -> dict[str, Any]:
    """Backtest `document` over a recording, and return the report.

    A run is due at each recorded observation, at most once every `every_s` seconds. Compiled workflow, node
    functions, claims and gateway are the same as on workers. Observations are order books, or prices if
    `books` is False.

    `at_end` is called before the warnings are read. `unreadable` returns a description of the unreadable
    rows.

    Raises InvalidInput when the workflow cannot run on the recording.
    """
    from argosy.bootstrap.local import LocalRunner
    from argosy.bootstrap.types import registry
    from argosy.core.clock import DrivenClock, from_ms
    from argosy.core.money.trades import TradeRecord
    from argosy.domains.trading.paper.venue import PaperVenue
    from argosy.domains.trading.replay.priced import PRICED
    from argosy.domains.trading.replay.report import ReplayReport
    from argosy.domains.trading.replay.settlement import ReplaySettlement
    from argosy.domains.trading.replay.spot_report import with_spot
    from argosy.domains.trading.replay.tape import Tape
    from argosy.domains.trading.replay.venue import RecordedMarkets, RecordedVenues
    from argosy.graph.compile import compile_workflow
    from argosy.infrastructure.state.memory_documents import MemoryDocuments

    tape = Tape(sights, terms, warnings, books_trigger=books)
    first = tape.next_moment(-1)
    if first is None:
        raise InvalidInput(
            "the recording shows nothing a run could be due for",
            expected="order books or quotes of a prediction market, or prices",
            found=unreadable() or None,
            remedy="check the file; `--replay` can be repeated to add more of them",
        )
    if capital is None:
        capital = _own_capital(document)
    document = _in_series(_with_capital(document, capital), tape.first_slug(), warnings)
    workflow = compile_workflow(document, registry().for_recordings(), resolve)
    used = {node.type.name for node in workflow.nodes.values()}
    if not books and not used & _ON_PRICES:
        raise InvalidInput(
            f"workflow {document.id} trades on order books, and the recording has only prices",
            expected="a recording of a prediction market's books or quotes",
            remedy="add one with another --replay, or run a workflow that uses prices or candles",
        )
    clock = DrivenClock(from_ms(first))
    documents = MemoryDocuments()
    paper = PaperVenue(RecordedMarkets(tape, clock), documents, clock, account="replay", capital=capital)
    report = ReplayReport(warnings, document.id, spot=bool(used & _ON_SPOT))
    venues = RecordedVenues(paper, tape, clock, PRICED, documents=documents, capital=capital)
    runner = LocalRunner(
        workflow,
        clock=clock,
        venues=venues,
        documents=documents,
        capital=capital,
        on_event=report.on_event,
    )
    settlement = ReplaySettlement(paper, tape, clock, runner.submit)
    started = time.perf_counter()
    step_ms = int(every_s * 1000)
    moment: int | None = first
    target_ms = first
    runs = 0
    while moment is not None and (most_runs is None or runs < most_runs):
        if moment > clock.now_ms():
            clock.set(from_ms(moment))
        tape.advance(clock.now_ms())
        runner.run(due=clock.now())
        runs += 1
        if paper.holdings():
            settlement.settle()
            paper.portfolio()  # sets marks to the last sane bid, while there is one
        target_ms = target_ms + step_ms if moment < target_ms + step_ms else moment + step_ms
        moment = tape.next_moment(max(clock.now_ms(), target_ms - min(_EARLY_MS, step_ms) - 1))
    if moment is None:
        settlement.finish()
    elapsed_ms = (time.perf_counter() - started) * 1000
    at_end()
    journal = runner.journal
    trades = {name: journal.trades(name) or TradeRecord() for name in journal.trading_strategies()}
    return {
        "workflow": {"id": document.id, "digest": workflow.digest},
        **with_spot(report.to_wire(paper, tape, clock, trades), venues.spot),
        "ticks": tape.seen,
        "from": _iso(first),
        "to": _iso(clock.now_ms()),
        "durationMs": round(elapsed_ms, 1),
        "runsPerSecond": round(runs / (elapsed_ms / 1000), 1) if elapsed_ms else None,
    }


_EARLY_MS = 250
"""Milliseconds that an observation may come before its due time and still be used.

A one-second poller sometimes comes a little early.
"""


def _iso(ms: int) -> str:
    from argosy.core.clock import from_ms

    return from_ms(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# --- the document with options of the command line --------------------------------------------------------


def with_settings(document: WorkflowDocument, settings: Mapping[str, Mapping[str, Any]]) -> WorkflowDocument:
    """Return the document with changed parameters of nodes.

    A key is "node", or "instance/node" for a node of a bot's strategy. Raises InvalidInput for an unknown
    node, and for overrides of another shape.
    """
    from argosy.graph.expansion import camel, merged

    changes: dict[str, dict[str, Any]] = {}
    for key, params in settings.items():
        instance, _, inner = key.partition("/")
        node = document.node(instance)
        if node is None:
            raise InvalidInput(
                f"--set names a node that workflow {document.id} does not have",
                expected="one of " + ", ".join(n.id for n in document.nodes),
                found=instance,
            )
        current = changes.get(instance, dict(node.params))
        if inner:
            overrides = current.get("configOverrides", {})
            if not isinstance(overrides, dict) or not isinstance(overrides.get(inner, {}), dict):
                raise InvalidInput(
                    f"configOverrides of node {instance} holds no parameters by node",
                    expected='{"node": {"parameter": value}}',
                )
            overrides = {**overrides, inner: merged(overrides.get(inner, {}), params)}
            changes[instance] = {**current, "configOverrides": overrides}
        else:
            changes[instance] = merged(current, {camel(name): value for name, value in params.items()})
    nodes = [n.model_copy(update={"params": changes[n.id]}) if n.id in changes else n for n in document.nodes]
    return document.model_copy(update={"nodes": nodes})


def parse_settings(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Parse `node.param=value`; a value that is not JSON is a plain word.

    Raises InvalidInput for another shape.
    """
    from argosy.core.exact_json import UnreadableJson, load_exact

    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        target, equals, value = text.partition("=")
        node, dot, name = target.rpartition(".")
        if not (equals and dot and node and name):
            raise InvalidInput(
                "--set does not fit", expected="node.param=value, or instance/node.param=value", found=text
            )
        try:
            parsed = _as_text(load_exact(value))
        except UnreadableJson:
            parsed = value
        found.setdefault(node, {})[name] = parsed
    return found


def _as_text(value: Any) -> Any:
    """Return the value with fractions as text, as documents hold decimals."""
    if isinstance(value, dict):
        return {name: _as_text(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return str(value) if isinstance(value, Decimal) else value


def _own_capital(document: WorkflowDocument) -> Decimal:
    from argosy.core.money.money import bounded

    starts = [node for node in document.nodes if node.type == _START]
    given = starts[0].params.get("capital") if starts else None
    if given is None:
        return DEFAULT_CAPITAL
    return bounded(given, name=f"the capital of node {starts[0].id}", least=0, most=MOST_CAPITAL)


def _with_capital(document: WorkflowDocument, capital: Decimal) -> WorkflowDocument:
    starts = {node.id: {"capital": str(capital)} for node in document.nodes if node.type == _START}
    return with_settings(document, starts)


def _in_series(document: WorkflowDocument, slug: str | None, warnings: ReplayWarnings) -> WorkflowDocument:
    """Return the workflow on the recording's series of markets.

    A workflow that names another series is changed, with a warning.
    """
    if slug is None:
        return document
    series = slug.rpartition("-")[0]
    other = {
        node.id: {"series": series}
        for node in document.nodes
        if node.type == _SERIES and node.params.get("series", "btc-updown-15m") != series
    }
    if other and "-updown-" in series:
        warnings.once("series_changed", f"the recording is of {series}: its markets are taken")
        return with_settings(document, other)
    return document


# --- the command --------------------------------------------------------------------------------------------


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
    runs: Annotated[int | None, typer.Option(min=1, max=MOST, help="Stop after this many runs.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Backtest one workflow over recordings, in this process, on paper, at full speed.

    Exit code 1 when no run succeeds.

    Recordings: one-second quote CSV, raw order books as JSON lines (gzipped or not) or Parquet, Gamma market
    JSON with resolutions, klines. Orders fill only against observations after their decision.
    """
    from argosy.core.money.money import bounded
    from argosy.domains.trading.replay.load import load
    from argosy.domains.trading.replay.terms import AssumedTerms
    from argosy.graph.document import parse
    from argosy.venuekit.replay.warnings import ReplayWarnings

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
    warnings = ReplayWarnings()
    terms = AssumedTerms(
        depth=bounded(depth, name="--depth", above=0, most=100_000),
        fee_rate=bounded(fee_rate, name="--fee-rate", least=0, most=1),
    )
    cash = None if capital is None else bounded(capital, name="--capital", above=0, most=MOST_CAPITAL)
    with quiet_logs():
        loaded = load(replays, terms, warnings)
        found = replay(
            with_settings(parse(text), parse_settings(settings or [])),
            resolver(file),
            loaded.sights,
            terms=terms,
            warnings=warnings,
            books=loaded.books,
            capital=cash,
            every_s=every,
            most_runs=runs,
            at_end=lambda: loaded.note(warnings),
            unreadable=loaded.unreadable,
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
