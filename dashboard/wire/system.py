"""How the platform itself is doing."""

from __future__ import annotations

from typing import Literal

from dashboard.wire.base import Instant, View

EmergencyName = Literal["NORMAL", "ALERT", "HALT", "SHUTDOWN"]


class EmergencyState(View):
    """The platform's own flag, from Redis alone; HALT with a reason, and not `known`, when it cannot be read."""

    known: bool
    scope: str
    state: EmergencyName
    epoch: int
    reason: str


class WorkerStatus(View):
    """`status` is online, or lost when it said nothing for a while.

    `problems` says in sentences what is wrong: another version or other node types than most workers have, a node that
    holds it past its time limit, no heartbeat though its process exists.
    """

    name: str
    queues: list[str]
    pid: int | None
    last_seen: Instant | None
    status: Literal["online", "offline", "lost"]
    host: str | None = None
    version: str | None = None
    problems: list[str] = []


class RecorderStatus(View):
    """`lag_events` is how many published events are not in Postgres yet; null when unknown."""

    lag_events: int | None
    last_seq: str | None


class EventsStatus(View):
    first_seq: str | None
    last_seq: str | None


class BeatStatus(View):
    """`known` false: Postgres does not say who leads."""

    known: bool
    leader: str | None
    last_tick: Instant | None


class SystemUrls(View):
    flower: str | None


class SystemStatus(View):
    """`now` is the server's time. `silent` names the servers that do not answer: what comes from them is null."""

    version: str
    profile: str
    started_at: Instant
    now: Instant
    silent: list[Literal["redis", "postgres"]]
    emergency: EmergencyState
    workers: list[WorkerStatus] | None
    recorder: RecorderStatus
    events: EventsStatus
    beat: BeatStatus
    urls: SystemUrls


class Health(View):
    """`reasons` names what does not answer or is missing, so that no run can happen; empty when all is there."""

    status: Literal["ok", "unavailable"]
    reasons: list[str]
