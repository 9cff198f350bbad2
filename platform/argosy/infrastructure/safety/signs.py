"""Turn the health of bots, recorder and queues into signals that escalate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from argosy.core.clock import MOST_AHEAD_S
from argosy.core.safety.emergency import EmergencyState
from argosy.core.safety.escalation import WARNING, Signal, grade_signal
from argosy.core.scope import PLATFORM_SCOPE, bot_scope
from argosy.infrastructure.config.sections import EmergencySettings
from argosy.infrastructure.storage.safety.health_signals import Vitals

_WATCHED_GAP = 5
"""Missed rounds after which quiet time is unknown."""


@dataclass(frozen=True, slots=True)
class PipelineHealth:
    """Health of recorder and queues, as read from Redis and PostgreSQL.

    `waiting`: number of events that are not recorded yet.
    `recorded`: the last recorded event.
    `heads`: the first message of each queue, as a digest.
    """

    waiting: int
    recorded: str
    heads: Mapping[str, str]


@dataclass(slots=True)
class GuardState:
    """Memory of the guard between rounds; times are Unix ms.

    `looked_ms`: the last round.
    `since_ms`: the start of rounds without a gap.
    `recorded_ms` and `heads`: the last progress of the recorder and of each queue.
    """

    looked_ms: int = 0
    since_ms: int = 0
    recorded: str = ""
    recorded_ms: int = 0
    heads: dict[str, tuple[str, int]] = field(default_factory=dict)

    def watched(self, now_ms: int, interval_s: float) -> bool:
        """Return True if the last round is recent enough to know the time since then."""
        return 0 <= now_ms - self.looked_ms <= interval_s * _WATCHED_GAP * 1000

    def saw(self, plumbing: PipelineHealth, now_ms: int, settings: EmergencySettings) -> GuardState:
        """Return the memory after a round with the present `plumbing`.

        All times start anew after a gap longer than both `guard_lost_s` and five intervals. They also start
        anew after a clock was set back. After such a gap, stalled parts may move again and get their full
        time.
        """
        longest_s = max(settings.guard_lost_s, settings.guard_interval_s * _WATCHED_GAP)
        gap = not 0 <= now_ms - self.looked_ms <= longest_s * 1000
        moved = gap or not plumbing.waiting or plumbing.recorded != self.recorded
        heads = {}
        for queue, head in plumbing.heads.items():
            known, since = self.heads.get(queue, ("", now_ms))
            if head:
                heads[queue] = (head, since if head == known and not gap else now_ms)
        return GuardState(
            looked_ms=now_ms,
            since_ms=now_ms if gap else self.since_ms,
            recorded=plumbing.recorded,
            recorded_ms=now_ms if moved else self.recorded_ms,
            heads=heads,
        )

    @property
    def watched_s(self) -> Decimal:
        """Seconds of rounds without a gap."""
        return Decimal(self.looked_ms - self.since_ms) / 1000

    def to_json(self) -> dict[str, Any]:
        return {
            "looked": self.looked_ms,
            "since": self.since_ms,
            "recorded": self.recorded,
            "recordedAt": self.recorded_ms,
            "heads": {queue: list(head) for queue, head in self.heads.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> GuardState:
        heads = {str(queue): (str(head), int(since)) for queue, (head, since) in value["heads"].items()}
        moments = (int(value[name]) for name in ("looked", "since", "recordedAt"))
        looked_ms, since_ms, recorded_ms = moments
        return cls(looked_ms, since_ms, str(value["recorded"]), recorded_ms, heads)


def bot_signals(
    vitals: Vitals, now: datetime, settings: EmergencySettings, watched_s: Decimal
) -> list[Signal]:
    """Return the signals of bots: unknown actions, drift, rejections and stale prices.

    No cause counts as older than `watched_s`: time before the guard's rounds without a gap does not count. A
    time ahead of the clock, from a clock that was set back since, counts as `watched_s` old.
    """

    def lasted(since: datetime) -> Decimal:
        age = _age(now, since)
        return watched_s if age < -MOST_AHEAD_S else min(age, watched_s)

    found = []
    for bot, since in vitals.unknown.items():
        text = f"the outcome of an action has been unknown since {since:%H:%M:%S} UTC"
        found.append(_lasting(bot, "unknown_action", lasted(since), settings.unknown_s, text))
    for bot, since in vitals.drifting.items():
        text = f"Argosy's record differs from the venue's, since {since:%H:%M:%S} UTC"
        found.append(_lasting(bot, "drift", lasted(since), settings.drift_s, text))
    for bot, (sent, rejected) in vitals.sent.items():
        if sent >= settings.rejection_minimum:
            share = Decimal(rejected) / sent
            text = f"venues rejected {rejected} of {sent} actions in {settings.rejection_window_s:g} s"
            limit = Decimal(str(settings.rejection_share))
            found.append(grade_signal(bot_scope(bot), "rejections", share, limit, text))
    for price in vitals.prices:
        age = _age(now, price.at)
        asset = f"{price.venue} {price.symbol}"
        text = f"the price of {asset} is {age:.0f} s old"
        if age < -MOST_AHEAD_S:
            text = f"the price of {asset} is dated {-age:.0f} s ahead of the clock, and no newer one came"
        elif not price.known:
            text = f"{asset} has had no price in {age:.0f} s"
        limit = Decimal(str(settings.stale_data_s))
        found.append(grade_signal(bot_scope(price.bot), "stale_data", lasted(price.at), limit, text))
    return found


def plumbing_signals(memory: GuardState, now_ms: int, settings: EmergencySettings) -> list[Signal]:
    silent = Decimal(now_ms - memory.recorded_ms) / 1000
    found = [
        grade_signal(
            PLATFORM_SCOPE,
            "heartbeat.recorder",
            silent,
            Decimal(str(settings.recorder_lost_s)),
            f"nothing was recorded for {silent:.0f} s, and events wait",
        )
    ]
    for queue, (_, since) in memory.heads.items():
        waiting = Decimal(now_ms - since) / 1000
        found.append(
            grade_signal(
                PLATFORM_SCOPE,
                "heartbeat.workers",
                waiting,
                Decimal(str(settings.queue_lost_s)),
                f"nobody has taken the first message of {queue} for {waiting:.0f} s",
                worst=EmergencyState.ALERT,
            )
        )
    return found


def _lasting(bot: str, cause: str, age: Decimal, limit_s: float, text: str) -> Signal:
    """Return a signal that starts as ALERT and becomes HALT when it lasts for `limit_s` seconds."""
    limit = Decimal(str(limit_s))
    return grade_signal(bot_scope(bot), cause, max(age, WARNING * limit), limit, text)


def _age(now: datetime, since: datetime) -> Decimal:
    return Decimal(str((now - since).total_seconds()))
