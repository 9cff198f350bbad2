"""Celery beat on schedules that live in Postgres: `python -m workers beat -S beat_schedule:PostgresScheduler`.

Several beats may run. One leads by a session lock (`storage.leadership`) and ticks; the others wait for the lock
and have it at the moment the leader dies. Changes to schedules and bots reach the leader by LISTEN/NOTIFY.
Decision: docs/decisions/0030.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery.beat import Scheduler
from loguru import logger

from argosy.bootstrap import Runtime, open_runtime
from argosy.core.clock import Clock, to_ms
from argosy.core.event import Event
from argosy.core.ports import EventBus
from argosy.core.schedule import IntervalSchedule, Schedule, next_after, parse
from argosy.core.ticks import Settled, settle
from argosy.errors import InvalidInput, Unavailable
from argosy.infrastructure.storage import schedules
from argosy.infrastructure.storage.database import Database
from argosy.infrastructure.storage.leadership import Leadership
from argosy.infrastructure.storage.records import ScheduleRecord

RUN_BOT = "argosy.run_bot"
CLOSE_LOST = "argosy.close_lost"
MAINTAIN = "argosy.maintain"
DELIVER_NOTICES = "argosy.deliver_notices"
SETTLE_INTENTS = "argosy.settle_intents"
RECONCILE = "argosy.reconcile"
MARK = "argosy.mark"
SAMPLE_EQUITY = "argosy.sample_equity"
GUARD = "argosy.guard"
QUEUE = "argosy.control"
QUEUES = dict.fromkeys((SETTLE_INTENTS, RECONCILE, MARK), "argosy.io")
"""Tasks that wait for venues, and must not hold up a worker that does one thing at a time."""

_LONGEST_WAIT_S = 1.0
_RELOAD_EVERY_S = 30.0
_BACKOFF_S = (0.2, 5.0)

Send = Callable[[str, list[Any], float], None]
"""Sends a task: name, positional arguments, seconds after which it must not start any more."""


@dataclass(slots=True)
class Planned:
    """A schedule the leader waits for."""

    record: ScheduleRecord
    spec: Schedule
    due: datetime | None


class Beat:
    """The leader's work, without Celery: what is due, send it, note it. `turn` is one round.

    A tick is sent before it is noted: a beat killed in between has its successor send the same tick again, and
    the engine starts one run for one due time, whoever asks and how often.
    """

    def __init__(
        self,
        database: Database,
        leadership: Leadership,
        clock: Clock,
        events: EventBus,
        send: Send,
        maintenance: Mapping[str, float],
    ) -> None:
        self._database = database
        self._leadership = leadership
        self._clock = clock
        self._events = events
        self._send = send
        self._maintenance = {name: IntervalSchedule(every_s=every) for name, every in maintenance.items()}
        self._maintain_at: dict[str, datetime] = {}
        self._planned: dict[str, Planned] = {}
        self._reload_at = 0.0

    @property
    def leads(self) -> bool:
        return self._leadership.leads

    def turn(self) -> None:
        """Waits for leadership, a change or the next due time, at most a second; then does what is due.

        Raises Unavailable when Postgres or the broker is not there; call it again later.
        """
        if not self._leadership.leads:
            if not self._leadership.acquire(_LONGEST_WAIT_S):
                return
            logger.info("beat: leads")
            self._maintain_at = dict.fromkeys(self._maintenance, self._clock.now())
            self._reload_at = 0.0
        changed = self._leadership.changed(self._wait_s())
        if changed or self._clock.monotonic() >= self._reload_at:
            self._load()
        self._fire()
        self._maintain()

    def step_down(self) -> None:
        """Gives up leadership, so that another beat may have it."""
        self._leadership.resign()
        self._planned.clear()

    def _wait_s(self) -> float:
        if not self._reload_at:
            return 0.0
        dues = [each.due for each in self._planned.values() if each.due is not None]
        nearest = min([*dues, *self._maintain_at.values()], default=None)
        if nearest is None:
            return _LONGEST_WAIT_S
        return min(max((nearest - self._clock.now()).total_seconds(), 0.0), _LONGEST_WAIT_S)

    def _load(self) -> None:
        now = self._clock.now()
        planned = {}
        for record in self._database.run(schedules.every()):
            if not (record.enabled and record.bot_running):
                if record.next_due_at is not None:
                    self._database.run(schedules.plan_next(record.id, None))
                continue
            try:
                spec = parse(record.spec)
            except InvalidInput as error:
                logger.error("beat: schedule {} cannot be read and is left out: {}", record.id, error)
                continue
            due = record.next_due_at
            if due is None:
                due = next_after(spec, now, record.id)
                self._database.run(schedules.plan_next(record.id, due))
            planned[record.id] = Planned(record, spec, due)
        self._planned = planned
        self._reload_at = self._clock.monotonic() + _RELOAD_EVERY_S

    def _fire(self) -> None:
        now = self._clock.now()
        due = [each for each in self._planned.values() if each.due is not None and each.due <= now]
        if not due:
            return
        self._leadership.verify()
        stopped = self._database.run(schedules.shut_down({each.record.bot_id for each in due}))
        for each in due:
            self._settle(each, now, stopped=each.record.bot_id in stopped)

    def _settle(self, planned: Planned, now: datetime, *, stopped: bool) -> None:
        """A tick of a bot in SHUTDOWN passes unsent: like one of a paused bot it is not made up for, nor counted."""
        record, due = planned.record, planned.due
        if due is None:
            return
        settled = settle(planned.spec, due, now, record.id)
        if stopped:
            settled = Settled(fire=None, expires_at=None, missed=0, next_due=settled.next_due)
        if settled.fire is not None and settled.expires_at is not None:
            left_s = (settled.expires_at - now).total_seconds()
            self._send(RUN_BOT, [record.bot_id, to_ms(settled.fire)], left_s)
        noted = self._database.run(
            schedules.settle(
                record.id,
                due_at=due,
                next_due_at=settled.next_due,
                fired=settled.fire,
                now=now,
                missed=settled.missed,
            )
        )
        if not noted:
            self._reload_at = 0.0
        elif settled.missed:
            self._tell_missed(record, settled.missed, due, settled.fire, now)
        planned.due = settled.next_due

    def _tell_missed(
        self, record: ScheduleRecord, missed: int, due: datetime, fired: datetime | None, now: datetime
    ) -> None:
        logger.warning("beat: {} missed {} tick(s) of bot {}", record.id, missed, record.bot_id)
        data = {
            "schedule": record.id,
            "status": "misfired",
            "missed": missed,
            "firstDue": to_ms(due),
            "fired": None if fired is None else to_ms(fired),
        }
        try:
            self._events.publish(
                Event(type="schedule", timestamp=to_ms(now), bot_id=record.bot_id, data=data)
            )
        except Exception as error:  # noqa: BLE001 - the count is in Postgres already; ticking goes first
            logger.warning("beat: the event of a missed tick could not be published: {}", error)

    def _maintain(self) -> None:
        now = self._clock.now()
        for name, spec in self._maintenance.items():
            if self._maintain_at[name] <= now:
                self._send(name, [], spec.every_s)
                self._maintain_at[name] = spec.nominal_after(now)


class PostgresScheduler(Scheduler):  # type: ignore[misc]
    """Celery's face of `Beat`. It holds no entries of its own; it waits inside `tick`, on Postgres."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._beat: Beat | None = None
        self._backoff_s = _BACKOFF_S[0]
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """The schedule is in Postgres; the leader reads it."""

    @property
    def info(self) -> str:
        return "    . schedules -> Postgres"

    def tick(self, *_args: Any, **_kwargs: Any) -> float:
        """One round; returns how long Celery may sleep: not at all, or the back-off after an outage."""
        try:
            if self._beat is None:
                self._beat = make_beat(open_runtime())
            self._beat.turn()
        except Unavailable as error:
            if self._beat is not None:
                self._beat.step_down()
            logger.warning("beat: {}; does not lead, tries again in {:.1f} s", error, self._backoff_s)
            wait, self._backoff_s = self._backoff_s, min(self._backoff_s * 2, _BACKOFF_S[1])
            return wait
        self._backoff_s = _BACKOFF_S[0]
        return 0.0

    def close(self) -> None:
        if self._beat is not None:
            self._beat.step_down()
        super().close()


def make_beat(ports: Runtime) -> Beat:
    """The beat of this process, with the maintenance that belongs to the platform itself."""

    def send(name: str, arguments: list[Any], expires_s: float) -> None:
        ports.dispatcher.send(name, arguments, queue=QUEUES.get(name, QUEUE), expires_s=expires_s)

    return Beat(
        ports.database,
        Leadership(ports.endpoints.database_url, channel=schedules.CHANNEL),
        ports.clock,
        ports.events,
        send,
        {
            CLOSE_LOST: timedelta(minutes=1).total_seconds(),
            MAINTAIN: timedelta(hours=1).total_seconds(),
            DELIVER_NOTICES: timedelta(seconds=5).total_seconds(),
            SETTLE_INTENTS: timedelta(seconds=2).total_seconds(),
            MARK: timedelta(seconds=10).total_seconds(),
            RECONCILE: timedelta(seconds=60).total_seconds(),
            SAMPLE_EQUITY: timedelta(seconds=10).total_seconds(),
            GUARD: ports.settings.emergency.guard_interval_s,
        },
    )
