"""End a process whose interpreter stands still, by a C thread without the interpreter lock.

Code that never releases the interpreter (a regular expression, a huge number) stops every Python thread. This
includes heartbeats and time limits. The alarm of `faulthandler` still fires. It logs the stack of every
thread and ends the process. The process's claims are then taken over like those of any dead process.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
from collections.abc import Callable
from typing import IO


class StallGuard(threading.Thread):
    """Thread that resets the alarm while the interpreter runs.

    `longest_s` returns the presently allowed standstill in seconds.
    """

    def __init__(self, longest_s: Callable[[], float], *, log: IO[str] | None = None) -> None:
        super().__init__(name="argosy-stall-guard", daemon=True)
        self._longest_s = longest_s
        self._log = log or sys.__stderr__
        self._stopped = threading.Event()
        # A forked child would wait without end for the alarm's thread, which it does not have.
        os.register_at_fork(before=faulthandler.cancel_dump_traceback_later)

    def run(self) -> None:
        while not self._stopped.is_set():
            allowed_s = self._longest_s()
            faulthandler.dump_traceback_later(allowed_s, exit=True, file=self._log or sys.stderr)
            self._stopped.wait(min(allowed_s / 4, 2.0))
        faulthandler.cancel_dump_traceback_later()

    def stop(self) -> None:
        self._stopped.set()
