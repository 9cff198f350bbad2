"""`argosy capital`: shares, lending and use of bots' capital, and the live switch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from argosy.cli._shared.actor import ReasonOption, actor
from argosy.cli._shared.output import JsonFlag, console, print_json, print_table

if TYPE_CHECKING:
    from argosy.bootstrap import Runtime
    from argosy.core.money.capital import Share
    from argosy.infrastructure.storage.money.capital import Split
    from argosy.infrastructure.storage.records import BotRecord

app = typer.Typer(help="How bots' capital is shared, lent and in use.", no_args_is_help=True)

BotOption = Annotated[str, typer.Option("--bot", help="Id of the bot.")]
Switch = Annotated[Literal["on", "off"], typer.Argument(help="on or off.")]


@app.command()
def show(
    bot: Annotated[str, typer.Option("--bot", help="Only this bot.")] = "", as_json: JsonFlag = False
) -> None:
    """Show each strategy's share, its use, and the amount free for a new action."""
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.storage.catalog import bots
    from argosy.infrastructure.storage.money import capital

    database = open_runtime().database
    found = [database.run(bots.get(bot))] if bot else database.run(bots.every())
    rows = [_row(each, database.run(capital.split(each.id, each.mode))) for each in found]
    if as_json:
        print_json({"bots": rows})
        return
    for row in rows:
        live = "on" if row["liveEnabled"] else "off"
        console().print(
            f"[bold]{row['botId']}[/]: {row['capital']} {row['currency']}, {row['mode']}; lending {row['lending']}, live {live}"
            + (f"; blocked: {row['blocked']}" if row["blocked"] else "")
        )
        print_table(
            ("strategy", "#weight", "lends", "#share", "#reserved", "#invested", "#own", "#lent", "why not more"),
            (
                (s["strategyId"] or "(the bot itself)", s["weight"], "yes" if s["lends"] else "no", s["share"],
                 s["reserved"], s["invested"], s["available"], s["availableLent"], s["reason"])
                for s in row["strategies"]
            ),
            empty="not split: whoever asks first may use all of it",
        )  # fmt: skip
    if not rows:
        console().print("no bots yet; `make up` brings the first ones")


@app.command("set")
def set_(
    weights: Annotated[list[str], typer.Argument(help="strategy=weight, each 0 to 1; others keep theirs.")],
    bot: BotOption,
    reason: ReasonOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Set weights of a bot's strategies; their sum is at most 1.

    Capital in use is not cut.
    """
    from argosy.core.money.money import bounded
    from argosy.errors import InvalidInput

    wanted: dict[str, Decimal] = {}
    for each in weights:
        name, equals, weight = each.partition("=")
        if not equals or name in wanted:
            raise InvalidInput(
                "this sets no weight", expected="strategy=weight, like up=0.5, once a strategy", found=each
            )
        wanted[name] = bounded(weight, name=f"the weight of {name}", least=0, most=1)

    def change(shares: dict[str, Share]) -> None:
        for name, weight in wanted.items():
            shares[name] = replace(_of(shares, name), weight=weight)

    _save(_opened(bot), bot, change, reason, as_json=as_json)


@app.command()
def lend(
    switch: Switch,
    bot: BotOption,
    strategy: Annotated[
        str, typer.Option("--strategy", help="Only whether this strategy lends its own idle share.")
    ] = "",
    reason: ReasonOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Let strategies use the idle shares of others, or keep each to its own share."""
    policy: Literal["idle", "none"] = "idle" if switch == "on" else "none"

    def change(shares: dict[str, Share]) -> None:
        if strategy:
            shares[strategy] = replace(_of(shares, strategy), lends=switch == "on")

    _save(_opened(bot), bot, change, reason, lending=None if strategy else policy, as_json=as_json)


@app.command()
def live(switch: Switch, bot: BotOption, reason: ReasonOption = "", as_json: JsonFlag = False) -> None:
    """Switch live orders of a bot on or off. On needs --reason and credentials.

    While the switch is off, actions of a bot in live mode are refused.
    """
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.storage.catalog import bots
    from argosy.infrastructure.storage.money import capital

    runtime = open_runtime()
    record = runtime.database.run(bots.get(bot))
    if switch == "on":
        _insist_on_credentials(runtime, record)
    runtime.database.run(
        capital.set_live(bot, switch == "on", actor=actor(), reason=reason, at=runtime.clock.now())
    )
    _print(runtime, bot, as_json=as_json)


def _insist_on_credentials(runtime: Runtime, bot: BotRecord) -> None:
    from argosy.core.bot import Mode
    from argosy.core.venues.venue import Capability
    from argosy.errors import ModeRefused

    venues = runtime.venues_of(bot.id, bot.domain, Mode.LIVE, bot.capital)
    if not any(Capability.PLACE_ORDER in venues.get(name).capabilities for name in venues.names()):
        raise ModeRefused(
            f"{bot.id} has no venue that takes its orders",
            expected=f"credentials of a venue of {bot.domain}, and trading there switched on",
            found=", ".join(venues.names()) or "no venues",
            remedy="set the venue's credentials; `argosy config show` lists the settings",
        )


def _opened(bot: str) -> Runtime:
    """Open the runtime and copy the weights of the bot's workflow to its shares.

    A weight set by a person stays.
    """
    from argosy.bootstrap import open_runtime
    from argosy.infrastructure.storage.catalog import bots

    runtime = open_runtime()
    runtime.launcher.follow_capital(runtime.database.run(bots.get(bot)))
    return runtime


def _of(shares: dict[str, Share], strategy: str) -> Share:
    from argosy.errors import NotFound

    if strategy not in shares:
        raise NotFound(
            "the bot has no such strategy",
            expected="one of " + ", ".join(sorted(shares)) if shares else "a bot with strategies",
            found=strategy,
        )
    return shares[strategy]


def _save(
    runtime: Runtime,
    bot: str,
    change: Callable[[dict[str, Share]], None],
    reason: str,
    *,
    lending: Literal["idle", "none"] | None = None,
    as_json: bool,
) -> None:
    from argosy.infrastructure.storage.money import capital

    def changed(shares: Sequence[Share]) -> Iterable[Share]:
        found = {share.strategy_id: share for share in shares}
        change(found)
        return found.values()

    runtime.database.run(
        capital.change_shares(
            bot, changed, actor=actor(), at=runtime.clock.now(), reason=reason, lending=lending
        )
    )
    _print(runtime, bot, as_json=as_json)


def _print(runtime: Runtime, bot: str, *, as_json: bool) -> None:
    from argosy.infrastructure.storage.catalog import bots
    from argosy.infrastructure.storage.money import capital

    record = runtime.database.run(bots.get(bot))
    row = _row(record, runtime.database.run(capital.split(bot, record.mode)))
    if as_json:
        print_json(row)
        return
    weights = ", ".join(f"{s['strategyId']} {s['weight']}" for s in row["strategies"] if s["strategyId"])
    console().print(
        f"{bot}: {weights or 'not split'}; lending {row['lending']}; live {'on' if row['liveEnabled'] else 'off'}"
    )


def _row(bot: BotRecord, split: Split) -> dict[str, Any]:
    from argosy.core.money.capital import BOT_ITSELF, Share, Use

    account = split.account
    uses = {use.strategy_id: use for use in split.uses}
    shares = {share.strategy_id: share for share in split.shares}
    weights = sum((share.weight for share in split.shares), Decimal(0))
    if shares and (weights < 1 or BOT_ITSELF in uses):
        shares[BOT_ITSELF] = Share(BOT_ITSELF, 1 - weights, lends=False)
    for gone in uses.keys() - shares.keys():
        shares[gone] = Share(gone, Decimal(0), lends=False)
    strategies = []
    for name, share in sorted(shares.items(), key=lambda item: (item[0] == BOT_ITSELF, item[0])):
        use, free = uses.get(name, Use(name)), split.available(name)
        strategies.append(
            {
                "strategyId": name,
                "weight": _plain(share.weight),
                "lends": share.lends,
                "share": _plain(share.weight * account.capital),
                "reserved": _plain(use.reserved),
                "invested": _plain(use.invested),
                "available": _plain(free.own),
                "availableLent": _plain(free.lent),
                "code": free.code.value,
                "reason": free.reason,
            }
        )
    return {
        "botId": bot.id,
        "mode": bot.mode,
        "capital": _plain(account.capital),
        "currency": account.base_currency,
        "lending": account.lending,
        "liveEnabled": account.live_enabled,
        "blocked": account.blocked,
        "strategies": strategies,
    }


def _plain(value: Decimal) -> str:
    """Return the number without trailing zeros and without an exponent: 600, 0.25."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
