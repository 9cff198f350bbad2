"""Registration of the domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from pydantic import SecretStr

from argosy.core.bot import Mode
from argosy.core.venues.venue import Venue
from argosy.errors import ModeRefused
from argosy.infrastructure.config import load_section
from argosy.venuekit.domain import (
    BotSeed,
    DomainPackage,
    DomainSandbox,
    FigureSpec,
    VenueEnvironment,
    packaged_workflows,
)
from argosy.venuekit.sandbox.identity import account_key
from argosy.venuekit.unwind.book_sale import BookSale
from support.electricity import nodes
from support.electricity.settings import ElectricitySettings
from support.electricity.venue import VENUE, PowerVenue

if TYPE_CHECKING:
    from argosy.venuekit.sandbox.environment import SandboxEnvironment
    from argosy.venuekit.sandbox.module import SandboxModule


def venues(environment: VenueEnvironment) -> Mapping[str, Callable[[], Venue]]:
    return {VENUE: lambda: _venue(environment)}


def _venue(environment: VenueEnvironment) -> PowerVenue:
    settings = load_section(ElectricitySettings, "electricity")
    url, key = settings.base_url, settings.api_key
    if environment.mode is Mode.SANDBOX and environment.sandbox_url is not None:
        url, key = f"{environment.sandbox_url}/power", SecretStr(account_key(environment.account))
    elif environment.mode is not Mode.LIVE or not (settings.trading_enabled or environment.switched_on):
        raise ModeRefused("the power exchange has a sandbox and, with trading enabled, a live account")
    return PowerVenue(url, key, environment.documents, environment.clock)


def modules(environment: SandboxEnvironment) -> list[SandboxModule]:
    from support.electricity.sandbox import Power

    return [Power(environment)]


def check_recording(path: Path) -> None:
    from support.electricity.recordings import FORMATS

    FORMATS.open(path)


commands = typer.Typer()


@commands.callback()
def about() -> None:
    """Hours of power."""


@commands.command()
def hours() -> None:
    """Print the venue of the domain."""
    typer.echo(VENUE)


PACKAGE = DomainPackage(
    name="electricity",
    api=1,
    icon="zap",
    settings=ElectricitySettings,
    node_modules=(nodes,),
    workflows=packaged_workflows("support.electricity.strategies"),
    venues=venues,
    venue_names=frozenset({VENUE}),
    sandboxes=(DomainSandbox(modules, check_recording=check_recording),),
    unwinder=BookSale(),
    figures=(FigureSpec("mwh", "Bought", unit="MWh"),),
    commands=lambda: commands,
    bots=(
        BotSeed(
            id="power_bot",
            name="Cheap hours",
            workflow_id="power_bot",
            capital=Decimal(1000),
            schedule={"kind": "interval", "everyS": 5},
            mode=Mode.SANDBOX,
        ),
    ),
)
