from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from argosy.core.event import Event
from argosy.errors import Unavailable
from argosy.infrastructure.events.memory import MemoryEventBus
from dashboard.live.group import Item, SocketBatch
from dashboard.live.hub import START, Hub
from dashboard.live.now import Now
from dashboard.live.wire import LiveScope


@dataclass
class Ear:
    scope: LiveScope
    heard: list[str] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    lost: int = 0
    woken: int = 0

    def deliver(self, batch: SocketBatch) -> None:
        self.heard += [item.event.seq for item in batch.items]
        self.frames += [item.frame for item in batch.items]

    def lose(self) -> None:
        self.lost += 1

    def wake(self) -> None:
        self.woken += 1


def finished(bot: str = "b") -> Event:
    return Event(type="run_finished", timestamp=1, bot_id=bot, run_id="r", data={"status": "success"})


async def running(bus: MemoryEventBus, start: str, seq: str, *ears: Ear) -> Hub:
    """A hub that has read up to `seq`."""
    arrived = asyncio.Event()
    hub = Hub(bus, Now(), lambda event: arrived.set() if event.seq == seq else None)
    for ear in ears:
        hub.attach(ear)
    task = asyncio.create_task(hub.run(start))
    try:
        await asyncio.wait_for(arrived.wait(), 5)
        await asyncio.sleep(0)
    finally:
        task.cancel()
    return hub


def test_one_encoding_is_shared_by_all_who_hear_it() -> None:
    bus = MemoryEventBus()
    ears = [
        Ear(LiveScope(kind="bot", bot_id="b")),
        Ear(LiveScope(kind="bot", bot_id="b")),
        Ear(LiveScope(kind="bot", bot_id="c")),
    ]
    seq = bus.publish(finished())
    hub = asyncio.run(running(bus, START, seq, *ears))
    assert [ear.heard for ear in ears] == [[seq], [seq], []]
    assert ears[0].frames[0] is ears[1].frames[0]
    hub.detach(ears[0])
    hub.detach(ears[0])
    assert hub.listeners == 2


def test_a_reader_that_was_overtaken_by_trimming_tells_everyone_and_goes_on() -> None:
    bus = MemoryEventBus(maxlen=5)
    old = bus.publish(finished())
    seqs = [bus.publish(finished()) for _ in range(20)]
    ear = Ear(LiveScope())
    asyncio.run(running(bus, old, seqs[-1], ear))
    assert ear.lost == 1
    assert ear.heard == seqs[-5:]


def test_an_event_that_cannot_be_shown_is_left_out_and_the_rest_goes_on() -> None:
    bus = MemoryEventBus()
    bus.publish(finished())
    odd = bus.publish(Event("bot_metrics", 1, bot_id="b", data={"metrics": ["no", "names"]}))
    last = bus.publish(finished())
    ear = Ear(LiveScope(kind="bot", bot_id="b"))
    hub = asyncio.run(running(bus, START, last, ear))
    assert odd not in ear.heard
    assert ear.heard[-1] == hub.position == last


class FlakyBus(MemoryEventBus):
    """Away for the first few reads."""

    failures = 3

    async def aread(self, after: str | None, limit: int = 1000, block_ms: int = 0) -> list[Event]:
        if self.failures:
            self.failures -= 1
            raise Unavailable("away")
        return await super().aread(after, limit, block_ms)


def test_a_bus_that_is_away_is_tried_again_and_nothing_is_missed() -> None:
    bus = FlakyBus()
    seqs = [bus.publish(finished()) for _ in range(3)]
    ear = Ear(LiveScope())
    hub = asyncio.run(running(bus, START, seqs[-1], ear))
    assert ear.heard == seqs
    assert hub.stalled is False


def test_many_listeners_of_one_scope_share_their_batches_and_lose_nothing() -> None:
    bus = MemoryEventBus()
    scope = LiveScope(kind="bot", bot_id="b")
    ears = [Ear(scope) for _ in range(50)]

    async def go() -> list[str]:
        arrived = asyncio.Event()
        hub = Hub(bus, Now(), lambda event: arrived.set() if event.seq == seqs[-1] else None)
        for ear in ears:
            hub.attach(ear)
        reading = asyncio.create_task(hub.run(START))
        seqs: list[str] = [""]
        for _ in range(600):
            seqs.append(bus.publish(finished()))
        await asyncio.wait_for(arrived.wait(), 5)
        late = Ear(scope)
        assert hub.attach(late) == seqs[-1]
        await asyncio.sleep(0.1)
        reading.cancel()
        assert late.heard == []
        return seqs[1:]

    published = asyncio.run(go())
    assert all(ear.heard == published for ear in ears)


def test_a_batch_is_one_array_made_once() -> None:
    item = Item(finished(), b'{"a":1}', None)
    batch = SocketBatch([item, item])
    assert batch.joined == '[{"a":1},{"a":1}]'
    assert batch.joined is batch.joined
    assert not batch.urgent
    assert SocketBatch([Item(Event("alarm", 1), b"{}", None)]).urgent
