"""`argosy version`: the version of Argosy."""

from __future__ import annotations

import typer

from argosy.cli._shared.output import JsonFlag, print_json

app = typer.Typer()


@app.command()
def version(as_json: JsonFlag = False) -> None:
    """Print the version."""
    from argosy import __version__

    if as_json:
        print_json({"version": __version__})
        return
    typer.echo(f"argosy {__version__}")
