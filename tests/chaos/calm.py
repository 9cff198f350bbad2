"""Wait for calm: faults off, nothing new begun, everything begun has ended."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import redis

from argosy.bootstrap.runtime import Runtime
from argosy.core.clock import DrivenClock
from chaos import bots, proof
from chaos.proof import Books
from chaos.stack import AWAY, ChaosStack, patiently
from chaos.venue import Venue
from workers.lost import close_lost

HURRY_S = 4.0
QUEUES = ("argosy.quick", "argosy.io", "argosy.heavy", "argosy.venue", "argosy.control")


def queued(stack: ChaosStack) -> int:
    """Return the number of messages in the queues."""
    client = redis.Redis.from_url(stack.servers.endpoints.redis_url)
    try:
        return sum(int(client.llen(name)) for name in QUEUES)
    finally:
        client.close()


def unrest(stack: ChaosStack, books: Books) -> list[str]:
    """Return activities that still go on; empty when there are none."""
    runtime = stack.runtime
    found = [f"run {run.run_id} is active" for run in runtime.runs.active()]
    waiting = queued(stack)
    if waiting:
        found.append(f"{waiting} messages are queued")
    found += proof.unfinished(books)
    return found


def settle(
    stack: ChaosStack, bot_ids: Sequence[str], *, timeout_s: float, told: str, hurry: bool = False
) -> float:
    """End the harm, and wait until all is settled without a difference; return the seconds.

    A resting order may be filled between the reads of the two records. A difference therefore counts only
    when it stays.

    With `hurry`, the work that beat starts every minute comes sooner. Runs that Redis lost are closed as if
    minutes had passed. Bots are compared with their venues, which books the payouts of ended markets.

    Raises AssertionError that begins with `told` and names everything unsettled.
    """
    begun = time.monotonic()
    for name in ("valkey", "postgres"):
        stack.raise_server(name)
    venue = stack.venue
    patiently(venue.calm, why="the sandbox answers")
    patiently(lambda: bots.ticking(stack.runtime.database, False), why="Postgres answers")
    stack.wait_up(timeout_s)
    books = Books(stack.servers.endpoints.database_url)
    ends = begun + timeout_s
    left: list[str] = ["nothing was looked at"]
    sooner = begun
    while time.monotonic() < ends:
        left = _left(stack, books, venue, bot_ids)
        if not left:
            return time.monotonic() - begun
        if hurry and time.monotonic() > sooner:
            sooner = time.monotonic() + HURRY_S
            _hasten(stack, left)
        time.sleep(0.5)
    shown = "\n  ".join(left[:40])
    more = f"\n  and {len(left) - 40} more" if len(left) > 40 else ""
    raise AssertionError(f"{told}\nnot settled within {timeout_s:g} s:\n  {shown}{more}")


def _hasten(stack: ChaosStack, left: Sequence[str]) -> None:
    if all(each.startswith("run ") for each in left):
        _close_lost(stack)
    elif any(": position of " in each or ": cash of " in each for each in left):
        stack.runtime.dispatcher.send("argosy.reconcile", [], queue="argosy.venue", expires_s=HURRY_S)


def _close_lost(stack: ChaosStack) -> None:
    later = DrivenClock(datetime.now(UTC) + timedelta(minutes=10))
    ports = Runtime(stack.settings, stack.servers.endpoints, clock=later)
    try:
        close_lost(ports)
    finally:
        ports.close()


def _left(stack: ChaosStack, books: Books, venue: Venue, bot_ids: Sequence[str]) -> list[str]:
    try:
        return (
            unrest(stack, books)
            or list(map(str, proof.differences(books, venue, bot_ids, stack.forgotten)))
            or proof.forgotten(books)
            or proof.held_locks(books)
        )
    except AWAY as error:
        return [f"cannot be asked: {error}"]
