"""`argosy new`: write a package or document to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from argosy.cli._shared.output import JsonFlag, print_json

app = typer.Typer(no_args_is_help=True)

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="Lower-case letters, digits and _, such as my_venue.")
]
FolderOption = Annotated[Path, typer.Option("--in", metavar="FOLDER", help="Folder to write into.")]
_HERE = Path()


@app.command()
def venue(name: NameArgument, folder: FolderOption = _HERE, as_json: JsonFlag = False) -> None:
    """Write a package with a venue adapter that passes the contract suite."""
    _package("venue", name, folder, as_json)


@app.command()
def domain(name: NameArgument, folder: FolderOption = _HERE, as_json: JsonFlag = False) -> None:
    """Write a package with a domain: a node, a strategy and a bot."""
    _package("domain", name, folder, as_json)


@app.command()
def node(name: NameArgument, folder: FolderOption = _HERE, as_json: JsonFlag = False) -> None:
    """Write a package with a node."""
    _package("node", name, folder, as_json)


@app.command()
def strategy(name: NameArgument, folder: FolderOption = _HERE, as_json: JsonFlag = False) -> None:
    """Write a strategy document."""
    _documents("strategy", name, folder, as_json)


@app.command()
def bot(name: NameArgument, folder: FolderOption = _HERE, as_json: JsonFlag = False) -> None:
    """Write a bot document and its strategy."""
    _documents("bot", name, folder, as_json)


def _package(kind: str, name: str, folder: Path, as_json: bool) -> None:
    from argosy.cli.new.templates import write_package

    _print(write_package(kind, name, folder), f"cd {folder / name} && python -m pytest", as_json)


def _documents(kind: str, name: str, folder: Path, as_json: bool) -> None:
    from argosy.cli.new.templates import write_documents

    _print(write_documents(kind, name, folder), f"argosy workflow validate {folder / name}.json", as_json)


def _print(written: list[Path], following: str, as_json: bool) -> None:
    if as_json:
        print_json({"written": [str(path) for path in written], "next": following})
        return
    for path in written:
        typer.echo(f"wrote {path}")
    typer.echo(f"next: {following}")
