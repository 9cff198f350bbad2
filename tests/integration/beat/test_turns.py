"""Beat's rounds on a real Postgres: what is due is sent once, late or missed ticks are told, changes are heard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb
from support.clocks import SettableClock

from argosy.core.clock import to_ms
from argosy.core.schedule.schedule import IntervalSchedule
from argosy.errors import Unavailable
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.storage.catalog import bots, schedules, workflows
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.engine.leadership import Leadership
from beat_schedule import CLOSE_LOST, MAINTAIN, RUN_BOT, Beat

pytestmark = pytest.mark.integration
NOW = datetime(2026, 2, 2, 11, 0, 0, tzinfo=UTC)
DOCUMENT = {
    "id": "w",
    "name": "W",
    "kind": "bot",
    "schema": 1,
    "nodes": [{"id": "a", "type": "core.constant", "params": {"value": 1}, "position": {"x": 0, "y": 0}}],
    "edges": [],
}


class Bench:
    """A beat with a driven clock, and the list of what it sent."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = Database(url)
        self.clock = SettableClock(NOW)
        self.events = MemoryEventBus()
        self.sent: list[tuple[str, list[Any], float]] = []
        self.refuses = self.dies = False
        self.send_takes_s = 0.0
        self.beats: list[Beat] = []
        digest = self.database.run(workflows.save(DOCUMENT, "test")).digest
        self.database.run(
            bots.save(
                id="b",
                name="B",
                domain="trading",
                workflow_id="w",
                workflow_digest=digest,
                capital=Decimal(1),
            )
        )

    def beat(self) -> Beat:
        made = Beat(
            self.database,
            Leadership(self.url, channel=schedules.CHANNEL),
            self.clock,
            self.events,
            self._send,
            {CLOSE_LOST: 5.0, MAINTAIN: 3600.0},
        )
        self.beats.append(made)
        return made

    def _send(self, name: str, args: list[Any], expires_s: float) -> None:
        if self.refuses:
            raise Unavailable("the broker does not take the task")
        self.sent.append((name, args, expires_s))
        self.clock.advance(self.send_takes_s)
        if self.dies and name == RUN_BOT:
            raise SystemExit

    def state(self, scope: str, name: str) -> None:
        with psycopg.connect(libpq_url(self.url), autocommit=True) as connection:
            connection.execute(
                "INSERT INTO emergency_states (scope, state, epoch, actor, reason, at) "
                "VALUES (%s, %s, 1, 'test', 'test', now()) ON CONFLICT (scope) DO UPDATE SET state = excluded.state",
                (scope, name),
            )

    def ticks(self) -> list[datetime]:
        """Due times of the runs asked for since the last call."""
        due = [datetime.fromtimestamp(args[1] / 1000, UTC) for name, args, _ in self.sent if name == RUN_BOT]
        self.sent.clear()
        return due

    def turn_until(self, beat: Beat, true: Any) -> None:
        for _ in range(100):
            if true():
                return
            beat.turn()
        raise AssertionError("not within 100 turns")


@pytest.fixture
def bench(database_url: str) -> Iterator[Bench]:
    made = Bench(database_url)
    made.database.run(schedules.save(id="s", bot_id="b", spec=IntervalSchedule(every_s=60)))
    yield made
    for beat in made.beats:
        beat.step_down()
    made.database.close()


def test_a_tick_is_sent_once_with_its_due_time_and_expiry(bench: Bench) -> None:
    beat = bench.beat()
    beat.turn()
    assert [name for name, _, _ in bench.sent] == [CLOSE_LOST, MAINTAIN]
    assert bench.ticks() == []
    bench.clock.advance(60.02)
    beat.turn()
    (sent,) = [each for each in bench.sent if each[0] == RUN_BOT]
    assert sent[1] == ["b", to_ms(NOW + timedelta(seconds=60))]
    assert sent[2] == pytest.approx(59.98)
    bench.sent.clear()
    bench.clock.advance(1)
    beat.turn()
    assert bench.ticks() == []
    bench.clock.advance(59)
    beat.turn()
    assert bench.ticks() == [NOW + timedelta(seconds=120)]
    kept = bench.database.run(schedules.get("s"))
    assert (kept.dispatched, kept.misfired, kept.next_due_at) == (2, 0, NOW + timedelta(seconds=180))


def test_maintenance_comes_in_its_turn(bench: Bench) -> None:
    beat = bench.beat()
    beat.turn()
    bench.sent.clear()
    for _ in range(4):
        bench.clock.advance(2.5)
        beat.turn()
    assert [name for name, _, _ in bench.sent] == [CLOSE_LOST, CLOSE_LOST]


def test_after_an_absence_one_tick_fires_and_the_rest_are_counted_and_told(bench: Bench) -> None:
    bench.beat().turn()
    bench.beats.pop().step_down()
    bench.clock.advance(60 * 4 + 30)
    beat = bench.beat()
    beat.turn()
    assert bench.ticks() == [NOW + timedelta(seconds=240)]
    kept = bench.database.run(schedules.get("s"))
    assert (kept.dispatched, kept.misfired) == (1, 3)
    (event,) = bench.events.read()
    assert (event.type, event.bot_id, event.data["missed"]) == ("schedule", "b", 3)


def test_past_its_expiry_a_tick_is_missed_and_not_sent(bench: Bench) -> None:
    spec = IntervalSchedule(every_s=60, misfire_expiry_s=10)
    bench.database.run(schedules.save(id="s", bot_id="b", spec=spec))
    bench.beat().turn()
    bench.beats.pop().step_down()
    bench.clock.advance(60 + 11)
    bench.beat().turn()
    assert bench.ticks() == []
    assert bench.database.run(schedules.get("s")).misfired == 1


def test_only_the_leader_ticks_and_a_change_reaches_it_at_once(bench: Bench) -> None:
    leader, other = bench.beat(), bench.beat()
    leader.turn()
    other.turn()
    assert (leader.leads, other.leads) == (True, False)
    bench.database.run(schedules.save(id="s", bot_id="b", spec=IntervalSchedule(every_s=2)))
    bench.turn_until(leader, lambda: bench.database.run(schedules.get("s")).next_due_at is not None)
    bench.clock.advance(2)
    leader.turn()
    assert bench.ticks() == [NOW + timedelta(seconds=2)]
    leader.step_down()
    other.turn()
    assert other.leads
    bench.clock.advance(2)
    other.turn()
    assert bench.ticks() == [NOW + timedelta(seconds=4)]


def test_a_paused_bot_is_left_alone_and_nothing_is_made_up_for(bench: Bench) -> None:
    beat = bench.beat()
    beat.turn()
    bench.database.run(bots.set_state("b", "paused"))
    bench.turn_until(beat, lambda: bench.database.run(schedules.get("s")).next_due_at is None)
    bench.clock.advance(600)
    beat.turn()
    assert bench.ticks() == []
    bench.database.run(bots.set_state("b", "running"))
    bench.turn_until(beat, lambda: bench.database.run(schedules.get("s")).next_due_at is not None)
    kept = bench.database.run(schedules.get("s"))
    assert kept.next_due_at == NOW + timedelta(seconds=660)
    assert kept.misfired == 0


@pytest.mark.parametrize("scope", ["platform", "domain:trading", "bot:b"])
def test_in_shutdown_nothing_is_sent_and_nothing_is_made_up_for(bench: Bench, scope: str) -> None:
    beat = bench.beat()
    beat.turn()
    bench.sent.clear()
    bench.state(scope, "SHUTDOWN")
    bench.clock.advance(60)
    beat.turn()
    assert CLOSE_LOST in {name for name, _, _ in bench.sent}, "what keeps the platform in order goes on"
    assert bench.ticks() == []
    bench.clock.advance(600)
    beat.turn()
    assert bench.ticks() == []
    bench.state(scope, "HALT")
    beat.turn()
    kept = bench.database.run(schedules.get("s"))
    assert (kept.dispatched, kept.misfired, kept.last_due_at) == (0, 0, None)
    assert kept.next_due_at == NOW + timedelta(seconds=720)
    bench.clock.advance(60)
    beat.turn()
    assert bench.ticks() == [NOW + timedelta(seconds=720)]
    assert bench.events.read() == [], "nothing was missed"


@pytest.mark.parametrize("scope", ["domain:ads", "bot:other", "strategy:b/s"])
def test_a_shutdown_elsewhere_or_of_one_strategy_lets_the_bot_run(bench: Bench, scope: str) -> None:
    beat = bench.beat()
    beat.turn()
    bench.state(scope, "SHUTDOWN")
    bench.state("platform", "HALT")
    bench.clock.advance(60)
    beat.turn()
    assert len(bench.ticks()) == 1


def test_while_the_broker_is_away_the_tick_stays_due(bench: Bench) -> None:
    beat = bench.beat()
    beat.turn()
    bench.refuses = True
    bench.clock.advance(60)
    with pytest.raises(Unavailable):
        beat.turn()
    assert bench.database.run(schedules.get("s")).dispatched == 0
    beat.step_down()
    bench.refuses = False
    bench.clock.advance(5)
    beat.turn()
    assert bench.ticks() == [NOW + timedelta(seconds=60)]


def test_a_beat_killed_between_sending_and_noting_has_the_same_tick_sent_again(bench: Bench) -> None:
    beat = bench.beat()
    beat.turn()
    bench.clock.advance(60)
    bench.dies = True
    with pytest.raises(SystemExit):
        beat.turn()
    assert bench.ticks() == [NOW + timedelta(seconds=60)]
    beat.step_down()
    bench.dies = False
    bench.beat().turn()
    assert bench.ticks() == [NOW + timedelta(seconds=60)]
    assert bench.database.run(schedules.get("s")).dispatched == 1


@pytest.mark.parametrize(
    "spec",
    [{"kind": "lunar"}, {"kind": "interval", "everyS": 0.1, "jitterS": 3600}],
    ids=["unknown", "jitter"],
)
def test_a_schedule_that_is_refused_now_is_left_out_with_one_alarm(
    bench: Bench, spec: dict[str, Any]
) -> None:
    bench.database.run(schedules.save(id="odd", bot_id="b", spec=IntervalSchedule(every_s=60)))
    with psycopg.connect(libpq_url(bench.url), autocommit=True) as connection:
        stored = (Jsonb(spec), NOW)
        connection.execute("UPDATE schedules SET spec = %s, next_due_at = %s WHERE id = 'odd'", stored)
    beat = bench.beat()
    beat.turn()
    for _ in range(3):
        bench.clock.advance(60)
        beat.turn()
        assert len(bench.ticks()) == 1
    (alarm,) = [event for event in bench.events.read() if event.type == "alarm"]
    assert (alarm.bot_id, alarm.data["schedule"]) == ("b", "odd")
    assert "schedule" in alarm.data["text"]
    assert bench.database.run(schedules.get("odd")).next_due_at is None


def test_maintenance_is_sent_before_ticks_and_between_them(bench: Bench) -> None:
    """A hundred ticks that take 0.3 s each (a slow broker) do not keep what comes every 5 s waiting."""
    for n in range(100):
        bench.database.run(schedules.save(id=f"m{n}", bot_id="b", spec=IntervalSchedule(every_s=60)))
    beat = bench.beat()
    beat.turn()
    bench.sent.clear()
    bench.clock.advance(60)
    bench.send_takes_s = 0.3
    rounds = 0
    began = bench.clock.monotonic()
    while sum(name == RUN_BOT for name, _, _ in bench.sent) < 100:
        before = len(bench.sent)
        beat.turn()
        rounds += 1
        assert len(bench.sent) - before <= 5, "a round is bounded"
        assert rounds < 200
    names = [name for name, _, _ in bench.sent]
    assert names[0] == CLOSE_LOST
    taken_s = bench.clock.monotonic() - began
    assert names.count(CLOSE_LOST) >= int(taken_s / 5)
    behind = [len(part) for part in "".join("c" if name == CLOSE_LOST else "t" for name in names).split("c")]
    assert max(behind) <= 18


def test_a_due_time_that_a_fast_clock_stored_is_planned_anew(bench: Bench) -> None:
    beat = bench.beat()
    bench.clock.step(365 * 86_400)
    beat.turn()
    bench.clock.advance(60)
    beat.turn()
    (early,) = bench.ticks()
    bench.clock.step(-365 * 86_400)
    beat.turn()
    bench.clock.advance(60)
    beat.turn()
    (sent,) = [args for name, args, _ in bench.sent if name == RUN_BOT]
    due = NOW + timedelta(seconds=120)
    # The id says that it is another run than one of the same due time before the clock was set.
    assert sent == ["b", to_ms(due), "schedule", f"b-{to_ms(due)}-{to_ms(early)}"]
    (event,) = [event for event in bench.events.read() if event.data.get("status") == "replanned"]
    assert (event.bot_id, event.data["schedule"], event.data["nextDue"]) == ("b", "s", to_ms(due))
    kept = bench.database.run(schedules.get("s"))
    assert (kept.next_due_at, kept.last_due_at) == (NOW + timedelta(seconds=180), early)


def test_a_clock_set_back_by_an_hour_silences_nothing(bench: Bench) -> None:
    beat = bench.beat()
    beat.turn()
    bench.clock.advance(60)
    beat.turn()
    bench.sent.clear()
    bench.clock.step(-3600)
    for _ in range(24):
        bench.clock.advance(5)
        beat.turn()
    names = [name for name, _, _ in bench.sent]
    assert (names.count(RUN_BOT), names.count(CLOSE_LOST)) == (2, 24)


def test_a_small_step_back_sends_no_tick_twice(bench: Bench) -> None:
    beat = bench.beat()
    beat.turn()
    bench.clock.advance(60.5)
    beat.turn()
    assert bench.ticks() == [NOW + timedelta(seconds=60)]
    bench.clock.step(-2)
    bench.clock.advance(10)
    beat.turn()
    assert bench.ticks() == []
    bench.clock.advance(51.5)
    beat.turn()
    assert bench.ticks() == [NOW + timedelta(seconds=120)]
