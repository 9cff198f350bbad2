"""Run the guard's round: compare flags, announce and enforce changes, escalate, end ALERTs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Protocol, cast

import orjson
from loguru import logger
from redis.exceptions import RedisError

from argosy.core.clock import Clock, from_ms
from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.safety.escalation import ScopeState, Signal, escalate, risk_signals
from argosy.errors import ArgosyError, Unavailable
from argosy.infrastructure import redis as connections
from argosy.infrastructure.config.sections import EmergencySettings
from argosy.infrastructure.safety.service import EmergencyService
from argosy.infrastructure.safety.signs import GuardState, PipelineHealth, bot_signals, plumbing_signals
from argosy.infrastructure.storage.actions import decision_context
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.history import progress
from argosy.infrastructure.storage.safety import emergency, health_signals, limits

GUARD = Actor(id="guard")
WATCHED_QUEUES = ("argosy.quick", "argosy.io")
_KEY = f"{connections.PREFIX}guard"
_MISSED_KEY = f"{connections.PREFIX}guard:missed"
_MESSAGE_HEAD = 4096


class FlagSource(Protocol):
    """Source of all emergency flags in Redis."""

    def every(self) -> list[EmergencyFlag]: ...


class Watchdog:
    """Watchdog of the platform.

    `waiting` returns the number of events that the recorder has not recorded. `enforce` receives, in every
    round, the epoch of each change that is not enforced yet. Daily losses count by days that end in `zone`.
    """

    def __init__(
        self,
        database: Database,
        desk: EmergencyService,
        flags: FlagSource,
        redis_url: str,
        clock: Clock,
        settings: EmergencySettings,
        *,
        waiting: Callable[[], int],
        enforce: Callable[[int], None],
        zone: tzinfo = UTC,
    ) -> None:
        self._database = database
        self._desk = desk
        self._flags = flags
        self._redis_url = redis_url
        self._clock = clock
        self._settings = settings
        self._waiting = waiting
        self._enforce = enforce
        self._zone = zone

    def round(self) -> None:
        """Check everything once; two rounds at once are safe. Raises Unavailable."""
        self._desk.stop_if_behind()  # before `agree`, which would remove the evidence
        repaired = self._desk.agree(self._flags.every())
        if repaired:
            logger.warning("{} emergency flags put right in Redis", repaired)
        due = self._database.run(emergency.due())
        self._desk.announce([change for change in due if not change.announced])
        for change in due:
            if change.enforced_at is None:
                self._enforce(change.epoch)
        now_ms = self._clock.now_ms()
        before = self._remembered()
        memory = before.saw(self._plumbing(), now_ms, self._settings)
        signals = [*plumbing_signals(memory, now_ms, self._settings), *self._of_bots(memory)]
        self._act(signals, watched=before.watched(now_ms, self._settings.guard_interval_s))
        self._remember(memory)

    def lost(self) -> bool:
        """Return True if the guard has not run a round for `guard_lost_s` seconds.

        The quiet time is summed from call to call, at most a quarter of the limit for each call. So a clock
        that is set does not make a working guard count as lost. Raises Unavailable.
        """
        looked_ms, now_ms = self._remembered().looked_ms, self._clock.now_ms()
        limit_ms = int(self._settings.guard_lost_s * 1000)
        missed = self._missed()
        quiet_ms = 0
        if missed is not None and missed[0] == looked_ms:
            quiet_ms = missed[1] + min(max(now_ms - missed[2], 0), limit_ms // 4)
        try:
            client = connections.client(self._redis_url, hasty=True)
            client.set(_MISSED_KEY, orjson.dumps([looked_ms, quiet_ms, now_ms]))
        except RedisError as error:
            raise Unavailable("the absence of the guard cannot be stored", found=str(error)) from error
        return quiet_ms > limit_ms

    def raise_alarm(self) -> None:
        """Set the platform to ALERT because the guard is lost; the guard's next round may end it."""
        self._desk.change(
            "platform",
            EmergencyState.ALERT,
            actor=Actor(id="keeper"),
            reason=f"the guard has not looked for {self._settings.guard_lost_s:g} s",
            automatic=True,
            cause="heartbeat.guard",
        )

    def _of_bots(self, memory: GuardState) -> list[Signal]:
        now = self._clock.now()
        found = self._database.run(health_signals.read(now, window_s=self._settings.rejection_window_s))
        signals = bot_signals(found, now, self._settings, memory.watched_s)
        constraints = self._database.run(limits.every())
        if constraints:
            for mode in sorted({of[1] for of in found.bots.values()}):
                snapshot = self._database.run(decision_context.snapshot(mode, now, self._zone))
                signals += risk_signals(constraints, snapshot, found.bots, mode)
        return signals

    def _act(self, signals: Sequence[Signal], *, watched: bool) -> None:
        now = self._clock.now()
        standings = {
            record.scope: ScopeState(EmergencyState[record.state], record.automatic, record.clears_at)
            for record in self._database.run(emergency.every())
        }
        found = escalate(signals, standings, now, watched=watched)
        until = from_ms(self._clock.now_ms() + int(self._settings.alert_cooldown_s * 1000))
        self._database.run(emergency.shorten(until))
        self._database.run(emergency.postpone(found.unquiet, until))
        for scope in found.over:
            self._desk.clear(scope)
        for move in found.moves:
            try:
                self._desk.change(
                    move.scope, move.state, actor=GUARD, reason=move.reason, automatic=True, cause=move.cause
                )
            except Unavailable:
                raise
            except ArgosyError as error:
                logger.error("{} should be {} ({}): {}", move.scope, move.state.name, move.cause, error)

    def _plumbing(self) -> PipelineHealth:
        done = self._database.run(progress.of_stream())
        try:
            client = connections.client(self._redis_url, hasty=True)
            heads = {queue: cast("bytes | None", client.lindex(queue, -1)) or b"" for queue in WATCHED_QUEUES}
        except RedisError as error:
            raise Unavailable("the queues cannot be read", found=str(error)) from error
        return PipelineHealth(
            waiting=self._waiting(),
            recorded="" if done is None else done.last_seq,
            heads={
                queue: hashlib.sha256(head[:_MESSAGE_HEAD]).hexdigest()[:16] if head else ""
                for queue, head in heads.items()
            },
        )

    def _remembered(self) -> GuardState:
        """Return the memory of the last round, empty if it is missing or unreadable.

        With an empty memory no quiet time is known.
        """
        try:
            raw = cast("bytes | None", connections.client(self._redis_url, hasty=True).get(_KEY))
        except RedisError as error:
            raise Unavailable("the guard's stored state cannot be read", found=str(error)) from error
        if raw is None:
            return GuardState()
        try:
            return GuardState.from_json(orjson.loads(raw))
        except (ValueError, KeyError, TypeError):
            return GuardState()

    def _missed(self) -> tuple[int, int, int] | None:
        """Return the state of the last `lost` call, or None.

        The three values, in ms: time of the last round, its quiet time so far, time of the call.
        """
        try:
            raw = cast("bytes | None", connections.client(self._redis_url, hasty=True).get(_MISSED_KEY))
        except RedisError as error:
            raise Unavailable(
                "the time since the guard is missing cannot be read", found=str(error)
            ) from error
        try:
            looked_ms, quiet_ms, asked_ms = orjson.loads(raw or b"")
            return int(looked_ms), int(quiet_ms), int(asked_ms)
        except (ValueError, TypeError):
            return None

    def _remember(self, memory: GuardState) -> None:
        try:
            connections.client(self._redis_url, hasty=True).set(_KEY, orjson.dumps(memory.to_json()))
        except RedisError as error:
            raise Unavailable("the guard's state cannot be stored", found=str(error)) from error
