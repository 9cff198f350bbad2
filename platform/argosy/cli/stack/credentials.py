"""`argosy credentials`: keys of venues, tested before they are stored."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from argosy.cli._shared.actor import ReasonOption, actor
from argosy.cli._shared.output import JsonFlag, print_json, print_table

if TYPE_CHECKING:
    from pydantic import BaseModel

    from argosy.infrastructure.config import Settings

app = typer.Typer(help="Keys of venues.", no_args_is_help=True)

VenueName = Annotated[str, typer.Argument(help="The venue, as `polymarket` or `binance`.")]
_MOST_INPUT = 65_536


@app.command("list")
def list_(as_json: JsonFlag = False) -> None:
    """List venues that take keys, and the names of the keys that are set; never the keys."""
    from argosy.infrastructure.config import load_section

    rows = []
    for venue, (domain, model, section) in sorted(_venues().items()):
        values = getattr(load_section(section, domain), venue)
        found = {name: getattr(values, name) is not None for name in _secrets(model)}
        rows.append({"venue": venue, "domain": domain, "set": [n for n, there in found.items() if there],
                     "missing": [n for n, there in found.items() if not there]})  # fmt: skip
    if as_json:
        print_json({"venues": rows})
        return
    print_table(
        ("venue", "domain", "set", "not set"),
        ((r["venue"], r["domain"], ", ".join(r["set"]), ", ".join(r["missing"])) for r in rows),
        empty="no venue takes keys",
    )


@app.command("set")
def set_(
    venue: VenueName,
    test: Annotated[
        bool, typer.Option("--test/--no-test", help="Ask the venue for the account's balances first.")
    ] = True,
    reason: ReasonOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Store keys of a venue in credentials.toml of the home (mode 0600), after a test call.

    The command asks for the keys without echo, or reads them from standard input: JSON, or `name=value`
    lines. Never give keys as arguments: other users see them in the list of processes.
    """
    from argosy.errors import InvalidInput
    from argosy.infrastructure.config import load_settings
    from argosy.infrastructure.config.credentials import keep_credentials
    from argosy.infrastructure.logging.redact import register_secret

    domain, model, _ = _found(venue)
    values = _asked(_secrets(model)) if sys.stdin.isatty() else _read(_secrets(model))
    if not values:
        raise InvalidInput(
            "no key was given", expected="one of " + ", ".join(_secrets(model)), found="nothing"
        )
    for value in values.values():
        register_secret(value)
    settings = load_settings()
    answer = _tested(settings, domain, venue, values) if test else "not tested"
    path = keep_credentials(settings.home, domain, venue, values)
    audited = _audit(venue, sorted(values), reason)
    result = {"venue": venue, "set": sorted(values), "file": str(path), "test": answer, "audited": audited}
    _say(
        result, f"keys of {venue} are kept in {path}: {', '.join(sorted(values))}; {answer}", as_json=as_json
    )


@app.command()
def remove(venue: VenueName, reason: ReasonOption = "", as_json: JsonFlag = False) -> None:
    """Remove a venue's keys from credentials.toml; keys in the environment or argosy.toml stay."""
    from argosy.infrastructure.config import load_settings
    from argosy.infrastructure.config.credentials import keep_credentials

    domain, _, _ = _found(venue)
    path = keep_credentials(load_settings().home, domain, venue, {})
    result = {"venue": venue, "set": [], "file": str(path), "audited": _audit(venue, [], reason)}
    _say(result, f"no keys of {venue} are kept in {path}", as_json=as_json)


def _venues() -> dict[str, tuple[str, type[BaseModel], type[BaseModel]]]:
    """Return each venue's domain, its settings and the settings of its domain.

    A venue here is a section with secrets inside the section of a domain.
    """
    from pydantic import BaseModel

    from argosy.cli._shared.sections import domain_sections

    found: dict[str, tuple[str, type[BaseModel], type[BaseModel]]] = {}
    for domain, section in domain_sections():
        for name, field in section.model_fields.items():
            kind = field.annotation
            if isinstance(kind, type) and issubclass(kind, BaseModel) and _secrets(kind):
                found[name] = (domain, kind, section)
    return found


def _found(venue: str) -> tuple[str, type[BaseModel], type[BaseModel]]:
    from argosy.errors import NotFound

    known = _venues()
    if venue not in known:
        raise NotFound(
            "no venue of this name takes keys",
            expected=f"one of {', '.join(sorted(known))}",
            found=venue[:80],
        )
    return known[venue]


def _secrets(model: type[BaseModel]) -> list[str]:
    return [name for name, field in model.model_fields.items() if "SecretStr" in repr(field.annotation)]


def _asked(names: list[str]) -> dict[str, str]:
    typer.echo("Keys are not shown while they are typed; Enter leaves one out.")
    given = {name: typer.prompt(name, default="", hide_input=True, show_default=False) for name in names}
    return {name: value for name, value in given.items() if value}


def _read(names: list[str]) -> dict[str, str]:
    """Read keys from standard input. Raises InvalidInput; the error never contains the input."""
    from argosy.core.strict_json import check_json
    from argosy.errors import InvalidInput

    text = sys.stdin.read(_MOST_INPUT).strip()
    values: Any
    if text.startswith("{"):
        try:
            values = json.loads(text)
            check_json(text, what="the input")
        except (ValueError, InvalidInput):
            raise InvalidInput("standard input is not JSON", expected="an object of names and keys") from None
    else:
        values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        values = {name.strip(): value.strip() for name, value in values.items()}
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise InvalidInput("standard input holds no keys", expected="names and keys as text")
    if strange := sorted(name[:40] for name in values if name not in names):
        raise InvalidInput(
            "these are no keys of the venue", expected=f"some of {', '.join(names)}", found=", ".join(strange)
        )
    return {name: value for name, value in values.items() if value}


def _tested(settings: Settings, domain: str, venue: str, values: Mapping[str, str]) -> str:
    """Read the account's balances with the keys, and return the result as text.

    Raises the venue's error; the keys are then not stored.
    """
    from argosy.bootstrap.types import domains
    from argosy.core.bot import Mode
    from argosy.core.clock import SystemClock
    from argosy.core.venues.needs import readable_balances
    from argosy.errors import ModeRefused
    from argosy.infrastructure.events.memory import MemoryEventBus
    from argosy.infrastructure.state.memory_documents import MemoryDocuments
    from argosy.venuekit.domain import VenueEnvironment

    clock = SystemClock()
    environment = VenueEnvironment(
        settings=settings,
        clock=clock,
        documents=MemoryDocuments(),
        events=MemoryEventBus(clock=clock),
        account="credentials",
        mode=Mode.LIVE,
        capital=Decimal(0),
        switched_on=True,
    )
    with _in_force(domain, venue, values):
        adapter = domains()[domain].venues(environment)[venue]()
        if (account := readable_balances(adapter)) is None:
            raise ModeRefused(
                f"the keys of {venue} are not complete, or Argosy does not trade there",
                expected="keys with which the account's balances can be read",
                found=", ".join(sorted(values)),
                remedy="give all of them; --no-test keeps them all the same",
            )
        balances = account.balances()
    held = sum(1 for each in balances if each.free or each.locked)
    return f"{venue} took them: {held} balance(s) above zero"


@contextmanager
def _in_force(domain: str, venue: str, values: Mapping[str, str]) -> Iterator[None]:
    """Apply settings of a venue to this process alone, inside the block."""
    from argosy.infrastructure.config.sources import variable

    before = dict(os.environ)
    _, model, _ = _found(venue)
    for name, value in values.items():
        if name in model.model_fields:
            os.environ[variable(f"{domain}.{venue}.{name}")] = value
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _audit(venue: str, names: list[str], reason: str) -> bool:
    """Record the change in the audit; return False if no stack runs.

    Keys may be set before the first start.
    """
    from argosy.bootstrap import open_runtime
    from argosy.core.safety.audit import AuditEntry
    from argosy.errors import NotRunning

    try:
        runtime = open_runtime()
    except NotRunning:
        return False
    entry = AuditEntry(
        actor=actor(), action="credentials.set", subject=f"venue:{venue}", reason=reason, after={"set": names}
    )
    runtime.auditor.record(entry)
    return True


def _say(result: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    typer.echo(text)
    if not result["audited"]:
        typer.echo("nothing runs: this is not in the audit", err=True)
    typer.echo("processes that run keep the old ones: `argosy down`, then `argosy up`")
