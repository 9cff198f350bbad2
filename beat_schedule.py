"""Celery beat on schedules in PostgreSQL.

Run as `python -m workers beat -S beat_schedule:PostgresScheduler`. Several beats may run. One leads by a
session lock (`storage.leadership`) and sends ticks. The others wait for the lock, and one gets it as soon as
the leader dies. Changes to schedules and bots reach the leader by LISTEN/NOTIFY. Decision:
docs/decisions/0030.
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
from argosy.core.event import Event, EventType
from argosy.core.ports import EventBus
from argosy.core.schedule.repeating import RepeatingTimers
from argosy.core.schedule.schedule import Schedule, next_after, parse
from argosy.core.schedule.ticks import Settled, settle
from argosy.errors import InvalidInput, Unavailable
from argosy.infrastructure.storage.catalog import schedules
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.engine.leadership import Leadership
from argosy.infrastructure.storage.records import ScheduleRecord

RUN_BOT = "argosy.run_bot"
CLOSE_LOST = "argosy.close_lost"
MAINTAIN = "argosy.maintain"
DELIVER_NOTICES = "argosy.deliver_notices"
SETTLE_INTENTS = "argosy.settle_intents"
RECONCILE = "argosy.reconcile"
MARK = "argosy.mark"
SAMPLE_EQUITY = "argosy.sample_equity"
CHECK_LEDGER = "argosy.check_ledger"
GUARD = "argosy.guard"
QUEUE = "argosy.control"
QUEUES = dict.fromkeys((SETTLE_INTENTS, RECONCILE, MARK, CHECK_LEDGER), "argosy.venue")
"""Queue of each task that waits for venues.

Workers with threads take these tasks in turn with nodes, however many nodes wait.
"""

_LONGEST_WAIT_S = 1.0
_LONGEST_ROUND_S = 0.5
_RELOAD_EVERY_S = 30.0
_CLOCK_STEP = timedelta(seconds=1)
_BACKOFF_S = (0.2, 5.0)

Send = Callable[[str, list[Any], float], None]
"""Callback that sends a task: name, positional arguments, seconds until the task expires."""


@dataclass(slots=True)
class Planned:
    """A schedule of the leader with its next due time.

    `newest` is the latest due time that was ever sent.
    """

    record: ScheduleRecord
    spec: Schedule
    due: datetime | None
    newest: datetime | None


class Beat:
    """Work of the leading beat, without Celery: find due ticks, send them, note them.

    A tick is sent before it is noted. If beat is killed in between, its successor sends the same tick again.
    The engine starts one run for one due time, however often the tick arrives.

    Maintenance follows the monotonic clock and comes before ticks. So it runs on time however many ticks are
    due, and whatever happens to the wall clock.
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
        self._timers = RepeatingTimers(maintenance)
        self._planned: dict[str, Planned] = {}
        self._parsed: dict[str, tuple[object, Schedule | None]] = {}
        self._reload_at = 0.0
        self._wall_began: datetime | None = None

    @property
    def leads(self) -> bool:
        return self._leadership.leads

    def turn(self) -> None:
        """Run one round: wait at most a second, then send everything due.

        The wait ends with leadership, a change, or the next due time. Raises Unavailable when PostgreSQL or
        the broker cannot be reached; call it again later.
        """
        if not self._leadership.leads:
            if not self._leadership.acquire(_LONGEST_WAIT_S):
                return
            logger.info("beat: leads")
            self._timers.restart()
            self._reload_at = 0.0
        changed = self._leadership.changed(self._wait_s())
        self._maintain()
        if changed or self._clock_was_set() or self._clock.monotonic() >= self._reload_at:
            self._load()
        self._fire()

    def step_down(self) -> None:
        """Resign leadership, so that another beat can lead."""
        self._leadership.resign()
        self._planned.clear()

    def _wait_s(self) -> float:
        if not self._reload_at:
            return 0.0
        wait_s = self._timers.wait_s(self._clock.monotonic(), _LONGEST_WAIT_S)
        dues = [each.due for each in self._planned.values() if each.due is not None]
        if not dues:
            return wait_s
        return min(max((min(dues) - self._clock.now()).total_seconds(), 0.0), wait_s)

    def _clock_was_set(self) -> bool:
        """Return True if the wall clock moved against the monotonic one since the last round."""
        began = self._clock.now() - timedelta(seconds=self._clock.monotonic())
        before, self._wall_began = self._wall_began, began
        if before is None or abs(began - before) < _CLOCK_STEP:
            return False
        logger.warning("beat: the clock was set by {:+.1f} s", (began - before).total_seconds())
        return True

    def _load(self) -> None:
        planned = {}
        for record in self._database.run(schedules.every()):
            self._maintain()
            spec = self._spec(record) if record.enabled and record.bot_running else None
            if spec is None:
                if record.next_due_at is not None:
                    self._database.run(schedules.plan_next(record.id, None))
                continue
            due = self._plan(record, spec)
            if due != record.next_due_at:
                self._database.run(schedules.plan_next(record.id, due))
            planned[record.id] = Planned(record, spec, due, getattr(record, "last_due_at", None))
        self._planned = planned
        self._reload_at = self._clock.monotonic() + _RELOAD_EVERY_S

    def _spec(self, record: ScheduleRecord) -> Schedule | None:
        """Return the schedule, or None if it cannot be read.

        An unreadable schedule is left out with one alarm; the other schedules continue.
        """
        kept = self._parsed.get(record.id)
        if kept is not None and kept[0] == record.spec:
            return kept[1]
        spec: Schedule | None = None
        try:
            spec = parse(record.spec)
        except InvalidInput as error:
            logger.error("beat: schedule {} of bot {} is left out: {}", record.id, record.bot_id, error)
            self._publish(
                record.bot_id,
                "alarm",
                {
                    "code": "schedule_invalid",
                    "title": f"schedule {record.id} is left out: the bot does not tick by it",
                    "text": str(error),
                    "level": "error",
                    "schedule": record.id,
                },
            )
        self._parsed[record.id] = (record.spec, spec)
        return spec

    def _plan(self, record: ScheduleRecord, spec: Schedule) -> datetime | None:
        """Return the next due time.

        This is the stored time, unless a wrong clock has put it too far ahead.
        """
        now = self._clock.now()
        following = next_after(spec, now, record.id)
        due = record.next_due_at
        if due is None or following is None:
            return following
        newest = getattr(record, "last_due_at", None)
        # One tick further is right if the tick in between was sent before the clock was set back a little.
        was_sent = newest is not None and newest >= following
        if due <= following or (was_sent and due == next_after(spec, following, record.id)):
            return due
        logger.warning(
            "beat: {} of bot {} waited for {}, which its spec does not allow at {}: planned for {}",
            record.id, record.bot_id, due, now, following,
        )  # fmt: skip
        data = {"schedule": record.id, "status": "replanned", "was": to_ms(due), "nextDue": to_ms(following)}
        self._publish(record.bot_id, "schedule", data)
        return following

    def _fire(self) -> None:
        """Send due ticks, the oldest first, for a limited time; the next round sends the rest."""
        now = self._clock.now()
        due = [each for each in self._planned.values() if each.due is not None and each.due <= now]
        if not due:
            return
        due.sort(key=lambda each: each.due or now)
        self._leadership.verify()
        stopped = self._database.run(schedules.shut_down({each.record.bot_id for each in due}))
        ends = self._clock.monotonic() + _LONGEST_ROUND_S
        for each in due:
            self._settle(each, now, stopped=each.record.bot_id in stopped)
            self._maintain()
            if self._clock.monotonic() >= ends:
                logger.debug("beat: more ticks are due than fit one round")
                return

    def _settle(self, planned: Planned, now: datetime, *, stopped: bool) -> None:
        """Send and note one tick.

        A tick of a bot in SHUTDOWN is not sent, like that of a paused bot. Such a tick is neither made up for
        nor counted as missed.
        """
        record, due = planned.record, planned.due
        if due is None:
            return
        settled = settle(planned.spec, due, now, record.id)
        if stopped:
            settled = Settled(fire=None, expires_at=None, missed=0, next_due=settled.next_due)
        if settled.fire is not None and settled.expires_at is not None:
            left_s = (settled.expires_at - now).total_seconds()
            self._send(RUN_BOT, _arguments(record.bot_id, settled.fire, planned.newest), left_s)
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
            self._tell_missed(record, settled, due, now)
        planned.due = settled.next_due
        planned.newest = max(filter(None, (planned.newest, settled.fire)), default=None)

    def _tell_missed(self, record: ScheduleRecord, settled: Settled, due: datetime, now: datetime) -> None:
        count = settled.missed if settled.exact else f"at least {settled.missed}"
        logger.warning("beat: {} missed {} tick(s) of bot {}", record.id, count, record.bot_id)
        data = {
            "schedule": record.id,
            "status": "misfired",
            "missed": settled.missed,
            "exact": settled.exact,
            "firstDue": to_ms(due),
            "fired": None if settled.fire is None else to_ms(settled.fire),
        }
        self._publish(record.bot_id, "schedule", data)

    def _publish(self, bot_id: str, type: EventType, data: dict[str, Any]) -> None:
        try:
            self._events.publish(
                Event(type=type, timestamp=to_ms(self._clock.now()), bot_id=bot_id, data=data)
            )
        except Exception as error:  # noqa: BLE001 - the log has it; ticking goes first
            logger.warning("beat: an event of bot {} could not be published: {}", bot_id, error)

    def _maintain(self) -> None:
        for name, every_s in self._timers.take_due(self._clock.monotonic()):
            self._send(name, [], every_s)


def _arguments(bot_id: str, due: datetime, newest: datetime | None) -> list[Any]:
    """Return the arguments of the message for a tick.

    A due time that repeats after the clock was set back gets a run of its own.
    """
    if newest is None or due > newest:
        return [bot_id, to_ms(due)]
    return [bot_id, to_ms(due), "schedule", f"{bot_id}-{to_ms(due)}-{to_ms(newest)}"]


class PostgresScheduler(Scheduler):  # type: ignore[misc]
    """Celery's scheduler around `Beat`.

    It has no entries of its own, and waits for PostgreSQL inside `tick`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._beat: Beat | None = None
        self._backoff_s = _BACKOFF_S[0]
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """Do nothing: the schedule is in PostgreSQL, and the leader reads it."""

    @property
    def info(self) -> str:
        return "    . schedules -> Postgres"

    def tick(self, *_args: Any, **_kwargs: Any) -> float:
        """Run one round; return Celery's sleep in seconds: 0, or the back-off after an outage."""
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
    """Return the beat of this process with the platform's own maintenance tasks."""

    def send(name: str, arguments: list[Any], expires_s: float) -> None:
        queue = QUEUES.get(name, QUEUE)
        # Not urgent in queues of nodes: their first message shows the guard whether workers take any.
        urgent = queue == QUEUE and name != RUN_BOT
        ports.dispatcher.send(name, arguments, queue=queue, expires_s=expires_s, urgent=urgent)

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
            CHECK_LEDGER: timedelta(hours=1).total_seconds(),
            GUARD: ports.settings.emergency.guard_interval_s,
        },
    )
