"""Distinction between a request to stop the process and an exception of a node's code.

`sys.exit()` in a node and Celery's reaction to SIGTERM both arrive as SystemExit. The traceback decides: a
request to stop passes through the frame of a signal handler.
"""

from __future__ import annotations

import signal
import threading
from types import CodeType, FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SUPERVISING = frozenset({"celery", "billiard"})
"""Packages whose signal handlers raise SystemExit; no node calls them."""


def mark_interrupts() -> None:
    """Give SIGINT a handler with a frame of its own.

    Ctrl-C then differs from a raised KeyboardInterrupt. No effect outside the main thread, or if another handler
    is installed.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)


def is_stop_request(error: BaseException) -> bool:
    """Return True if a signal to this process raised the error, False if code did."""
    if not isinstance(error, (KeyboardInterrupt, SystemExit)):
        return False
    handlers = _handler_codes()
    step = error.__traceback__
    while step is not None:
        frame = step.tb_frame
        if frame.f_code in handlers or _package(frame) in _SUPERVISING:
            return True
        step = step.tb_next
    return False


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _handler_codes() -> set[CodeType]:
    found = {_interrupt.__code__}
    for number in _SIGNALS:
        code = getattr(signal.getsignal(number), "__code__", None)
        if code is not None:
            found.add(code)
    return found


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]
