"""Publish events and read those of a pattern. Run it with `python examples/event_patterns.py`."""

from __future__ import annotations

from itertools import islice

from argosy.core.clock import SystemClock
from argosy.core.event import Event
from argosy.infrastructure.events.memory import MemoryEventBus


def main() -> int:
    clock = SystemClock()
    bus = MemoryEventBus(clock=clock)
    for event in (
        Event("run_started", clock.now_ms(), bot_id="btc_15m", run_id="r1"),
        Event("node_execution", clock.now_ms(), bot_id="btc_15m", run_id="r1", node_id="quotes"),
        Event("node_execution", clock.now_ms(), bot_id="spot_mean", run_id="r2", node_id="quotes"),
        Event("emergency", clock.now_ms()),
    ):
        bus.publish(event)
    for pattern, count in (("bot.btc_15m.*", 2), ("bot.*.node", 2), ("platform.*", 1)):
        # Without `stop` the subscription waits for further events.
        found = islice(bus.subscribe(pattern, after="0-0"), count)
        print(f"{pattern}: {', '.join(event.topic for event in found)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
