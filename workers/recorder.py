"""Record the event stream in PostgreSQL through a consumer group, without loss.

Run as `python -m workers.recorder`. Events are acknowledged after their batch is committed. Events of a
recorder that died, or from an outage of a server, are claimed and written again. A second write of the same
event changes nothing. Several recorders may run: they share the stream.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from loguru import logger

from argosy.bootstrap import open_runtime
from argosy.core.clock import Clock
from argosy.core.event import Event
from argosy.core.ports import EventBus
from argosy.errors import Unavailable
from argosy.infrastructure.config import Settings, load_settings
from argosy.infrastructure.events.feed import RecorderFeed
from argosy.infrastructure.logging import configure
from argosy.infrastructure.notify.messages import notice_of
from argosy.infrastructure.storage.history.recording import HistoryWriter

_BLOCK_MS = 500
_CARE_EVERY_S = 5.0
_ALARM_EVERY_S = 60.0
_ABANDONED_MS = 30_000
_BACKOFF_S = (0.2, 5.0)


class Recorder:
    """Loop over one feed and one writer; `stop` ends it after the present batch."""

    def __init__(
        self, feed: RecorderFeed, writer: HistoryWriter, events: EventBus, clock: Clock, settings: Settings
    ) -> None:
        self._feed = feed
        self._writer = writer
        self._events = events
        self._clock = clock
        self._batch = settings.recorder.batch
        # A batch that is not full is written after a quarter of the longest wait.
        self._pause_s = settings.recorder.flush_ms / 4000
        self._limit = settings.engine.event_stream_maxlen
        self._resumable = self._limit // 4
        self._stopped = threading.Event()
        self._next_care = 0.0
        self._next_alarm = 0.0
        self.recorded = 0

    def stop(self) -> None:
        """End `run` after the present batch. Safe in a signal handler."""
        self._stopped.set()

    def run(self) -> None:
        """Record until stopped; wait for servers that cannot be reached."""
        backoff = _BACKOFF_S[0]
        begin: Callable[[], None] = self._recover
        while not self._stopped.is_set():
            try:
                begin()
                begin = self._round
                backoff = _BACKOFF_S[0]
            except Unavailable as error:
                logger.warning("recorder: {}; tries again in {:.1f} s, nothing is lost", error, backoff)
                with suppress(Unavailable):
                    self._watch_length()
                self._stopped.wait(backoff)
                backoff = min(backoff * 2, _BACKOFF_S[1])
                begin = self._recover
        self._writer.close()

    def _recover(self) -> None:
        """Record events that were read but not recorded.

        A killed recorder left them, or this one before a server was lost.
        """
        backlog = self._feed.pending()
        if backlog.unrecorded:
            logger.info(
                "recorder: {} events wait, {} of them read before", backlog.unrecorded, backlog.pending
            )
        for page in self._feed.claim():
            self._record(page)
        if healed := self._writer.heal_actions():
            logger.warning(
                "recorder: {} rows of actions differed from the journal, and follow it now", healed
            )

    def _round(self) -> None:
        entries = self._feed.read(self._batch, _BLOCK_MS)
        self._record(entries)
        if self._clock.monotonic() >= self._next_care:
            self._next_care = self._clock.monotonic() + _CARE_EVERY_S
            self._care()
        if entries and len(entries) < self._batch:
            self._stopped.wait(self._pause_s)

    def _record(self, entries: list[tuple[str, Event]]) -> None:
        if not entries:
            return
        written = self._writer.write([event for _, event in entries])
        self._feed.ack([seq for seq, _ in entries])
        self.recorded += written.events
        if written.rejected:
            logger.error(
                "recorder: {} of {} events fit no table and were put aside in recorder_rejects",
                written.rejected,
                written.events,
            )

    def _care(self) -> None:
        """Trim recorded events, take over abandoned ones, and warn if the recorder falls behind."""
        for page in self._feed.claim(_ABANDONED_MS):
            logger.info("recorder: takes over {} events that another left", len(page))
            self._record(page)
        self._feed.forget_dead()
        self._feed.keep(self._resumable)
        self._watch_length()

    def _watch_length(self) -> None:
        """Raise an alarm if the stream is too long.

        Unrecorded events are never trimmed, so the stream grows while the recorder is behind.
        """
        length = self._feed.length()
        if length > self._limit and self._clock.monotonic() >= self._next_alarm:
            self._next_alarm = self._clock.monotonic() + _ALARM_EVERY_S
            self._warn(length, self._feed.pending().unrecorded)

    def _warn(self, length: int, unrecorded: int) -> None:
        logger.error(
            "recorder: the event stream holds {} entries (limit {}), {} not recorded",
            length,
            self._limit,
            unrecorded,
        )
        self._events.publish(
            Event(
                type="alarm",
                timestamp=self._clock.now_ms(),
                data={
                    "code": "recorder_behind",
                    "title": "the recorder is behind",
                    "level": "error",
                    "length": length,
                    "limit": self._limit,
                    "unrecorded": unrecorded,
                },
            )
        )


def main() -> int:
    """Record until SIGTERM or SIGINT."""
    settings = load_settings()
    configure(settings, process="recorder")
    ports = open_runtime(settings)
    recorder = Recorder(
        RecorderFeed(ports.endpoints.redis_url),
        HistoryWriter(ports.endpoints.database_url, notice_of=notice_of, follow_journal=True),
        ports.events,
        ports.clock,
        settings,
    )
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: recorder.stop())
    logger.info("recorder: started")
    recorder.run()
    logger.info("recorder: stopped after {} events", recorder.recorded)
    return 0


if __name__ == "__main__":
    sys.exit(main())
