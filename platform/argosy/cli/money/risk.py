"""`argosy risk`: limits, their present use, and what-if decisions on actions."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from argosy.cli._shared.actor import ReasonOption, actor
from argosy.cli._shared.numbers import MOST
from argosy.cli._shared.output import JsonFlag, console, print_json, print_table
from argosy.cli._shared.times import wire
from argosy.cli.money import sizing

if TYPE_CHECKING:
    from argosy.core.actions.action import Action
    from argosy.core.risk import Finding
    from argosy.core.venues.market_facts import MarketFacts
    from argosy.infrastructure.risk.limits import LimitUse
    from argosy.infrastructure.storage.safety.limits import LimitChange, LimitRecord

app = typer.Typer(help="Show, set and check risk limits.", no_args_is_help=True)
app.add_typer(sizing.app, name="sizing")

LimitId = Annotated[str, typer.Argument(help="Id of the limit.")]
ModeOption = Annotated[Literal["paper", "sandbox", "live"], typer.Option(help="Whose books.")]
VersionOption = Annotated[
    int | None,
    typer.Option("--version", min=0, max=MOST, help="Refuse unless it still has this version (0: none yet)."),
]


@app.command("list")
def list_(
    scope: Annotated[str, typer.Option(help="Only this scope.")] = "",
    mode: ModeOption = "paper",
    as_json: JsonFlag = False,
) -> None:
    """List every limit with its present use."""
    rows = [_used(each) for each in _usage(mode) if scope in ("", each.record.constraint.scope)]
    if as_json:
        print_json({"mode": mode, "limits": rows})
        return
    print_table(
        ("limit", "scope", "kind", "#at most", "#now", "#used", "state", "by"),
        (
            (r["id"], r["scope"], r["kind"] + (f" in {r['windowS']} s" if r["windowS"] else ""), r["limit"],
             _number(r["current"]), _percent(r["utilisation"]), r["state"], r["updatedBy"])
            for r in rows
        ),
        empty="no limits yet; `argosy risk set` makes one",
    )  # fmt: skip


@app.command("set")
def set_(
    limit_id: LimitId,
    scope: Annotated[
        str | None,
        typer.Option(
            help="platform, domain:<d>, bot:<b>, strategy:<b>/<s>, venue:<v> or asset:<v>/<symbol>."
        ),
    ] = None,
    kind: Annotated[str | None, typer.Option(help="What it limits; see docs/guides/risk.md.")] = None,
    limit: Annotated[str | None, typer.Option(help="The most (of a balance: the least) that passes.")] = None,
    warning: Annotated[
        str | None, typer.Option(help="Part of the limit from which it warns; 0.8 unless set.")
    ] = None,
    mode: Annotated[
        Literal["enforce", "warn"] | None, typer.Option(help="Deny what goes beyond it, or warn only.")
    ] = None,
    window_s: Annotated[
        int | None,
        typer.Option(
            "--window", min=1, max=31_536_000, help="Seconds that action_rate or largest_change counts."
        ),
    ] = None,
    parameter: Annotated[list[str] | None, typer.Option(help="name=value, as the kind needs it.")] = None,
    enabled: Annotated[bool | None, typer.Option("--on/--off", help="Switch it on or off.")] = None,
    reason: ReasonOption = "",
    version: VersionOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Create or change a limit; options that are left out keep their values.

    The change holds from the next decision.
    """
    from argosy.bootstrap import open_runtime
    from argosy.core.money.money import decimal
    from argosy.errors import NotFound
    from argosy.infrastructure.storage.safety import limits

    runtime = open_runtime()
    try:
        known = runtime.database.run(limits.get(limit_id))
    except NotFound:
        known = None
    given = {
        "scope": scope,
        "kind": kind,
        "limit": None if limit is None else decimal(limit, name="the limit"),
        "warning": None if warning is None else decimal(warning, name="the warning threshold"),
        "mode": mode,
        "window_s": window_s,
        "parameters": None if parameter is None else _parameters(parameter),
        "enabled": enabled,
    }
    values = {} if known is None else known.constraint.model_dump()
    constraint = _constraint({**values, "id": limit_id, **{k: v for k, v in given.items() if v is not None}})
    expected = version if version is not None else 0 if known is None else known.version
    change = runtime.database.run(
        runtime.risk.set(constraint, actor(), reason=reason, expected_version=expected)
    )
    _announce(runtime, change)
    _say(change, as_json=as_json)


@app.command()
def remove(
    limit_id: LimitId, reason: ReasonOption = "", version: VersionOption = None, as_json: JsonFlag = False
) -> None:
    """Remove a limit."""
    from argosy.bootstrap import open_runtime

    runtime = open_runtime()
    change = runtime.database.run(
        runtime.risk.remove(limit_id, actor(), reason=reason, expected_version=version)
    )
    _announce(runtime, change)
    _say(change, as_json=as_json)


@app.command()
def check(mode: ModeOption = "paper", as_json: JsonFlag = False) -> None:
    """List limits that the books of a mode breach or approach; exit code 1 on a breach."""
    near = [each for each in _usage(mode) if each.record.constraint.enabled and each.finding is not None]
    found = [each.finding for each in near if each.finding is not None and each.finding.verdict != "ok"]
    breached = any(finding.verdict == "denied" for finding in found)
    if as_json:
        print_json({"mode": mode, "ok": not breached, "findings": [finding.to_wire() for finding in found]})
    else:
        _table(found, empty="every limit is kept")
    if breached:
        raise typer.Exit(1)


@app.command()
def assess(
    bot: Annotated[str, typer.Option(help="Id of the bot that would act, in its mode.")],
    venue: Annotated[str, typer.Option(help="Where.")],
    symbol: Annotated[str, typer.Option(help="What.")],
    side: Annotated[Literal["buy", "sell"] | None, typer.Option(help="Which way; an order needs it.")] = None,
    quantity: Annotated[str, typer.Option(help="Units; a level (a budget) after a change.")] = "0",
    price: Annotated[
        str | None, typer.Option(help="Limit price in --currency; the last price when absent.")
    ] = None,
    kind: Annotated[str, typer.Option(help="Kind of action, such as set_price.")] = "place_order",
    field: Annotated[str, typer.Option(help="Field that a value action changes.")] = "",
    before: Annotated[str, typer.Option(help="Value of the field now.")] = "",
    wanted: Annotated[str, typer.Option(help="Value that the action sets.")] = "",
    strategy: Annotated[str, typer.Option(help="Strategy of the bot; the bot itself when absent.")] = "",
    currency: Annotated[str, typer.Option(help="Quote currency.")] = "USD",
    as_json: JsonFlag = False,
) -> None:
    """Show the gateway's decision on an action now, limit by limit; send nothing.

    Exit code 1 when the action is denied.
    """
    from argosy.bootstrap import open_runtime
    from argosy.core.actions.action import Action
    from argosy.core.actions.action_spec import spec_of
    from argosy.core.actions.value_change import ValueChange
    from argosy.core.money.money import decimal

    runtime = open_runtime()
    spec_of(kind)
    action = Action.model_validate(
        {
            "client_id": "what-if",
            "venue": venue,
            "kind": kind,
            "symbol": symbol,
            "side": side,
            "quantity": decimal(quantity, name="the quantity"),
            "limit_price": None if price is None else decimal(price, name="the price"),
            "currency": currency,
            "change": ValueChange(field=field, before=before, wanted=wanted) if field else None,
        }
    )
    markets = _markets(runtime, bot, action)
    decision = runtime.database.run(runtime.risk.what_if(bot, strategy, action, markets))
    found = decision.assessment
    if as_json:
        print_json(
            {
                "allowed": decision.allowed,
                "code": decision.code,
                "reason": decision.reason,
                "reducing": decision.reducing,
                "quantity": str(decision.action.quantity),
                "reserve": str(decision.reserve),
                "assessment": None if found is None else found.to_wire(),
            }
        )
    else:
        verdict = "allowed" if decision.allowed else f"denied, {decision.code}: {decision.reason}"
        console().print(verdict, markup=False)
        if decision.action.quantity != action.quantity:
            console().print(f"in ALERT the size would be {_plain(decision.action.quantity)}")
        if found is not None:
            _table(found.findings, empty="no limit is touched")
            if found.quantity is not None:
                console().print(f"{_plain(found.quantity)} would pass")
    if not decision.allowed:
        raise typer.Exit(1)


def _markets(runtime: Any, bot_id: str, action: Action) -> dict[tuple[str, str], MarketFacts]:
    """Return the facts of the action's market, read at its venue where a limit needs them."""
    from argosy.core.bot import Mode
    from argosy.core.risk.kinds.market import OF_MARKETS
    from argosy.infrastructure.actions.market_reads import read_markets
    from argosy.infrastructure.storage.catalog import bots
    from argosy.infrastructure.storage.safety import limits

    if not any(limit.kind in OF_MARKETS for limit in runtime.database.run(limits.every())):
        return {}
    bot = runtime.database.run(bots.get(bot_id))
    venues = runtime.venues_of(bot.id, bot.domain, Mode(bot.mode), bot.capital)
    return read_markets(venues, [action])


def _usage(mode: str) -> list[LimitUse]:
    from argosy.bootstrap import open_runtime

    runtime = open_runtime()
    return runtime.database.run(runtime.risk.usage(mode))


def _announce(runtime: Any, change: LimitChange) -> None:
    from argosy.infrastructure.events.announcement import announce
    from argosy.infrastructure.events.redis import RedisEventBus

    events = RedisEventBus(runtime.endpoints.redis_url, hasty=True)
    untold = announce(events, runtime.risk.announcement(change, actor()))
    if untold is not None:
        typer.echo(f"warning: {untold}", err=True)


def _constraint(values: dict[str, Any]) -> Any:
    from pydantic import ValidationError

    from argosy.core.risk import Constraint
    from argosy.errors import InvalidInput

    try:
        return Constraint.model_validate(values)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
        raise InvalidInput(
            "this is not a valid limit", expected="a scope, a kind and a limit", found="; ".join(problems)
        ) from None


def _parameters(given: list[str]) -> dict[str, str]:
    from argosy.errors import InvalidInput

    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise InvalidInput("this sets no parameter", expected="name=value", found=each)
        found[name] = value
    return found


def _say(change: LimitChange, *, as_json: bool) -> None:
    before, after = (None if side is None else _row(side) for side in (change.before, change.after))
    if as_json:
        print_json({"changed": change.before != change.after, "before": before, "after": after})
        return
    names = [
        name
        for name in {**(before or {}), **(after or {})}
        if (before or {}).get(name) != (after or {}).get(name)
    ]
    print_table(
        ("", "before", "after"),
        ((name, (before or {}).get(name), (after or {}).get(name)) for name in names),
        empty="nothing changed",
    )


def _row(record: LimitRecord) -> dict[str, Any]:
    return record.constraint.to_wire() | {
        "limit": _plain(record.constraint.limit),
        "version": record.version,
        "updatedAt": wire(record.updated_at),
        "updatedBy": record.updated_by,
    }


def _used(used: LimitUse) -> dict[str, Any]:
    finding, constraint = used.finding, used.record.constraint
    known = finding is not None and finding.code != "risk.unknown"
    if not constraint.enabled:
        state = "off"
    elif finding is None:
        state = ""
    elif not known:
        state = "unknown"
    else:
        state = {"ok": "", "warning": "near", "denied": "over"}[finding.verdict]
    return _row(used.record) | {
        "current": str(finding.current) if finding is not None and known else None,
        "utilisation": finding.utilisation if finding is not None and known else None,
        "state": state,
        "text": None if finding is None else finding.text,
    }


def _table(findings: list[Finding], *, empty: str) -> None:
    print_table(
        ("limit", "verdict", "#used", "what"),
        ((f.constraint, f.verdict, _percent(f.utilisation), f.text) for f in findings),
        empty=empty,
    )


def _percent(part: float | None) -> str:
    return "" if part is None else f"{part:.1%}"


def _number(value: str | None) -> str:
    return "" if value is None else f"{Decimal(value):.6g}"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
