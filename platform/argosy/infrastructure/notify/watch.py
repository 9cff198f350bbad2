"""Watch for conditions without an event: changes in tables, silent processes, a day's end."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from argosy.core.clock import Clock, to_ms
from argosy.infrastructure.notify.summary import key_of, summary, yesterday
from argosy.infrastructure.safety.chain import Break
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.history import daily, progress
from argosy.infrastructure.storage.safety import audit, incidents, notices
from argosy.infrastructure.storage.safety.notices import Draft

_LOOK_BACK = timedelta(days=1)
_KEEP = timedelta(days=30)
_STILL_S = 60.0
_SILENT_S = 30.0
_TELL_AGAIN_S = 3600.0


class ConditionWatch:
    """Watchdog that posts a message for each condition it finds.

    A condition is posted once, however often and wherever rounds run. Each message has the position of its
    source, so two rounds at once post it once. `chain` returns the place where the audit is broken, or None.
    """

    def __init__(
        self,
        database: Database,
        unrecorded: Callable[[], int],
        alive: Callable[[], Collection[str]],
        clock: Clock,
        *,
        chain: Callable[[], Break | None],
        zone: ZoneInfo,
        daily_summary: bool = True,
    ) -> None:
        self._database = database
        self._unrecorded = unrecorded
        self._alive = alive
        self._clock = clock
        self._chain = chain
        self._zone = zone
        self._daily_summary = daily_summary
        self._summarised: date | None = None
        self._missing: dict[str, float] = {}

    def round(self) -> int:
        """Check all conditions; return the number of posted messages. Raises Unavailable."""
        since = self._clock.now() - _LOOK_BACK
        drafts = [
            *self._database.run(incidents.emergencies(since)),
            *self._database.run(incidents.drifts(since)),
            *self._recorder(),
            *self._workers(since),
            *self._audit(),
        ]
        posted = sum(self._database.run(notices.post(draft)) is not None for draft in drafts)
        return posted + self._day()

    def _recorder(self) -> list[Draft]:
        """Return a message if events wait and none was recorded for a minute."""
        now = self._clock.now()
        done = self._database.run(progress.of_stream())
        if done is None or (now - done.updated_at).total_seconds() < _STILL_S:
            return []
        waiting = self._unrecorded()
        if not waiting:
            return []
        return [
            Draft(
                "recorder_still",
                "error",
                "the recorder does not record",
                f"{waiting} events wait, the last was recorded at {done.updated_at:%Y-%m-%d %H:%M:%S} UTC. "
                "`argosy status` shows whether it runs.",
                now,
                _TELL_AGAIN_S,
                position=int(now.timestamp() // _TELL_AGAIN_S),
            )
        ]

    def _audit(self) -> list[Draft]:
        """Return a message if the audit chain is broken."""
        broken, now = self._chain(), self._clock.now()
        if broken is None:
            return []
        return [
            Draft(
                f"audit_broken:{broken.row}",
                "error",
                f"the audit is broken at row {broken.row} ({broken.fault})",
                f"{broken.text}. `argosy audit verify` checks all of it; after a restored backup "
                "`argosy audit anchor` says that this is so.",
                now,
                _TELL_AGAIN_S,
                position=int(now.timestamp() // _TELL_AGAIN_S),
            )
        ]

    def _workers(self, since: datetime) -> list[Draft]:
        """Return a message for each worker that came online, never signed off, and is silent.

        Such a worker was killed, or its machine is gone. The silence must last for 30 seconds. A shorter
        silence also follows a loss of Redis's memory.
        """
        alive = set(self._alive())
        silent = {each.owner: each for each in self._database.run(incidents.online(since))}
        moment = self._clock.monotonic()
        self._missing = {owner: self._missing.get(owner, moment) for owner in silent if owner not in alive}
        return [
            Draft(
                f"worker_lost:{owner}",
                "warning",
                f"worker {silent[owner].name} is lost",
                f"It gives no sign of life any more; it had been online since {silent[owner].at:%Y-%m-%d %H:%M:%S} "
                "UTC. Its work is done by others or by its successor.",
                self._clock.now(),
                notices.ALWAYS_S,
                position=to_ms(silent[owner].at),
            )
            for owner, since_s in self._missing.items()
            if moment - since_s >= _SILENT_S
        ]

    def _day(self) -> int:
        """Post the summary of the finished day once; return 1 if it was posted, else 0.

        A day without any figures has no summary.
        """
        now = self._clock.now()
        day, start, end = yesterday(now, self._zone)
        if self._summarised == day:
            return 0
        posted = 0
        self._database.run(notices.forget(now - _KEEP))
        if self._daily_summary and not self._database.run(notices.exists(key_of(day))):
            figures = self._database.run(daily.figures(start, end))
            if not figures.empty:
                head = self._database.run(audit.head())
                posted = self._database.run(notices.post(summary(day, figures, head, now))) is not None
        self._summarised = day
        return int(posted)
