"""Packages of plug-ins: domains of their own, parts for another domain, and packages that are left out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
import typer
from pydantic import Field
from support.workflows import workflow

from argosy.bootstrap import types
from argosy.bootstrap.catalog import domain_of
from argosy.cli._shared import domain_commands
from argosy.cli.root import run
from argosy.core.wire import Wire
from argosy.graph.context import NodeContext
from argosy.graph.document import parse
from argosy.graph.registry import node
from argosy.infrastructure.config import known, load_section, load_settings
from argosy.infrastructure.config.sections import Section
from argosy.venuekit.domain import API_VERSION, BotSeed, DomainPackage, FigureSpec
from argosy.venuekit.unwind.book_sale import BookSale

CACHES: tuple[Any, ...] = (types.domains, types.registry, known.domain_sections, known.plugin_sections)


class TideSettings(Section):
    """Settings of the section `tides`."""

    height_m: float = Field(2.0, description="Height of the tide in metres.")


class Tide(Wire):
    """Outputs of the node."""

    height: int


class Entry:
    """Entry point of a plug-in."""

    dist = None
    module = "tides.register"

    def __init__(self, name: str, package: object) -> None:
        self.name = name
        self._package = package

    def load(self) -> object:
        if isinstance(self._package, Exception):
            raise self._package
        return self._package


Install = Callable[..., list[str]]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[Install]:
    """Install plug-ins under their entry names; return the texts of the log."""

    def put(**packages: object) -> list[str]:
        entries = [Entry(name, package) for name, package in packages.items()]
        for module in (types, known, domain_commands):
            monkeypatch.setattr(module, "entry_points", lambda group: entries)
        for cache in CACHES:
            cache.cache_clear()
        types.domains()
        return texts

    texts: list[str] = []
    from loguru import logger

    sink = logger.add(lambda message: texts.append(str(message)), level="WARNING")
    yield put
    logger.remove(sink)
    for cache in CACHES:
        cache.cache_clear()


def module_of(name: str) -> ModuleType:
    """Module with one node type."""
    module = ModuleType(name)

    @node(name, category="data", title="Tide", pool="quick", timeout_s=1)
    def tide(ctx: NodeContext) -> Tide:
        """Return the tide."""
        return Tide(height=1)

    module.tide = tide  # type: ignore[attr-defined]
    sys.modules[name] = module
    return module


def test_a_package_that_extends_a_domain_adds_to_it(install: Install) -> None:
    parts = DomainPackage(
        name="more",
        api=1,
        extends="trading",
        venue_names=frozenset({"pier"}),
        node_modules=(module_of("pier.tide"),),
    )
    logged = install(more=parts)
    assert logged == []
    assert list(types.domains()) == ["trading"]
    package = types.domains()["trading"]
    assert "pier" in package.venue_names
    assert [bot.id for bot in package.bots] == ["btc_15m"]
    assert "pier.tide" in {each.name for each in types.registry()}
    document = parse(workflow({"a": "pier.tide"}))
    assert domain_of(document, lambda _: document) == "trading"


def test_a_package_brings_an_unwinder_for_its_own_venues(install: Install) -> None:
    own = BookSale()
    install(
        a=DomainPackage(name="a", api=1, extends="tides", venue_names=frozenset({"quay"}), unwinder=own),
        tides=DomainPackage(name="tides", api=1, venue_names=frozenset({"pier"})),
        b=DomainPackage(name="b", api=1, extends="trading", venue_names=frozenset({"dock"}), unwinder=own),
    )
    assert types.unwinder_of("tides", "quay") is own
    assert types.unwinder_of("tides", "pier") is None
    assert types.unwinder_of("trading", "dock") is own
    assert types.unwinder_of("trading", "kraken") not in (None, own)
    assert types.unwinder_of("removed", "dock") is None


def test_the_domain_that_is_extended_may_come_later(install: Install) -> None:
    install(
        a=DomainPackage(name="a", api=1, extends="tides", venue_names=frozenset({"quay"})),
        tides=DomainPackage(name="tides", api=1, venue_names=frozenset({"pier"})),
    )
    assert types.domains()["tides"].venue_names == {"pier", "quay"}


@pytest.mark.parametrize(
    ("package", "why"),
    [
        (DomainPackage(name="trading", api=1), "there already"),
        (DomainPackage(name="tides", api=API_VERSION + 1), f"API version {API_VERSION + 1}"),
        (DomainPackage(name="more", api=1, extends="nowhere"), "no domain 'nowhere'"),
        (DomainPackage(name="more", api=1, extends="trading", venue_names=frozenset({"kraken"})), "'kraken'"),
        (
            DomainPackage(name="more", api=1, extends="trading", bots=(BotSeed("btc_15m", "B", "w", 1, {}),)),  # type: ignore[arg-type]
            "'btc_15m'",
        ),
        (DomainPackage(name="more", api=1, extends="trading", unwinder=BookSale()), "`venue_names`"),
        ("a text", "expected a DomainPackage"),
        (ImportError("no module"), "no module"),
    ],
)
def test_a_package_that_does_not_fit_is_left_out_with_the_reason(
    install: Install, package: object, why: str
) -> None:
    logged = install(odd=package)
    assert list(types.domains()) == ["trading"]
    assert len(logged) == 1
    assert "plug-in odd is left out" in logged[0]
    assert why in logged[0]


def test_a_package_without_a_version_is_taken_with_a_warning(install: Install) -> None:
    (text,) = install(tides=DomainPackage(name="tides"))
    assert "states no API version" in text
    assert "tides" in types.domains()


def test_settings_of_a_plug_in_are_settings_like_the_others(
    install: Install, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(tides=DomainPackage(name="tides", api=1, settings=TideSettings))
    monkeypatch.setenv("ARGOSY_TIDES__HEIGHT_M", "3.5")
    load_settings()
    assert load_section(TideSettings, "tides").height_m == 3.5
    assert run(["config", "show"]) == 0
    assert "tides.height_m" in capsys.readouterr().out
    monkeypatch.setenv("ARGOSY_TIDES__HEIGHT_CM", "350")
    assert run(["config", "check"]) != 0
    assert "did you mean tides.height_m?" in capsys.readouterr().err


def test_commands_of_a_plug_in_are_commands(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    app = typer.Typer()

    @app.command()
    def height() -> None:
        """Print the height."""
        typer.echo("2 m")

    @app.command()
    def times() -> None:
        """Print the times."""

    install(tides=DomainPackage(name="tides", api=1, commands=lambda: app))
    assert run(["tides", "height"]) == 0
    assert capsys.readouterr().out == "2 m\n"
    assert run(["--help"]) == 0
    assert "Commands of the domain tides." in capsys.readouterr().out
    assert run(["tide", "height"]) == 2


def test_figures_say_how_they_are_shown() -> None:
    figure = FigureSpec("height", "Height", unit="m")
    assert DomainPackage(name="tide_pools", figures=(figure,)).shown_title == "Tide pools"
