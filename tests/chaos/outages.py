"""Servers, venue and disks that are away, slow, doubled or full for a while as orders flow."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import orjson
import redis
from support.engine import wait_for

from argosy.core.scope import PLATFORM_SCOPE
from argosy.infrastructure import redis as connections
from chaos import bots
from chaos.campaign import flow
from chaos.proof import Books, refusals
from chaos.stack import ChaosStack, patiently

SWEEP = f"{connections.PREFIX}sweep"
_TURN_MS = 1000
IN_FLIGHT_S = 1.5
"""Longest time in seconds that an order needs from its last check to the venue.

This holds on a loaded machine.
"""

ILLS: Mapping[str, Mapping[str, Any]] = {
    "slow": {"endpoint": "* /polymarket/*", "kind": "latency", "latencyMs": 3000},
    "429": {"endpoint": "* /polymarket/*", "kind": "status", "status": 429},
    "500": {"endpoint": "* /polymarket/*", "kind": "status", "status": 500},
    "garbage": {"endpoint": "* /polymarket/*", "kind": "garbage"},
    "executes and drops": {"endpoint": "POST /polymarket/clob/order", "kind": "drop_after"},
}


def ill_venue(stack: ChaosStack, ill: str, seconds: float) -> None:
    """Make every call to the venue meet the same fault for a while."""
    stack.venue.disturb([ILLS[ill]])
    time.sleep(seconds)
    stack.venue.calm()


def without_postgres(stack: ChaosStack, seconds: float) -> int:
    """Kill PostgreSQL and start it again later.

    Returns the number of orders that reached the venue while it was away.
    """
    stack.crash_server("postgres")
    time.sleep(IN_FLIGHT_S)
    before = len(stack.venue.orders())
    time.sleep(seconds)
    begun = len(stack.venue.orders()) - before
    stack.raise_server("postgres")
    return begun


def forgetful(stack: ChaosStack, *, empty: bool, blind_s: float, tries: int = 6) -> tuple[int, int]:
    """Make Redis lose its memory while runs wait to act.

    Returns orders and refusals during the time without flags. With `empty` Redis is killed and its data
    deleted, else FLUSHALL is sent.

    The flags must stay away for a while: beat is frozen, and the turn of the sweepers is taken. The attempt
    is repeated until the time without flags was long enough.
    """
    books = Books(stack.servers.endpoints.database_url)
    for _ in range(tries):
        with stack.frozen("beat"):
            if empty:
                stack.crash_server("valkey")
                stack.raise_server("valkey", empty=True)
            lost = time.time()
            _forget(stack, everything=not empty, blind_s=blind_s)
            for bot in bots.WIDE_BOTS:
                stack.runtime.dispatcher.run_bot(bot, trigger="schedule")
            wait_for(
                lambda: patiently(lambda: stack.runtime.flags.read([PLATFORM_SCOPE])),
                timeout_s=60,
                why="the flags are restored from Postgres",
            )
            found = time.time()
        flow(stack, 3)
        since_ms, until_ms = int((lost + IN_FLIGHT_S) * 1000), int(found * 1000)
        refused = refusals(books, int(lost * 1000), until_ms)
        if refused and until_ms > since_ms + 500:
            begun = [order for order in stack.venue.orders() if since_ms < order["created"] < until_ms]
            return len(begun), refused
    raise AssertionError(f"in {tries} tries nothing was tried while the flags were gone: this proves nothing")


def _forget(stack: ChaosStack, *, everything: bool, blind_s: float) -> None:
    client = redis.Redis.from_url(stack.servers.endpoints.redis_url)
    pipeline = client.pipeline()
    if everything:
        pipeline.flushall()
    pipeline.set(SWEEP, "chaos", px=_TURN_MS)
    pipeline.delete(f"{connections.PREFIX}flag:{PLATFORM_SCOPE}")
    pipeline.execute()
    threading.Thread(target=_hold_turn, args=(client, blind_s + IN_FLIGHT_S), daemon=True).start()


def _hold_turn(client: redis.Redis, seconds: float) -> None:
    """Keep the turn of the sweepers, renewed each time, because an overlong turn is removed."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(_TURN_MS / 4000)
        with suppress(redis.RedisError):  # Redis may be killed, or start again, in the meantime
            client.set(SWEEP, "chaos", px=_TURN_MS)
    client.close()


@contextmanager
def doubled(stack: ChaosStack) -> Iterator[list[int]]:
    """Copy node messages in their queues inside the block.

    The only number of the list counts the copies.
    """
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


def wrong_clocks(stack: ChaosStack, seconds: float, *, lasting_s: float) -> None:
    """Step the workers' clocks and later set them right.

    A venue may refuse orders that a wrong clock signed.
    """
    stack.step_clock(seconds)
    try:
        time.sleep(lasting_s)
    finally:
        stack.step_clock(0)
    flow(stack, 5)


def full_disk(stack: ChaosStack, name: str) -> None:
    """Make the process's log a full device from its next start on."""
    log = stack.settings.log_dir / f"{name}.log"
    log.unlink(missing_ok=True)
    log.symlink_to("/dev/full")
    stack.kill(name)
