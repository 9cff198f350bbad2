"""Ends a process whose interpreter stands still: a thread of C that needs no interpreter waits for it.

Code that keeps the interpreter to itself (a pattern, a conversion of a huge number) stops every thread of Python,
heartbeat and time limits included. The alarm of `faulthandler` still goes off: it writes where every thread stands to
the log, and ends the process. Its claims are then taken over as those of any dead process.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
from collections.abc import Callable
from typing import IO


class StallGuard(threading.Thread):
    """Sets the alarm anew while the interpreter runs. `longest_s` is asked for the silence that is allowed now."""

    def __init__(self, longest_s: Callable[[], float], *, log: IO[str] | None = None) -> None:
        super().__init__(name="argosy-stall-guard", daemon=True)
        self._longest_s = longest_s
        self._log = log or sys.__stderr__
        self._stopped = threading.Event()
        # A forked child would wait for ever for the alarm's thread, which it does not have.
        os.register_at_fork(before=faulthandler.cancel_dump_traceback_later)

    def run(self) -> None:
        while not self._stopped.is_set():
            allowed_s = self._longest_s()
            faulthandler.dump_traceback_later(allowed_s, exit=True, file=self._log or sys.stderr)
            self._stopped.wait(min(allowed_s / 4, 2.0))
        faulthandler.cancel_dump_traceback_later()

    def stop(self) -> None:
        self._stopped.set()
