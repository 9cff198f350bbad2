"""Time limits for Python code in any pool: threads, solo and prefork.

A prefork process can be killed, a thread cannot. The limit is therefore an exception raised inside the
overrunning thread. Code blocked in a C call sees the exception when the call returns. I/O nodes have socket
timeouts of their own, and the heavy pool has Celery's hard limit behind this one.

An import is not interrupted. The lock of its module would stay held, and every later import would wait for ever.
The limit applies when the import is over.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from argosy.errors import NodeTimeout


class Overrun(BaseException):
    """Exception raised inside the thread that exceeds its limit.

    It is no Exception, so that a node's `except Exception` does not catch it.
    """


@dataclass(slots=True)
class _Watch:
    thread_id: int
    ends: float
    depth: int
    fired: bool = False


class _Watchdog:
    """Daemon thread, one per process, that checks all running nodes every 50 ms."""

    _PERIOD_S = 0.05

    def __init__(self) -> None:
        self._watches: dict[int, _Watch] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._next = 0

    def add(self, limit_s: float, depth: int) -> tuple[int, _Watch]:
        """Watch the calling thread; `depth` is the number of frames below the watched block."""
        watch = _Watch(threading.get_ident(), time.monotonic() + limit_s, depth)
        with self._lock:
            self._next += 1
            number = self._next
            self._watches[number] = watch
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._look, name="argosy-watchdog", daemon=True)
                self._thread.start()
        return number, watch

    def remove(self, number: int) -> None:
        with self._lock:
            watch = self._watches.pop(number)
            if watch.fired:
                # Raised but perhaps not delivered yet: withdraw it, as it must not arrive after the block.
                _raise_in(watch.thread_id, None)

    def _look(self) -> None:
        while True:
            time.sleep(self._PERIOD_S)
            now = time.monotonic()
            with self._lock:
                for watch in self._watches.values():
                    if not watch.fired and now >= watch.ends and not _imports(watch):
                        watch.fired = True
                        _raise_in(watch.thread_id, Overrun)


def _imports(watch: _Watch) -> bool:
    """Return True if the watched block is importing a module now."""
    files = _files(sys._current_frames().get(watch.thread_id))
    return any(name.startswith("<frozen importlib") for name in files[: len(files) - watch.depth])


def _files(frame: FrameType | None) -> list[str]:
    """Return the file names of a thread's frames, newest first."""
    found = []
    while frame is not None:
        found.append(frame.f_code.co_filename)
        frame = frame.f_back
    return found


def _raise_in(thread_id: int, exception: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread_id), None if exception is None else ctypes.py_object(exception)
    )


_watchdog = _Watchdog()
_OWN_FRAMES = 2
"""Number of frames of `time_limit` itself and of the context manager that enters it."""


def reset_after_fork() -> None:
    """Create a new watchdog in a forked child.

    A child has no watchdog thread, and must not inherit the parent's lock state.
    """
    global _watchdog
    _watchdog = _Watchdog()


@contextmanager
def time_limit(limit_s: float, what: str) -> Iterator[None]:
    """Raise NodeTimeout if the block takes longer than `limit_s` seconds."""
    watchdog = _watchdog
    depth = len(_files(sys._getframe())) - _OWN_FRAMES
    number, watch = watchdog.add(limit_s, depth)
    try:
        try:
            yield
        finally:
            watchdog.remove(number)
    except Overrun as overrun:
        raise NodeTimeout(f"{what} took longer than its limit of {limit_s:g} s") from overrun
    if watch.fired:
        raise NodeTimeout(f"{what} took longer than its limit of {limit_s:g} s")
