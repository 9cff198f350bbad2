"""`argosy sandbox`: the local venue server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from argosy.cli._shared.numbers import finite
from argosy.cli._shared.output import console

app = typer.Typer()


@app.command()
def sandbox(
    replay: Annotated[
        list[Path] | None, typer.Argument(help="With --replay: more recordings.", show_default=False)
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on (setting sandbox.port).", min=0, max=65535)
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the simulator (setting sandbox.seed).", min=0, max=2**63 - 1)
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            help="Simulated or recorded seconds in a real one.", min=0.001, max=10_000, callback=finite
        ),
    ] = None,
    recording: Annotated[
        list[Path] | None,
        typer.Option("--replay", help="Serve this recording instead of the simulator; may be repeated."),
    ] = None,
    window: Annotated[
        int | None,
        typer.Option(
            help="Length in seconds of the windows recordings are shifted by: 300 or 900.", min=300, max=900
        ),
    ] = None,
    loop: Annotated[bool, typer.Option(help="Start recordings again when they end.")] = True,
    balance: Annotated[
        float, typer.Option(help="Amount that a new account starts with.", min=0, max=1e15, callback=finite)
    ] = 10_000,
    option: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Option of a domain's venues; may be repeated."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="File of the venue's own record; one per seed under the home when unset."),
    ] = None,
    memory: Annotated[
        bool, typer.Option("--memory", help="Keep nothing: accounts and orders are gone with the process.")
    ] = False,
) -> None:
    """Serve the venues of all installed domains on loopback, simulated or from recordings.

    A simulated venue continues where it was stopped or killed: everything it acknowledged is on disk. A
    venue from recordings keeps nothing.

    With a speed other than 1 the venue's clock differs from the machine's. Clients read the time from the
    venue.
    """
    from decimal import Decimal

    from argosy.bootstrap.types import domains
    from argosy.infrastructure.config import load_settings
    from argosy.infrastructure.logging import configure
    from argosy.infrastructure.serving.listeners import inherited_socket
    from argosy.venuekit.sandbox.assembly import assemble
    from argosy.venuekit.sandbox.environment import SandboxEnvironment
    from argosy.venuekit.sandbox.journal import SandboxJournal
    from argosy.venuekit.sandbox.server import listen, server_of, warm_up

    settings = load_settings()
    configure(settings, process="sandbox")
    chosen = settings.sandbox
    files = [*(recording or []), *(replay or [])]
    pace = chosen.speed if speed is None else speed
    start = chosen.seed if seed is None else seed
    path = None if files or memory else data or settings.home / "sandbox" / f"venue-{start}.sqlite"
    environment = SandboxEnvironment.at(
        seed=start,
        speed=pace,
        journal=SandboxJournal(path),
        opening_balance=Decimal(str(balance)),
        recordings=files,
        window_s=window,
        loop=loop,
        options=_options_of(option or []),
    )
    host = assemble(domains().values(), environment)
    server = server_of(host, chosen.host, 0)
    bound = inherited_socket() or listen(chosen.host, chosen.port if port is None else port)
    number = bound.getsockname()[1]
    what = f"replaying {len(files)} recordings" if files else f"simulated, seed {start}"
    console(stderr=True).print(
        f"sandbox on http://{chosen.host}:{number} ({what}, speed {pace:g}); stop with Ctrl-C"
    )
    for note in host.notes:
        console(stderr=True).print(f"note: {note}")
    warm_up(host)
    server.run(sockets=[bound])


def _options_of(texts: list[str]) -> dict[str, str]:
    from argosy.errors import InvalidInput

    found: dict[str, str] = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark or not name or name in found:
            raise InvalidInput(
                "not an option of the sandbox", expected="NAME=VALUE, each name once", found=text
            )
        found[name] = value
    return found
