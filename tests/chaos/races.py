"""Races of two callers for the last unit of a limit, repeated in the real database."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg
from support.engine import wait_for

from argosy.core.actions.action import Action, ActionKind, ActionStatus
from argosy.core.actions.decision import GatewayPolicy
from argosy.core.actions.intent import Caller, Intent
from argosy.core.clock import SystemClock
from argosy.infrastructure.actions.database import DatabaseJournal
from argosy.infrastructure.storage.engine.database import Database
from chaos import bots
from chaos.proof import Books
from chaos.stack import ChaosStack

VENUE = "polymarket"
BOTS = ("left", "right")
QUANTITY, PRICE = Decimal(10), Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Ring:
    """Race of two callers, with a limit that has room for one of them.

    `limit` None means the bot's cash itself.
    """

    name: str
    callers: tuple[Caller, Caller]
    limit: Mapping[str, object] | None
    code: str


def _caller(bot: str, strategy: str) -> Caller:
    return Caller("sandbox", "trading", bot, strategy)


_TWO_STRATEGIES = (_caller("left", "one"), _caller("left", "two"))
_TWO_BOTS = (_caller("left", "one"), _caller("right", "one"))


def _limit(scope: str, kind: str, most: str, window_s: int | None = None) -> Mapping[str, object]:
    return {"scope": scope, "kind": kind, "max": Decimal(most), "window_s": window_s}


RINGS: tuple[Ring, ...] = (
    Ring("exposure of a bot", _TWO_STRATEGIES, _limit("bot:left", "total_exposure", "7"), "risk."),
    Ring("exposure of the platform", _TWO_BOTS, _limit("platform", "total_exposure", "7"), "risk."),
    Ring("exposure of a domain", _TWO_BOTS, _limit("domain:trading", "total_exposure", "7"), "risk."),
    Ring("position at a venue", _TWO_BOTS, _limit(f"asset:{VENUE}/up", "position_size", "10"), "risk."),
    Ring("cash of a bot", _TWO_STRATEGIES, None, "capital."),
)
"""All races.

Each order needs 5 USD for 10 shares, and two orders exceed each of these limits.
"""


@dataclass(slots=True)
class Raced:
    """Results of races.

    `overlapped` counts races in which both transactions ran at once. A race without overlap proves nothing.
    """

    races: int = 0
    overlapped: int = 0
    wins: dict[str, int] = field(default_factory=dict)


def prepare(database_url: str, ring: Ring) -> None:
    """Prepare two bots, reconciled a moment ago, in a platform whose state is NORMAL."""
    cash = "8" if ring.limit is None else "1000"
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as connection:
        run = connection.execute
        run(
            "INSERT INTO emergency_states (scope, state, epoch, actor, reason, at) "
            "VALUES ('platform', 'NORMAL', 1, 'test', 'race', now()) ON CONFLICT DO NOTHING"
        )
        run(
            "INSERT INTO workflows (digest, workflow_id, kind, name, version, document, created_by) "
            "VALUES ('d', 'w', 'bot', 'w', 1, '{}', 'test') ON CONFLICT DO NOTHING"
        )
        for bot in BOTS:
            run(
                "INSERT INTO bots (id, name, domain, mode, state, workflow_id, workflow_digest, capital, base_currency, "
                "config) VALUES (%s, %s, 'trading', 'sandbox', 'running', 'w', 'd', %s, 'USD', '{}') "
                "ON CONFLICT (id) DO UPDATE SET capital = excluded.capital",
                (bot, bot, cash),
            )
            run(
                "INSERT INTO capital_accounts (bot_id, reconciled_at, reconciled_clean) VALUES (%s, now(), true) "
                "ON CONFLICT (bot_id) DO UPDATE SET reconciled_at = now(), reconciled_clean = true",
                (bot,),
            )
        run("DELETE FROM risk_limits")
        if ring.limit is not None:
            run(
                "INSERT INTO risk_limits (id, scope, kind, max, warning, mode, window_s, updated_by) "
                "VALUES ('ring', %(scope)s, %(kind)s, %(max)s, 0.8, 'enforce', %(window_s)s, 'test')",
                dict(ring.limit),
            )


def race(database_url: str, ring: Ring, times: int, *, told: Callable[[str], str] = str) -> Raced:
    """Let both callers propose at once, `times` over; the winner's order is dropped after each.

    Raises AssertionError.
    """
    prepare(database_url, ring)
    clock = SystemClock()
    databases = [Database(database_url, pool_size=1) for _ in ring.callers]
    journals = [DatabaseJournal(database, clock, GatewayPolicy()) for database in databases]
    together = threading.Barrier(len(journals))
    found = Raced()

    def propose(number: int) -> tuple[Intent, float, float]:
        action = Action(
            client_id=secrets.token_hex(16),
            venue=VENUE,
            kind=ActionKind.PLACE_ORDER,
            symbol="up",
            side="buy",
            quantity=QUANTITY,
            limit_price=PRICE,
        )
        together.wait(30)
        begun = time.monotonic()
        ((intent,), _) = journals[number].decide(ring.callers[number], [action])
        return intent, begun, time.monotonic()

    try:
        with ThreadPoolExecutor(len(journals)) as pool:
            for round_ in range(times):
                left, right = (pool.submit(propose, n) for n in range(2))
                answers = [left.result(60), right.result(60)]
                intents = [intent for intent, _, _ in answers]
                allowed = [i for i in intents if i.status is ActionStatus.PLANNED]
                denied = [i for i in intents if i.status is ActionStatus.DENIED]
                assert len(allowed) == len(denied) == 1, told(
                    f"{ring.name}, race {round_}: {len(allowed)} of two passed: "
                    f"{[(i.status, i.code, i.reason) for i in intents]}"
                )
                assert (denied[0].code or "").startswith(ring.code), told(
                    f"{ring.name}, race {round_}: denied for {denied[0].code}: {denied[0].reason}"
                )
                found.races += 1
                found.overlapped += max(a[1] for a in answers) < min(a[2] for a in answers)
                winner = f"{allowed[0].caller.bot_id}/{allowed[0].caller.strategy_id}"
                found.wins[winner] = found.wins.get(winner, 0) + 1
                journals[0].drop(allowed[0].client_id, code="race", reason="the next race", actor="test")
    finally:
        for database in databases:
            database.close()
    return found


def through_workers(stack: ChaosStack, times: int) -> int:
    """Start runs of two bots at once on real workers; return the number of races.

    The limit has room for one more action in the hour. Raises AssertionError.
    """
    books = Books(stack.servers.endpoints.database_url)
    bots.make(stack.runtime.database, every_s=3600)
    try:
        for round_ in range(times):
            decided: int = books.one(
                "SELECT count(*) FROM intents WHERE mode = 'sandbox' AND status <> 'denied' "
                "AND venue = %s AND decided_at > now() - interval '1 hour'",
                [VENUE],
            )
            books.write("DELETE FROM risk_limits WHERE id = 'duel'")
            books.write(
                "INSERT INTO risk_limits (id, scope, kind, max, warning, mode, window_s, updated_by) "
                "VALUES ('duel', %s, 'action_rate', %s, 1, 'enforce', 3600, 'test')",
                f"venue:{VENUE}",
                decided + 1,
            )
            runs = [stack.runtime.dispatcher.run_bot(bot, trigger="schedule") for bot in bots.DUELLISTS]
            found = wait_for(
                lambda runs=runs: _both(books, runs), timeout_s=180, why=f"two intents of {runs}"
            )
            passed = [row for row in found if row["status"] != "denied"]
            assert len(passed) == 1, f"race {round_} on workers: {len(passed)} of two passed: {found}"
    finally:
        books.write("DELETE FROM risk_limits WHERE id = 'duel'")
    return times


def _both(books: Books, runs: list[str]) -> list[dict[str, Any]] | None:
    found = books.rows(
        "SELECT run_id, status, code FROM intents WHERE run_id = ANY(%s) AND status <> 'planned'", runs
    )
    return found if len(found) == len(runs) else None
