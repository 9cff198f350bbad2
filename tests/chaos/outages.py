"""What is away, slow, doubled or full for a while, as orders flow."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import redis
from support.engine import wait_for

from argosy.core.emergency import PLATFORM_SCOPE
from argosy.infrastructure import redis as connections
from chaos import bots
from chaos.calm import queued
from chaos.campaign import flow
from chaos.proof import Books, refusals
from chaos.stack import ChaosStack, patiently

SWEEP = f"{connections.PREFIX}sweep"
IN_FLIGHT_S = 1.5
"""Longest that an order which had passed its last check before takes to reach the venue on a loaded machine."""

ILLS: Mapping[str, Mapping[str, Any]] = {
    "slow": {"endpoint": "* /polymarket/*", "kind": "latency", "latencyMs": 3000},
    "429": {"endpoint": "* /polymarket/*", "kind": "status", "status": 429},
    "500": {"endpoint": "* /polymarket/*", "kind": "status", "status": 500},
    "garbage": {"endpoint": "* /polymarket/*", "kind": "garbage"},
    "executes and drops": {"endpoint": "POST /polymarket/clob/order", "kind": "drop_after"},
}


def ill_venue(stack: ChaosStack, ill: str, seconds: float) -> None:
    """Every call to the venue meets the same fault for a while."""
    stack.venue.disturb([ILLS[ill]])
    time.sleep(seconds)
    stack.venue.calm()


def without_postgres(stack: ChaosStack, seconds: float) -> int:
    """Kills PostgreSQL and starts it after a while; returns how many orders reached the venue once it was gone."""
    stack.crash_server("postgres")
    time.sleep(IN_FLIGHT_S)
    before = len(stack.venue.orders())
    time.sleep(seconds)
    begun = len(stack.venue.orders()) - before
    stack.raise_server("postgres")
    return begun


def forgetful(stack: ChaosStack, *, empty: bool, blind_s: float) -> tuple[int, int]:
    """Redis loses its memory and stays without flags for `blind_s`: (orders, refusals) in that time.

    `empty`: killed and its data deleted, else FLUSHALL. That nobody restores the flags at once is arranged by stopping
    beat, which sends for the guard, and by holding the turn of those who sweep.
    """
    books = Books(stack.servers.endpoints.database_url)
    with stack.frozen("beat"):
        wait_for(lambda: not held(stack), timeout_s=30, why="what was sent before is done")
        if empty:
            stack.crash_server("valkey")
            stack.raise_server("valkey", empty=True)
        _forget(stack, everything=not empty, blind_s=blind_s)
        time.sleep(IN_FLIGHT_S)
        since = stack.venue.now_ms()
        for bot in bots.WIDE_BOTS:
            stack.runtime.dispatcher.run_bot(bot, trigger="schedule")
        time.sleep(blind_s - 0.5)
        assert not stack.runtime.flags.read([PLATFORM_SCOPE]), (
            "somebody restored the flags: this proves nothing"
        )
        until = stack.venue.now_ms()
    orders = [order for order in stack.venue.orders() if since < order["created"] < until]
    wait_for(
        lambda: patiently(lambda: stack.runtime.flags.read([PLATFORM_SCOPE])),
        timeout_s=30,
        why="the flags are restored from Postgres",
    )
    flow(stack, 5)
    refused = wait_for(
        lambda: refusals(books, since, until),
        timeout_s=30,
        why="something was tried while the flags were gone, or this proves nothing",
    )
    return len(orders), refused


def held(stack: ChaosStack) -> int:
    """Messages in queues and in the hands of workers."""
    client = redis.Redis.from_url(stack.servers.endpoints.redis_url)
    try:
        return queued(stack) + int(client.hlen("unacked"))
    finally:
        client.close()


def _forget(stack: ChaosStack, *, everything: bool, blind_s: float) -> None:
    client = redis.Redis.from_url(stack.servers.endpoints.redis_url)
    pipeline = client.pipeline()
    if everything:
        pipeline.flushall()
    pipeline.set(SWEEP, "chaos", px=int((blind_s + IN_FLIGHT_S) * 1000))
    pipeline.delete(f"{connections.PREFIX}flag:{PLATFORM_SCOPE}")
    pipeline.execute()
    client.close()


@contextmanager
def doubled(stack: ChaosStack) -> Iterator[list[int]]:
    """As long as this lasts node messages are copied in their queues; the list's only number counts them."""
    count = [0]
    stop = threading.Event()

    def copy() -> None:
        client = redis.Redis.from_url(stack.servers.endpoints.redis_url)
        seen: set[str] = set()
        while not stop.wait(0.002):
            for name in ("argosy.io", "argosy.quick", "argosy.heavy"):
                for raw in client.lrange(name, 0, 20):
                    message = orjson.loads(raw)
                    tag = message["properties"]["delivery_tag"]
                    if tag in seen:
                        continue
                    fresh = f"again.{secrets.token_hex(8)}"
                    seen |= {tag, fresh}
                    message["properties"]["delivery_tag"] = fresh
                    client.lpush(name, orjson.dumps(message))
                    count[0] += 1
        client.close()

    thread = threading.Thread(target=copy, name="doubles messages", daemon=True)
    thread.start()
    try:
        yield count
    finally:
        stop.set()
        thread.join(10)


def wrong_clocks(stack: ChaosStack, seconds: float, *, orders: int) -> None:
    """The workers' clocks step by so much and, after so many more orders at the venue, back."""
    stack.step_clock(seconds)
    try:
        flow(stack, orders)
    finally:
        stack.step_clock(0)


def full_disk(stack: ChaosStack, name: str) -> None:
    """From its next start on the process's log cannot be written: what it prints meets a device that is full."""
    log = stack.settings.log_dir / f"{name}.log"
    log.unlink(missing_ok=True)
    log.symlink_to("/dev/full")
    stack.kill(name)
