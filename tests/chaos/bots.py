"""Bots of the chaos runs: small ones that trade all the time, wide ones that fill queues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from support.workflows import workflow

from argosy.core.schedule.schedule import parse as parse_schedule
from argosy.graph.document import digest, parse
from argosy.infrastructure.storage.catalog import bots, schedules, workflows
from argosy.infrastructure.storage.engine.database import Database

CAPITAL = Decimal(1_000_000)
DEADLINE_S = 60
STRATEGY, BOT, WIDE_STRATEGY, WIDE = "chaos_strategy", "chaos_bot", "chaos_wide_strategy", "chaos_wide"
DUEL = "chaos_duel"
PACKAGED = "btc_15m"
SMALL_BOTS = tuple(f"chaos-{n}" for n in range(1, 9))
"""Bots that trade all the time.

There are many, because an action with an unknown outcome keeps its bot from more risk until it is settled.
"""
WIDE_BOTS = ("wide-1", "wide-2")
DUELLISTS = ("duel-1", "duel-2")
WIDTH = 30


def documents() -> list[dict[str, Any]]:
    strategy = workflow(
        {
            "start": ("strategy.start", {"capital": "100"}),
            "look": "chaos.look",
            "weigh": "chaos.weigh",
            "plan": "chaos.plan",
            "trade": "chaos.trade",
            "result": "strategy.result",
        },
        [
            "start.capital > look.capital",
            "look.sight > weigh.sight",
            "weigh.sight > plan.sight",
            "plan.wishes > trade.wishes",
            "trade.results > result.results",
        ],
        id=STRATEGY,
        name="Trades by lot",
    )
    strikes = {f"strike{n}": ("chaos.strike", {"sells": n % 6 == 5}) for n in range(WIDTH)}
    wide = workflow(
        {
            "start": ("strategy.start", {"capital": "100"}),
            "look": "chaos.look",
            **strikes,
            "result": "strategy.result",
        },
        [
            "start.capital > look.capital",
            *(f"look.sight > {name}.sight" for name in strikes),
            *(f"{name}.results > result.results" for name in strikes),
        ],
        id=WIDE_STRATEGY,
        name="Strikes wide",
    )
    duel = workflow(
        {"tick": "bot.schedule", "look": "chaos.look", "strike": "chaos.strike"},
        ["tick > look.when", "look.sight > strike.sight"],
        id=DUEL,
        name="One order",
        kind="bot",
    )
    return [
        strategy,
        wide,
        duel,
        _bot(BOT, STRATEGY, {"one": "0.5", "two": "0.5"}, deadlineS=DEADLINE_S),
        _bot(WIDE, WIDE_STRATEGY, {"one": "0.5", "two": "0.5"}, deadlineS=600),
    ]


def _bot(id_: str, strategy: str, weights: Mapping[str, str], **more: Any) -> dict[str, Any]:
    return workflow(
        {
            "tick": "bot.schedule",
            **{name: ("strategy", {"strategy": strategy, "weight": w}) for name, w in weights.items()},
        },
        [f"tick > {name}.when" for name in weights],
        id=id_,
        name=id_,
        kind="bot",
        **more,
    )


def make(
    database: Database, *, every_s: float, small: Sequence[str] = SMALL_BOTS, overlap: str = "allow"
) -> None:
    """Save workflows, bots in sandbox mode and their schedules, all switched off.

    The packaged bot is switched off too. Only the small bots tick. The others run on request, any number at
    once.

    With `overlap` "skip" a small bot does not tick while it still runs. It then trades as fast as the machine
    can, and no backlog grows.
    """
    for document in documents():
        database.run(workflows.save(document, "chaos"))
    by_id = {d["id"]: digest(parse(d)) for d in documents()}
    kinds = dict.fromkeys(small, BOT) | dict.fromkeys(WIDE_BOTS, WIDE) | dict.fromkeys(DUELLISTS, DUEL)
    for name, kind in kinds.items():
        database.run(
            bots.save(
                id=name,
                name=name,
                domain="trading",
                mode="sandbox",
                workflow_id=kind,
                workflow_digest=by_id[kind],
                capital=CAPITAL,
            )
        )
        database.run(
            schedules.save(
                id=name,
                bot_id=name,
                spec=parse_schedule(
                    {
                        "kind": "interval",
                        "everyS": every_s if name in small else 3600,
                        "overlap": overlap if name in small else "allow",
                    }
                ),
                enabled=False,
            )
        )
    switch(database, PACKAGED, on=False)


def ticking(database: Database, on: bool, small: Sequence[str] = SMALL_BOTS) -> None:
    """Switch the small bots' schedules on or off."""
    for name in small:
        switch(database, name, on=on)


def switch(database: Database, name: str, *, on: bool) -> None:
    """Switch one schedule on or off."""
    spec = parse_schedule(dict(database.run(schedules.get(name)).spec))
    database.run(schedules.save(id=name, bot_id=name, spec=spec, enabled=on))
