"""Report and fail nodes that do not stop at their time limit, and end their process."""

from __future__ import annotations

import logging
import os
import signal
import time

from loguru import logger

from argosy.bootstrap.runtime import Runtime
from argosy.graph.working import Work

_STOP_S = 10.0
"""Longest time in seconds for a process with threads to stop by itself.

The other nodes get the time of the soft shutdown.
"""


class Overdue:
    """Check for overdue nodes, called by the `Keeper` of the process.

    A thread cannot be stopped, so an overdue node ends with its process.
    """

    def __init__(self, ports: Runtime) -> None:
        self._ports = ports
        self._reported: set[str] = set()
        self._ends: float | None = None

    def look(self) -> bool:
        """Check once; return True if a node is newly overdue and a heartbeat must report it at once."""
        if self._ends is not None and time.monotonic() > self._ends:
            _exit_now()
        now = time.monotonic()
        new = False
        for work in self._ports.working.overdue():
            if work.token not in self._reported:
                self._reported.add(work.token)
                new = True
                logger.warning(
                    "run {}, node {}: still at work {:.1f} s after its limit of {} s",
                    work.run_id, work.key, work.overdue_s(now), work.limit_s,
                )  # fmt: skip
            if work.overdue_s(now) > work.grace_s and self._ends is None:
                self._end(work)
        return new

    def _end(self, work: Work) -> None:
        """Fail the node, then end the process: at once from its main thread, else softly.

        A run that ended meanwhile takes no outcome; the process still ends, because the node still holds its
        thread.
        """
        if not self._ports.executor.give_up(work) and not self._ports.working.has(work):
            return
        logger.error("run {}, node {}: did not stop; this process ends", work.run_id, work.key)
        if work.begun is not None and work.begun.meta is not None:
            self._ports.incidents.held(work.key, work.run_id, work.begun.meta.bot_id, work.limit_s or 0)
        if work.on_main_thread:
            _exit_now()
        self._ends = time.monotonic() + _STOP_S
        os.kill(os.getpid(), signal.SIGTERM)


def _exit_now() -> None:
    """End the process without waiting for its threads.

    Its messages and claims come back as from any dead process.
    """
    logger.complete()
    logging.shutdown()
    os._exit(os.EX_SOFTWARE)
