"""Deliver messages to their receivers at least once, at a limited rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from loguru import logger

from argosy.core.clock import Clock
from argosy.core.event import Event
from argosy.core.ports import EventBus
from argosy.infrastructure.config.sections import NotifySettings
from argosy.infrastructure.notify.messages import GIVEN_UP
from argosy.infrastructure.notify.receivers import Receiver
from argosy.infrastructure.resilience.limits import Charge, Limit, RateLimiter
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.safety import notices
from argosy.infrastructure.storage.safety.notices import LEVELS, Level, NoticeRecord

_MOST = 1_000
_BUDGET_S = 20.0
_LISTED = 20
_BACKOFF_S = (5.0, 900.0)


@dataclass(slots=True)
class DeliveryRound:
    """Numbers of messages by outcome of one round."""

    delivered: int = 0
    folded: int = 0
    failed: int = 0
    given_up: int = 0
    closed: int = 0


class NotificationDispatcher:
    """Dispatcher of messages; several may work at once, because each message is leased to one.

    The messages of a dead dispatcher are sent again after `lease_s` seconds. A receiver that refused one
    message is skipped for the rest of the round. Messages beyond `notify.per_minute` are combined into one
    message, once a minute.
    """

    def __init__(
        self,
        database: Database,
        limiter: RateLimiter,
        receivers: Callable[[], Sequence[Receiver]],
        events: EventBus,
        clock: Clock,
        settings: NotifySettings,
        *,
        lease_s: float = 120.0,
    ) -> None:
        self._database = database
        self._limiter = limiter
        self._receivers = receivers
        self._events = events
        self._clock = clock
        self._settings = settings
        self._lease_s = lease_s
        self._single = Limit("notify", settings.per_minute, 60)
        self._together = Limit("notify-together", 1, 60)
        self._told_faults: set[str] = set()

    def round(self) -> DeliveryRound:
        """Deliver all due messages.

        Raises Unavailable when PostgreSQL or Redis cannot be reached; no message is lost then.
        """
        done = DeliveryRound()
        due = self._database.run(notices.lease(self._clock.now(), limit=_MOST, lease_s=self._lease_s))
        if not due:
            return done
        due = self._without_unwanted(due, done)
        if due:
            receivers = list(self._receivers())
            self._tell_faults(receivers)
            self._deliver(due, receivers, done)
        return done

    def _tell_faults(self, receivers: Sequence[Receiver]) -> None:
        """Publish an alarm for each unusable receiver, once in each process.

        The other receivers deliver the alarm.
        """
        faults = {each.id: each.fault for each in receivers if each.fault is not None}
        for id, fault in faults.items():
            if id not in self._told_faults:
                self._told_faults.add(id)
                self._alarm_of("receiver_unusable", "a receiver of messages is unusable", fault)

    def _without_unwanted(self, due: list[NoticeRecord], done: DeliveryRound) -> list[NoticeRecord]:
        if not self._settings.urls:
            unwanted, why = due, "there is no receiver (notify.urls)"
        else:
            unwanted = [notice for notice in due if notice.level not in self._settings.levels]
            why = "its level is not sent (notify.levels)"
        if unwanted:
            self._database.run(notices.close([notice.id for notice in unwanted], why))
            done.closed = len(unwanted)
        closed = {notice.id for notice in unwanted}
        return [notice for notice in due if notice.id not in closed]

    def _deliver(self, due: list[NoticeRecord], receivers: list[Receiver], done: DeliveryRound) -> None:
        ends = self._clock.monotonic() + _BUDGET_S
        away: dict[str, str] = {}
        rest: list[NoticeRecord] = []
        for notice in due:
            targets = [each for each in receivers if each.id not in notice.delivered_to]
            if all(each.id in away for each in targets):
                self._attempt(
                    notice, targets, away, done
                )  # no receiver is called: only the next time is saved
            elif rest or self._clock.monotonic() > ends or self._limiter.take([Charge(self._single)]) > 0:
                rest.append(notice)
            else:
                self._attempt(notice, targets, away, done)
        if rest:
            self._fold(rest, receivers, away, done, in_time=self._clock.monotonic() <= ends)

    def _attempt(
        self, notice: NoticeRecord, targets: list[Receiver], away: dict[str, str], done: DeliveryRound
    ) -> None:
        repeated = self._database.run(notices.unmentioned_repeats(notice.key))
        count = sum(repeats - told for repeats, told in repeated.values())
        body = notice.body if not count else f"{notice.body}\n(and {count} more like it)".lstrip()
        taken, errors = self._send(targets, notice.title, body, notice.level, away)
        told = {id: repeats for id, (repeats, _) in repeated.items()} if taken else {}
        self._settle(notice, taken, errors, done, told=told)

    def _fold(
        self,
        rest: list[NoticeRecord],
        receivers: list[Receiver],
        away: dict[str, str],
        done: DeliveryRound,
        *,
        in_time: bool,
    ) -> None:
        """Send one message for all messages that no receiver has had yet.

        Partly delivered messages wait for a round of their own.
        """
        fresh = [notice for notice in rest if not notice.delivered_to]
        if in_time and fresh and self._limiter.take([Charge(self._together)]) == 0:
            title, body, level = together(fresh)
            taken, errors = self._send(receivers, title, body, level, away)
            for notice in fresh:
                self._settle(notice, taken, errors, done, folded=True)
            rest = [notice for notice in rest if notice.delivered_to]
        if rest:
            soon = self._clock.now() + timedelta(seconds=2)
            self._database.run(notices.release([notice.id for notice in rest], soon))

    def _send(
        self, targets: list[Receiver], title: str, body: str, level: Level, away: dict[str, str]
    ) -> tuple[list[str], list[str]]:
        """Return the ids of receivers that took the message, and the errors of the others.

        A receiver that refused is added to `away`.
        """
        taken, errors = [], []
        for receiver in targets:
            error = away.get(receiver.id) or receiver.send(f"[Argosy] {title}", body or title, level)
            if error is None:
                taken.append(receiver.id)
            else:
                away[receiver.id] = error
                errors.append(f"receiver {receiver.label}: {error}")
        return taken, errors

    def _settle(
        self,
        notice: NoticeRecord,
        taken: list[str],
        errors: list[str],
        done: DeliveryRound,
        *,
        folded: bool = False,
        told: dict[int, int] | None = None,
    ) -> None:
        now = self._clock.now()
        late = now - notice.created_at >= timedelta(hours=self._settings.give_up_h)
        given_up = bool(errors) and late and notice.attempts > 1
        self._database.run(
            notices.settle(
                notice.id,
                delivered_to=[*notice.delivered_to, *taken],
                delivered_at=None if errors else now,
                next_at=now + backoff(notice.attempts),
                error="; ".join(errors) or None,
                given_up=given_up,
                folded=folded and not errors,
                told=told,
            )
        )
        if given_up:
            done.given_up += 1
            self._alarm(notice, errors)
        elif errors:
            done.failed += 1
            logger.warning("notice {} is not delivered yet: {}", notice.id, "; ".join(errors))
        elif folded:
            done.folded += 1
        else:
            done.delivered += 1

    def _alarm(self, notice: NoticeRecord, errors: list[str]) -> None:
        logger.error("notice {} expired without delivery: {}", notice.id, "; ".join(errors))
        title = f"a message could not be delivered: {notice.title}"
        self._alarm_of(GIVEN_UP, title, "; ".join(errors), notice=notice.id)

    def _alarm_of(self, code: str, title: str, message: str, **more: int) -> None:
        data = {"code": code, "level": "error", "title": title, "message": message, **more}
        self._events.publish(Event(type="alarm", timestamp=self._clock.now_ms(), data=data))


def backoff(attempts: int) -> timedelta:
    """Return the wait before the next attempt: 5 s, 10 s, 20 s, … up to 15 minutes."""
    first, longest = _BACKOFF_S
    return timedelta(seconds=min(first * 2.0 ** min(attempts - 1, 20), longest))


def together(several: Sequence[NoticeRecord]) -> tuple[str, str, Level]:
    """Return (title, body, level) of one message for several.

    The level is the gravest one. The body lists the first titles and the number of the others.
    """
    if len(several) == 1:
        return several[0].title, several[0].body, several[0].level
    counts = Counter(notice.level for notice in several)
    words = ", ".join(f"{counts[level]} {level}" for level in reversed(LEVELS) if counts[level])
    lines = [f"{notice.created_at:%H:%M:%S} {notice.level}: {notice.title}" for notice in several[:_LISTED]]
    if len(several) > _LISTED:
        lines.append(f"… and {len(several) - _LISTED} more; `argosy notify list` shows them")
    return f"{len(several)} messages ({words})", "\n".join(lines), several[0].level
