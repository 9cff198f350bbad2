"""`argosy events`: the live event stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from argosy.cli._shared.numbers import MOST
from argosy.cli._shared.output import JsonFlag, print_json_line
from argosy.cli._shared.times import format_time
from argosy.text import clean_line

if TYPE_CHECKING:
    from argosy.core.event import Event

app = typer.Typer(no_args_is_help=True)

_WIDEST = 200


@app.callback()
def events() -> None:
    """Show the live event stream."""


@app.command()
def tail(
    pattern: Annotated[
        str, typer.Argument(help="Topics to show: `bot.<id>.node`, `bot.*.run`, `platform.*`, `*`.")
    ] = "*",
    after: Annotated[
        str | None, typer.Option(help="Begin after this seq (0-0: with all that is kept); else from now on.")
    ] = None,
    run: Annotated[str | None, typer.Option(help="Only events of this run.")] = None,
    count: Annotated[int | None, typer.Option(min=1, max=MOST, help="Stop after so many events.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Print events, one a line, until Ctrl-C; `--json` prints the live protocol's envelope."""
    from argosy.bootstrap import open_runtime

    format_time = 0
    for event in open_runtime().events.subscribe(pattern, seq(after)):
        if run is not None and event.run_id != run:
            continue
        if as_json:
            print_json_line(event.to_wire())
        else:
            typer.echo(line(event))
        format_time += 1
        if format_time == count:
            return


def seq(after: str | None) -> str | None:
    """Return `after` if it is a seq of the event stream or None.

    Raises InvalidInput for any other text.
    """
    from argosy.errors import InvalidInput

    ms, dash, n = (after or "0-0").partition("-")
    if not (dash and ms.isascii() and ms.isdigit() and n.isascii() and n.isdigit()):
        raise InvalidInput(
            "--after is no seq", expected="<unix ms>-<n>, as 1706140800000-3", found=repr(after)
        )
    return after


def line(event: Event) -> str:
    """Return an event as one line, cut to 200 characters.

    `2026-02-02 11:02:05.038 UTC bot.btc.node btc-17… arb/price success {"price": …}`
    """
    import json

    from argosy.core.clock import from_ms

    at = format_time(from_ms(event.timestamp), millis=True)
    place = "/".join(part for part in (event.strategy_id, event.node_id) if part)
    data = event.data.get("outputs") if event.type == "node_execution" else event.data
    words = [at, event.topic, event.run_id, place, str(event.data.get("status") or "")]
    if data:
        words.append(json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str))
    text = clean_line(" ".join(word for word in words if word))
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
