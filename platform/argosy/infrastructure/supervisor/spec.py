"""What the supervisor must know of one process."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process: how to start it, when it is ready, what to do when it ends.

    `prepare` runs (in a thread) before every start; `ready(pid)` is asked until it is true and must not
    block for long; without it a process is ready once it was started. `options` go to the operating
    system's spawn (cwd, user, group). Signals are sent in turn, `stop_timeout_s` apart, then SIGKILL.
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
    """Waits between restarts: doubling from `first_s` to `longest_s`, forgotten after `calm_s` of running."""

    first_s: float = 0.5
    longest_s: float = 30.0
    calm_s: float = 30.0

    def delay_s(self, failures: int) -> float:
        """Wait before the next start after `failures` (≥ 1) ends in a row."""
        return min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 30))
