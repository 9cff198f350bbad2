"""Halts while orders flow and thousands of tasks wait.

Checks which orders still reach the venue after the answer.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import redis
from support.engine import wait_for

from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyState
from chaos import bots
from chaos.campaign import flow
from chaos.proof import Books, refusals
from chaos.stack import ChaosStack, patiently
from chaos.venue import account_of

Say = Callable[[str], None]
Halt = Callable[[ChaosStack, str], None]
ACTOR = Actor(id="chaos")
WATCH_S = 2.0
SCOPES = ("platform", "domain:trading", "bot:wide-1", "strategy:wide-2/one", "platform")
"""Scopes to halt, in turn."""


@dataclass(slots=True)
class Halted:
    """Results of all halts.

    `answers_s` are the seconds until each halt was answered. `denied` counts tasks that were tried and
    refused.
    """

    times: int = 0
    answers_s: list[float] = field(default_factory=list)
    queued: list[int] = field(default_factory=list)
    denied: int = 0
    orders: int = 0

    @property
    def figures(self) -> dict[str, Any]:
        ordered = sorted(self.answers_s)
        return {
            "halts": self.times,
            "answer p50 s": round(ordered[len(ordered) // 2], 3),
            "answer max s": round(ordered[-1], 3),
            "least queued": min(self.queued),
            "orders before": self.orders,
            "denied after": self.denied,
            "risk begun after the answer": 0,
        }


def by_desk(stack: ChaosStack, scope: str) -> None:
    stack.runtime.desk.change(scope, EmergencyState.HALT, actor=ACTOR, reason="chaos")


def resume(stack: ChaosStack, scope: str) -> None:
    """Resume the scope, and wait for the clean reconciliation that a resume needs."""
    patiently(
        lambda: stack.runtime.desk.resume(scope, actor=ACTOR, reason="again"),
        timeout_s=60,
        why=f"{scope} resumes",
    )


def run(
    stack: ChaosStack, times: int, *, queue: int = 2000, halt: Halt = by_desk, say: Say = print
) -> Halted:
    """Halt `times` scopes while orders flow.

    Raises AssertionError that names orders begun after an answer.
    """
    found = Halted()
    books = Books(stack.servers.endpoints.database_url)
    patiently(lambda: bots.make(stack.runtime.database, every_s=3600))
    for scope in itertools.islice(itertools.cycle(SCOPES), times):
        fill(stack, queue)
        flow(stack, 5)
        known = {order["id"] for order in stack.venue.orders()}
        found.orders = len(known)
        found.queued.append(waiting(stack))
        begun = time.monotonic()
        halt(stack, scope)
        answered_ms = stack.venue.now_ms()  # read after the answer, so never earlier than it
        found.answers_s.append(time.monotonic() - begun)
        time.sleep(WATCH_S)  # tasks are taken from the queue during all this time
        refused = wait_for(
            lambda since=answered_ms: refusals(books, since),
            timeout_s=60,
            why=f"halt {found.times} of {scope}: something is tried after the answer, or it proves nothing",
        )
        late = _late(stack, books, scope, answered_ms)
        assert not late, f"halt {found.times} of {scope}: begun after the answer:\n  " + "\n  ".join(late)
        found.denied += refused
        found.times += 1
        say(f"  halt {found.times} of {scope}: answered in {found.answers_s[-1]:.3f} s, {refused} denied")
        resume(stack, scope)
    return found


def fill(stack: ChaosStack, least: int) -> None:
    """Start wide runs until at least so many tasks wait."""
    each = bots.WIDTH * 2
    turn = itertools.cycle(bots.WIDE_BOTS)
    while (missing := least - waiting(stack)) > 0:
        for _ in range(missing // each + 2):
            stack.runtime.dispatcher.run_bot(next(turn), trigger="schedule")
        target = waiting(stack) + missing // 2
        wait_for(
            lambda target=target: waiting(stack) >= min(target, least),
            timeout_s=300,
            why=f"{target} tasks wait; {stack.log('worker-quick1')}",
        )


def waiting(stack: ChaosStack) -> int:
    client = redis.Redis.from_url(stack.servers.endpoints.redis_url)
    try:
        return int(client.llen("argosy.io"))
    finally:
        client.close()


def _late(stack: ChaosStack, books: Books, scope: str, answered_ms: int) -> list[str]:
    """Return orders of the scope that took risk after the answer.

    They began, or reached the venue, after it.
    """
    bot_ids = _bots_of(scope)
    found = []
    accounts = {account_of(bot): bot for bot in bot_ids}
    strategies = _strategies(books, scope)
    for order in stack.venue.orders():
        if order["created"] > answered_ms and order["side"] == "BUY" and order["account"] in accounts:
            owner = books.rows("SELECT strategy_id FROM intents WHERE lower(venue_id) = %s", order["id"])
            # An order still without answer has no owner yet; the intents below cover it.
            if strategies is None or (owner and owner[0]["strategy_id"] in strategies):
                found.append(f"order {order['id']} of {accounts[order['account']]} at {order['created']}")
    began = books.rows(
        "SELECT client_id, bot_id, strategy_id, submitted_at FROM intents WHERE NOT reducing "
        "AND kind = 'place_order' AND bot_id = ANY(%s) AND submitted_at > to_timestamp(%s)",
        bot_ids,
        answered_ms / 1000,
    )
    found += [
        f"intent {row['client_id']} of {row['bot_id']}/{row['strategy_id']} at {row['submitted_at']}"
        for row in began
        if strategies is None or row["strategy_id"] in strategies
    ]
    return found


def _bots_of(scope: str) -> list[str]:
    kind, _, name = scope.partition(":")
    return [name.partition("/")[0]] if kind in ("bot", "strategy") else list(bots.WIDE_BOTS)


def _strategies(books: Books, scope: str) -> set[str] | None:
    return {scope.partition("/")[2]} if scope.startswith("strategy:") else None


def drain(stack: ChaosStack, *, timeout_s: float = 300) -> None:
    """Wait until the queue is empty."""
    wait_for(lambda: waiting(stack) == 0, timeout_s=timeout_s, why="the queue drains")
