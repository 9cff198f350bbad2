"""Prometheus metrics at `/metrics`. Counters start at zero with this process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from argosy.core.event import Event

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_FINAL_NODE = frozenset({"success", "failed", "skipped", "cancelled"})

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Meters:
    """Metrics of one app; a registry of its own lets several apps share a process."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._events = Counter("argosy_events", "Events read from the stream.", ["type"], registry=registry)
        self._runs = Counter("argosy_runs", "Finished runs.", ["bot", "status"], registry=registry)
        self._nodes = Histogram(
            "argosy_node_seconds",
            "Execution time of nodes.",
            ["type", "status"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._queues = Gauge(
            "argosy_queue_length", "Messages that wait in a queue.", ["queue"], registry=registry
        )
        self._lag = Gauge(
            "argosy_recorder_lag_events", "Events published and not in Postgres.", registry=registry
        )
        self._clients = Gauge("argosy_ws_clients", "Open live sockets.", registry=registry)
        self._sent = Counter("argosy_ws_events_sent", "Events sent to sockets.", registry=registry)
        self._coalesced = Counter(
            "argosy_ws_events_coalesced",
            "Events replaced by a newer state of the same node for a slow client, who was told.",
            registry=registry,
        )
        self._resets = Counter(
            "argosy_ws_resets", "Fresh snapshots after missed events.", ["reason"], registry=registry
        )
        self._dropped = Counter(
            "argosy_ws_events_dropped",
            "Events that a client read too slowly to be sent; it was told and given a fresh snapshot.",
            registry=registry,
        )
        self._up = Gauge(
            "argosy_up", "Whether a server answered the last time.", ["server"], registry=registry
        )

    def observe(self, event: Event) -> None:
        self._events.labels(event.type).inc()
        if event.type == "node_execution":
            status = str(event.data.get("status"))
            took = event.data.get("executionTimeMs")
            if status in _FINAL_NODE and isinstance(took, int | float):
                self._nodes.labels(str(event.data.get("type")), status).observe(took / 1000)
        elif event.type == "run_finished":
            self._runs.labels(event.bot_id or "", str(event.data.get("status"))).inc()

    def clients(self, count: int) -> None:
        self._clients.set(count)

    def sent(self, count: int) -> None:
        self._sent.inc(count)

    def coalesced(self, count: int) -> None:
        self._coalesced.inc(count)

    def dropped(self, count: int) -> None:
        self._dropped.inc(count)

    def reset(self, reason: str) -> None:
        self._resets.labels(reason).inc()

    def plumbing(self, queues: dict[str, int] | None, lag: int | None) -> None:
        """Set queue lengths, recorder lag and the state of Redis.

        `queues` is None when Redis did not answer.
        """
        self._up.labels("redis").set(0 if queues is None else 1)
        for queue, length in (queues or {}).items():
            self._queues.labels(queue).set(length)
        if lag is not None:
            self._lag.set(lag)

    def render(self) -> bytes:
        return generate_latest(self.registry)
