"""Output of every command: JSON, tables, errors and exit codes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from argosy import errors
from argosy.text import clean_line, clean_text, escape_json

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
"""Type of the parameter `as_json: JsonFlag = False` of every command that prints data."""


class ExitCode(IntEnum):
    """Stable exit codes; scripts rely on them."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CONFIG = 3
    NOT_RUNNING = 4
    NOT_FOUND = 5
    CONFLICT = 6
    UNAVAILABLE = 7
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "a check or run failed, or an error without a code of its own",
    ExitCode.USAGE: "wrong arguments or input",
    ExitCode.CONFIG: "a setting is wrong",
    ExitCode.NOT_RUNNING: "the stack is not running",
    ExitCode.NOT_FOUND: "there is no such thing",
    ExitCode.CONFLICT: "it exists already, or changed meanwhile",
    ExitCode.UNAVAILABLE: "a server does not answer",
    ExitCode.INTERRUPTED: "interrupted",
}

# The first matching class decides.
_CODES: tuple[tuple[type[errors.ArgosyError], ExitCode], ...] = (
    (errors.ConfigError, ExitCode.CONFIG),
    (errors.NotRunning, ExitCode.NOT_RUNNING),
    (errors.NotFound, ExitCode.NOT_FOUND),
    (errors.RunGone, ExitCode.NOT_FOUND),
    (errors.Conflict, ExitCode.CONFLICT),
    (errors.Unavailable, ExitCode.UNAVAILABLE),
    (errors.WorkflowInvalid, ExitCode.FAILED),
    (errors.InvalidInput, ExitCode.USAGE),
)


def exit_code(error: errors.ArgosyError) -> ExitCode:
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return ExitCode.FAILED


def console(*, stderr: bool = False) -> Console:
    """Return a Rich console on the present stdout or stderr."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def print_json(data: Any) -> None:
    """Print one JSON document on stdout, in UTF-8.

    Decimals (never with an exponent) and times become strings.
    """
    sys.stdout.write(escape_json(json.dumps(data, ensure_ascii=False, indent=2, default=_text)) + "\n")


def print_json_line(data: Any) -> None:
    """Print one JSON object on one line and flush it at once; for streams."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_text)
    sys.stdout.write(escape_json(text) + "\n")
    sys.stdout.flush()


def _text(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None, empty: str = "none"
) -> None:
    """Print a table, or `empty` when there are no rows.

    Columns with a name that starts with `#` hold numbers and are aligned right. No cell is cut short. On a
    narrow terminal its text wraps; in a file or pipe each row is one line.
    """
    texts = [[_cell(cell) for cell in row] for row in rows]
    if not texts:
        sys.stdout.write(f"{empty}\n")
    elif _on_terminal():
        _print_rich_table(columns, texts, title)
    else:
        if title:
            sys.stdout.write(f"{title}\n")
        _print_plain_table(columns, texts)


def _cell(cell: object) -> str | Text:
    if cell is None:
        return ""
    # No import of Rich here: a caller that passes a Text has imported it.
    return cast("Text", cell) if hasattr(cell, "plain") else clean_line(str(cell))


def _on_terminal() -> bool:
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def _print_rich_table(
    columns: Sequence[str], rows: Sequence[Sequence[str | Text]], title: str | None
) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(
            column.removeprefix("#"), justify="right" if column.startswith("#") else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    console().print(table)


def _print_plain_table(columns: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> None:
    """Print each row on one line without Rich: its import is a tenth of a short command."""
    head = [column.removeprefix("#") for column in columns]
    lines = [head, *([cell if isinstance(cell, str) else cell.plain for cell in row] for row in rows)]
    widths = [max(_width(line[place]) for line in lines) for place in range(len(columns))]
    for line in lines:
        cells = []
        for text, column, width in zip(line, columns, widths, strict=True):
            space = " " * (width - _width(text))
            cells.append(space + text if column.startswith("#") else text + space)
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _width(text: str) -> int:
    """Return the cells of the text on a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text)


def print_error(error: errors.ArgosyError, *, as_json: bool) -> None:
    """Print an error as a panel on the terminal, or as plain lines where stderr is a file.

    With `as_json`, print `{"error": …}` on stdout.
    """
    if as_json:
        print_json({"error": error.as_dict()})
        return
    target = console(stderr=True)
    if not target.is_terminal:
        sys.stderr.write(f"error {error.code}: {error}\n")
        if log := error.details.get("log"):
            sys.stderr.write(f"last lines of its log:\n{clean_text(str(log))}\n")
        return
    from rich.panel import Panel
    from rich.text import Text

    body = Text(error.message)
    for label, value in (("expected", error.expected), ("found", error.found), ("to do", error.remedy)):
        if value:
            body.append(f"\n{label:<9}", style="bold")
            body.append(value)
    if log := error.details.get("log"):
        body.append("\n\nlast lines of its log\n", style="bold")
        body.append(clean_text(str(log)), style="dim")
    target.print(Panel(body, title=error.code, title_align="left", border_style="red"))
