"""The consumer group on a real Valkey: nothing unrecorded goes, what was read comes again."""

from __future__ import annotations

import pytest
import redis

from argosy.core.event import Event
from argosy.errors import EventsTrimmed, Unavailable
from argosy.infrastructure.events.feed import RecorderFeed
from argosy.infrastructure.events.redis import RedisEventBus

pytestmark = pytest.mark.integration


@pytest.fixture
def bus(redis_url: str) -> RedisEventBus:
    return RedisEventBus(redis_url)


def publish(bus: RedisEventBus, count: int) -> list[str]:
    return [bus.publish(Event("notify", 1, data={"n": n})) for n in range(count)]


def test_events_published_before_the_group_existed_are_read(bus: RedisEventBus, redis_url: str) -> None:
    seqs = publish(bus, 5)
    feed = RecorderFeed(redis_url)
    assert feed.pending().unrecorded == 5
    read = feed.read(3, 0)
    assert [seq for seq, _ in read] == seqs[:3]
    assert [event.data["n"] for _, event in read] == [0, 1, 2]
    backlog = feed.pending()
    assert (backlog.pending, backlog.lag, backlog.first_pending) == (3, 2, seqs[0])
    assert feed.ack(seqs[:3]) == 3
    assert feed.ack(seqs[:3]) == 0
    assert feed.ack([]) == 0


def test_what_a_dead_consumer_read_is_claimed_page_by_page(bus: RedisEventBus, redis_url: str) -> None:
    seqs = publish(bus, 1200)
    assert len(RecorderFeed(redis_url, consumer="dead").read(1200, 0)) == 1200
    alive = RecorderFeed(redis_url, consumer="alive")
    assert list(alive.claim(60_000)) == []
    pages = list(alive.claim())
    assert [seq for page in pages for seq, _ in page] == seqs
    assert len(pages) == 3
    assert alive.forget_dead() == []  # silent for less than an hour


def test_trimming_never_takes_what_is_not_acknowledged(bus: RedisEventBus, redis_url: str) -> None:
    seqs = publish(bus, 20)
    feed = RecorderFeed(redis_url)
    assert feed.trim(seqs[10]) == 0
    feed.read(6, 0)
    feed.ack(seqs[:2])
    assert feed.trim(seqs[10]) == 2
    assert feed.keep(5) == 0
    feed.ack(seqs[2:6])
    assert feed.trim(seqs[10]) == 3  # the last one delivered stays
    feed.read(100, 0)
    feed.ack(seqs)
    assert feed.keep(5) == 10
    assert feed.length() == 5
    assert bus.first_seq() == seqs[15]
    assert feed.keep(5) == 0


def test_a_reader_learns_that_it_missed_what_was_trimmed(bus: RedisEventBus, redis_url: str) -> None:
    seqs = publish(bus, 20)
    feed = RecorderFeed(redis_url)
    feed.read(20, 0)
    feed.ack(seqs)
    feed.trim(seqs[10])
    with pytest.raises(EventsTrimmed):
        bus.read(seqs[5])
    assert [event.seq for event in bus.read(seqs[10])] == seqs[11:]
    feed.keep(4)
    with pytest.raises(EventsTrimmed):
        bus.read(seqs[12])
    assert [event.seq for event in bus.read(seqs[16])] == seqs[17:]
    assert feed.pending().unrecorded == 0


def test_a_lost_group_is_made_anew_at_the_beginning(bus: RedisEventBus, redis_url: str) -> None:
    seqs = publish(bus, 4)
    feed = RecorderFeed(redis_url)
    feed.ack([seq for seq, _ in feed.read(4, 0)])
    with redis.Redis.from_url(redis_url) as client:
        client.xgroup_destroy(feed.stream, feed.group)
    assert [seq for seq, _ in feed.read(10, 0)] == seqs


def test_an_unreadable_entry_becomes_an_alarm_that_keeps_it(redis_url: str) -> None:
    feed = RecorderFeed(redis_url)
    with redis.Redis.from_url(redis_url) as client:
        client.xadd(feed.stream, {"t": "notify", "d": "{"})
    ((_, event),) = feed.read(1, 0)
    assert event.type == "alarm"
    assert event.data["fields"] == {"t": "notify", "d": "{"}


def test_no_server_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    from argosy.infrastructure import redis as connections

    monkeypatch.setattr(connections, "client", lambda url: redis.Redis.from_url(url, retry=None))
    with pytest.raises(Unavailable, match="Redis"):
        RecorderFeed("redis://127.0.0.1:1/0").length()
