"""Description of a process for the supervisor."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process: its command, its readiness check, and its restart and stop.

    `prepare` runs in a thread before every start. `ready(pid)` is polled until it is true and must not block for
    long. Without it, a process is ready as soon as it has started. `options` go to the operating system's spawn
    (cwd, user, group). Stop signals are sent in turn, `stop_timeout_s` apart, then SIGKILL.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    restart: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[], None] | None = None
    ready: Callable[[int], bool] | None = None
    ready_timeout_s: float = 180.0
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM)
    stop_timeout_s: float = 8.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays between restarts.

    They double from `first_s` to `longest_s` and start over after `calm_s` of running.
    """

    first_s: float = 0.5
    longest_s: float = 30.0
    calm_s: float = 30.0

    def delay_s(self, failures: int) -> float:
        """Return the delay in seconds before the next start, after `failures` (≥ 1) ends in a row."""
        return min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 30))
