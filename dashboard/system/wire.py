"""Status of the platform itself."""

from __future__ import annotations

from typing import Literal

from dashboard.wire import Instant, View

EmergencyName = Literal["NORMAL", "ALERT", "HALT", "SHUTDOWN"]


class PlatformEmergency(View):
    """The platform's own flag, from Redis alone.

    When it cannot be read, it is HALT with a reason, and `known` is false.
    """

    known: bool
    scope: str
    state: EmergencyName
    epoch: int
    reason: str


class WorkerStatus(View):
    """A worker process. `status` is lost after a while without a heartbeat.

    `problems` are sentences: a version or node types unlike most workers', a node past its time limit, or a
    process without heartbeat.
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
    """Progress of the recorder.

    `lag_events` counts published events that are not in Postgres yet; null when unknown.
    """

    lag_events: int | None
    last_seq: str | None


class EventsStatus(View):
    first_seq: str | None
    last_seq: str | None


class BeatStatus(View):
    """The leading beat. `known` is false while Postgres does not answer."""

    known: bool
    leader: str | None
    last_tick: Instant | None


class SystemUrls(View):
    flower: str | None


class SystemStatus(View):
    """Status of the platform. `now` is the server's time.

    `silent` names the servers that do not answer; values that come from them are null.
    """

    version: str
    profile: str
    started_at: Instant
    now: Instant
    silent: list[Literal["redis", "postgres"]]
    emergency: PlatformEmergency
    workers: list[WorkerStatus] | None
    recorder: RecorderStatus
    events: EventsStatus
    beat: BeatStatus
    urls: SystemUrls


class Health(View):
    """Health of the platform.

    `reasons` names every part that does not answer or is missing, so that no run can happen. It is empty when
    all is well.
    """

    status: Literal["ok", "unavailable"]
    reasons: list[str]


class FigureView(View):
    """Figure on the cards of a domain's bots; `metric` is its name among their metrics."""

    metric: str
    title: str
    unit: str


class DomainView(View):
    """Domain with its look. `icon` is a name of lucide.dev's icons, "" for none."""

    name: str
    title: str
    icon: str
    figures: list[FigureView]


class DomainList(View):
    items: list[DomainView]
