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
        float, typer.Option(help="USD a new account starts with.", min=0, max=1e15, callback=finite)
    ] = 10_000,
    commission: Annotated[
        str, typer.Option(help="What Binance's commission is taken of: received, or quote.")
    ] = "received",
    data: Annotated[
        Path | None,
        typer.Option(help="File of the venue's own record; one per seed under the home when unset."),
    ] = None,
    memory: Annotated[
        bool, typer.Option("--memory", help="Keep nothing: accounts and orders are gone with the process.")
    ] = False,
) -> None:
    """Serve Polymarket, Binance, Coinbase and Kraken on loopback, simulated or from recordings.

    The simulated venue continues where it was stopped or killed: everything it acknowledged is on disk. A
    venue from recordings keeps nothing.

    With a speed other than 1 the venue's clock differs from the machine's. Clients read the time from the
    venue.
    """
    from decimal import Decimal

    from argosy.domains.trading.sandbox.replay.world import replayed
    from argosy.domains.trading.sandbox.server import listen, server_of, warm_up
    from argosy.domains.trading.sandbox.spot.engine import Commission
    from argosy.domains.trading.sandbox.world import simulated
    from argosy.errors import InvalidInput
    from argosy.infrastructure.config import load_settings
    from argosy.infrastructure.logging import configure
    from argosy.infrastructure.serving.listeners import inherited
    from argosy.venuekit.sandbox.journal import SandboxJournal

    settings = load_settings()
    configure(settings, process="sandbox")
    chosen = settings.sandbox
    files = [*(recording or []), *(replay or [])]
    money = Decimal(str(balance))
    pace = chosen.speed if speed is None else speed
    start = chosen.seed if seed is None else seed
    if commission not in {"received", "quote"}:
        raise InvalidInput(
            "not what a commission is taken of", expected="received or quote", found=commission
        )
    if files:
        world = replayed(files, seed=start, speed=pace, window_s=window, loop=loop, opening_balance=money)
    else:
        path = None if memory else data or settings.home / "sandbox" / f"venue-{start}.sqlite"
        world = simulated(
            seed=start,
            speed=pace,
            opening_balance=money,
            journal=SandboxJournal(path),
            commission=Commission(asset="quote" if commission == "quote" else "received"),
        )
    server = server_of(world, chosen.host, 0)
    bound = inherited() or listen(chosen.host, chosen.port if port is None else port)
    number = bound.getsockname()[1]
    what = f"replaying {len(files)} recordings" if files else f"simulated, seed {start}"
    console(stderr=True).print(
        f"sandbox on http://{chosen.host}:{number} ({what}, speed {pace:g}); stop with Ctrl-C"
    )
    for note in world.notes:
        console(stderr=True).print(f"note: {note}")
    warm_up()
    server.run(sockets=[bound])
