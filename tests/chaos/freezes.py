"""Processes that stop beyond every lease and then go on, as on a machine that swaps.

A laptop that sleeps does the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from support.engine import wait_for

from chaos import shared
from chaos.shots import Harm, Weapon
from chaos.stack import ChaosStack
from chaos.venue import FAULTS

BEFORE_THE_POST, AT_THE_POST = "a sender before its post", "a sender at its post"
SENDERS = ("worker-io1", "worker-io2")
VARIANTS = {
    BEFORE_THE_POST: 5,
    AT_THE_POST: 4,
    "worker-io1": 2,
    "worker-io2": 2,
    "worker-quick1": 2,
    "worker-heavy1": 1,
    "child of worker-heavy1": 2,
    "beat": 2,
    "recorder": 2,
    "dashboard": 1,
    "sandbox": 2,
    "beat, recorder": 1,
    "worker-io1, worker-io2, worker-quick1, worker-heavy1": 2,
}
SECONDS = {6: 8, 10: 6, 17: 6, 25: 2, 40: 1, 70: 1}
"""Seconds of a freeze, with weights.

Leases here: a heartbeat 3 s, a claim 5 s, the queue 5 s, a call 60 s. Absence proves after 15 s.
"""
SLOW_TERMS = {
    "endpoint": "GET /polymarket/clob/*market*",
    "kind": "latency",
    "latencyMs": 3000,
    "probability": 0.5,
}
SLOW_POST = {
    "endpoint": "POST /polymarket/clob/order",
    "kind": "latency",
    "latencyMs": 3000,
    "probability": 0.5,
}
AIM_S = 20


def fire(harm: Harm) -> None:
    stack, variant = harm.stack, harm.shot.variant
    if variant in (BEFORE_THE_POST, AT_THE_POST):
        stack.venue.disturb([*FAULTS, SLOW_TERMS if variant == BEFORE_THE_POST else SLOW_POST])
        names: Sequence[str] = [aim(stack)]
        harm.notes["frozen"] = names[0]
    else:
        names = variant.split(", ")
    with stack.frozen(*names):
        harm.endure()
    if variant in (BEFORE_THE_POST, AT_THE_POST):
        stack.venue.disturb()


def aim(stack: ChaosStack) -> str:
    """Return a worker that has begun an action and has no answer yet at this moment."""
    url = stack.servers.endpoints.database_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:

        def sender() -> str | None:
            rows = connection.execute(
                "SELECT split_part(owner, ':', 2)::int FROM intents WHERE status = 'submitted' AND owner IS NOT NULL "
                "AND submitted_at > now() - interval '2 s'"
            ).fetchall()
            pids = {row[0] for row in rows}
            return next((name for name in SENDERS if stack.pid(name) in pids), None)

        return wait_for(sender, timeout_s=AIM_S, why="an action is being sent")


WEAPON = Weapon("freezes", VARIANTS, SECONDS, fire, shared.stack)
