"""Publishes node events at a steady rate, from a process of its own.

`python -m benchmarks.live.load REDIS_URL stream|channel RATE SECONDS`
"""

from __future__ import annotations

import sys
import time

import orjson
import redis

from argosy.core.event import Event
from argosy.infrastructure.events.redis import encode
from benchmarks.live.bare import CHANNEL

NODES = 20


def event(n: int) -> Event:
    """A node's success in a run of twenty; `sentNs` is when it was published."""
    now = time.time_ns()
    return Event(
        type="node_execution",
        timestamp=now // 1_000_000,
        bot_id="bench",
        strategy_id="s",
        run_id=f"run-{n // NODES}",
        node_id=f"n{n % NODES}",
        data={
            "status": "success",
            "attempt": 1,
            "type": "constant",
            "startedAt": now // 1_000_000,
            "executionTimeMs": 1.5,
            "outputs": {"price": "50234.56", "book": ["0.47", "0.48"], "n": n},
            "truncated": False,
            "worker": "quick1",
            "tweaked": False,
            "sentNs": now,
        },
    )


def main() -> None:
    url, kind, rate, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
    client = redis.Redis.from_url(url)
    total = int(rate * seconds)
    begin = time.perf_counter()
    for n in range(total):
        wait = begin + n / rate - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        if kind == "stream":
            client.xadd("argosy:events", encode(event(n)))  # type: ignore[arg-type]
        else:
            client.publish(CHANNEL, orjson.dumps(event(n).to_wire()))


if __name__ == "__main__":
    main()
