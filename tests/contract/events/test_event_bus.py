"""Contract of event buses, in memory and in Redis: order, patterns, resume, trimmed events."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from argosy.core.event import Event, seq_key
from argosy.core.ports import EventBus
from argosy.errors import EventsTrimmed
from argosy.infrastructure import redis as connections
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.events.redis import RedisEventBus


@pytest.fixture(params=["memory", "redis"])
def bus(request: pytest.FixtureRequest) -> EventBus:
    if request.param == "memory":
        return MemoryEventBus(maxlen=50)
    return RedisEventBus(request.getfixturevalue("redis_url"))


def event(n: int, *, bot: str | None = "b1", type_: Any = "node_execution") -> Event:
    return Event(
        type_, 1000 + n, bot_id=bot, strategy_id="s", run_id="r", node_id="n", data={"n": n, "ü": "€"}
    )


def test_what_is_published_is_read_in_order_and_whole(bus: EventBus) -> None:
    seqs = [bus.publish(event(n)) for n in range(5)]
    assert sorted(seqs, key=seq_key) == seqs
    assert bus.read() == [event(n).with_seq(seq) for n, seq in enumerate(seqs)]
    assert (bus.first_seq(), bus.last_seq()) == (seqs[0], seqs[-1])


def test_an_empty_bus(bus: EventBus) -> None:
    assert bus.read() == []
    assert (bus.first_seq(), bus.last_seq()) == (None, None)


def test_resume_from_a_seq_misses_nothing_and_repeats_nothing(bus: EventBus) -> None:
    seqs = [bus.publish(event(n)) for n in range(6)]
    assert [e.data["n"] for e in bus.read(after=seqs[2])] == [3, 4, 5]
    assert bus.read(after=seqs[-1]) == []
    assert [e.data["n"] for e in bus.read(after=seqs[0], limit=2)] == [1, 2]


def test_events_without_bot_or_run(bus: EventBus) -> None:
    bus.publish(Event("worker", 1, data={"name": "w"}))
    (found,) = bus.read()
    assert (found.bot_id, found.strategy_id, found.run_id, found.node_id) == (None, None, None, None)
    assert found.topic == "platform.worker"


def test_a_subscription_gets_what_matches_its_pattern(bus: EventBus) -> None:
    seq = bus.publish(event(0))
    bus.publish(event(1, bot="b2"))
    bus.publish(event(2, type_="run_finished"))
    bus.publish(event(3))
    got = []
    for e in bus.subscribe("bot.b1.node", seq):
        got.append(e.data["n"])
        break
    assert got == [3]
    everything = bus.subscribe("bot.*.*", seq)
    assert [next(everything).data["n"] for _ in range(3)] == [1, 2, 3]


def test_a_live_subscription_wakes_for_what_is_published_later(bus: EventBus) -> None:
    got: list[int] = []
    ready, stop = threading.Event(), threading.Event()

    def listen() -> None:
        stream = bus.subscribe("bot.*.node", bus.last_seq() or "0-0", stop=stop.is_set)
        ready.set()
        for e in stream:
            got.append(e.data["n"])
            if len(got) == 2:
                return

    thread = threading.Thread(target=listen)
    thread.start()
    assert ready.wait(5)
    bus.publish(event(1))
    bus.publish(event(2))
    thread.join(10)
    stop.set()
    assert got == [1, 2]


def test_a_subscription_ends_when_told(bus: EventBus) -> None:
    bus.publish(event(0))
    assert list(bus.subscribe("*", stop=lambda: True)) == []


def test_reading_asynchronously_waits_for_the_first_event(bus: EventBus) -> None:
    async def check() -> list[Event]:
        first = bus.publish(event(0))
        loop = asyncio.get_running_loop()
        loop.call_later(0.1, bus.publish, event(1))
        found = await bus.aread(first, block_ms=5000)
        assert await bus.aread(found[-1].seq, block_ms=1) == []
        if isinstance(bus, RedisEventBus):
            await bus.aclose()
        return found

    assert [e.data["n"] for e in asyncio.run(check())] == [1]


def test_an_async_subscription_resumes(bus: EventBus) -> None:
    async def check() -> list[int]:
        first = bus.publish(event(0))
        bus.publish(event(1))
        bus.publish(event(2, bot="b2"))
        bus.publish(event(3))
        got = []
        async for e in bus.asubscribe("bot.b1.*", first):
            got.append(e.data["n"])
            if len(got) == 2:
                break
        if isinstance(bus, RedisEventBus):
            await bus.aclose()
        return got

    assert asyncio.run(check()) == [1, 3]


def test_a_seq_that_is_no_longer_kept_is_refused(bus: EventBus) -> None:
    seqs = [bus.publish(event(n)) for n in range(60)]
    if isinstance(bus, RedisEventBus):
        connections.client(bus._url).xtrim(bus.stream, maxlen=50, approximate=False)
    with pytest.raises(EventsTrimmed) as refused:
        bus.read(after=seqs[3])
    assert refused.value.found == seqs[3]
    with pytest.raises(EventsTrimmed):
        asyncio.run(_aread(bus, seqs[3]))
    assert [e.data["n"] for e in bus.read(after=seqs[10])][:2] == [11, 12]


async def _aread(bus: EventBus, after: str) -> None:
    try:
        await bus.aread(after)
    finally:
        if isinstance(bus, RedisEventBus):
            await bus.aclose()
