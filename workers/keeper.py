"""Keep a worker process's claims alive in a thread while nodes run, with any pool.

The thread reports that the process lives: claims of dead owners can be taken over at once. It renews the
broker's lease on the worker's messages, so a long node is not delivered twice. With renewed leases the
visibility timeout can be short, which makes recovery quick. It also moves due retries into their queues, and
sweeps runs without progress from time to time.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable

from loguru import logger

from argosy.bootstrap.runtime import Runtime
from argosy.infrastructure import redis as connections
from workers.description import description
from workers.overdue import Overdue
from workers.silence import look_after_silent
from workers.supervision import look_after_supervisor
from workers.sweep import Sweeper
from workers.turns import take_turn

_PUMP_S = 0.2
_UNACKED_INDEX = "unacked_index"


class Keeper(threading.Thread):
    """Thread that keeps the claims and leases of this process alive.

    `held` returns the delivery tags that this process has not acknowledged yet.
    `name` is the worker's name.
    """

    def __init__(
        self, runtime: Runtime, *, held: Callable[[], Iterable[str]] = tuple, name: str = "worker"
    ) -> None:
        super().__init__(name="argosy-keeper", daemon=True)
        self._runtime = runtime
        self._held = held
        self._stopped = threading.Event()
        self._heartbeat_s = runtime.settings.engine.heartbeat_s
        self._ttl_ms = int(min(self._heartbeat_s * 3, runtime.settings.engine.claim_ttl_s) * 1000)
        self._next_beat = 0.0
        self._sweeper = Sweeper()
        self._worker = name
        self._overdue = Overdue(runtime)

    def stop(self) -> None:
        self._stopped.set()

    def beat(self) -> None:
        """Send a heartbeat and renew leases: before the first message, then at every heartbeat."""
        ports = self._runtime
        about = description(ports, self._worker)
        ports.runs.beat(ports.owner, self._ttl_ms, ports.working.tokens(), about)
        tags = list(self._held())
        if tags:
            now = time.time()
            connections.client(self._runtime.endpoints.redis_url).zadd(
                _UNACKED_INDEX, dict.fromkeys(tags, now), xx=True
            )

    def _beat_in_turn(self) -> None:
        if time.monotonic() >= self._next_beat:
            self.beat()  # a failed heartbeat is due again at once
            self._next_beat = time.monotonic() + self._heartbeat_s

    def run(self) -> None:
        while not self._stopped.wait(_PUMP_S):
            try:
                if self._overdue.look():
                    self.beat()
                self._beat_in_turn()
                self._runtime.runs.pump()
                self._runtime.write_late_outcomes()
                self._look_after_silent_in_turn()
                self._sweep_in_turn()
            except Exception as error:  # noqa: BLE001 - the thread must survive every outage of Redis
                logger.warning(
                    "the housekeeping of {} failed and is tried again: {}", self._runtime.owner, error
                )
                self._stopped.wait(1.0)

    def _look_after_silent_in_turn(self) -> None:
        """Check silent processes and the supervisor, in one process of each machine an interval.

        Another machine cannot find out whether these processes still run.
        """
        interval_ms = int(self._runtime.settings.engine.sweep_interval_s * 1000)
        client = connections.client(self._runtime.endpoints.redis_url)
        key = f"{connections.PREFIX}look:{socket.gethostname()}"
        if take_turn(client, key, self._runtime.owner, interval_ms):
            look_after_silent(self._runtime)
            look_after_supervisor(self._runtime)

    def _sweep_in_turn(self) -> None:
        """Sweep runs without progress; one process of all workers does so in each interval."""
        interval_ms = int(self._runtime.settings.engine.sweep_interval_s * 1000)
        client = connections.client(self._runtime.endpoints.redis_url)
        if take_turn(client, f"{connections.PREFIX}sweep", self._runtime.owner, interval_ms):
            self._sweeper.sweep(self._runtime, meanwhile=self._beat_in_turn)
