"""Kill processes of this machine that exist but give no heartbeat.

Other workers do not take over the claims of such a process. A process ends itself when its interpreter stands
still (`workers.stall`). A process that is stopped as a whole (SIGSTOP, swap) cannot. The next check on its
machine kills it, and its work goes to others.
"""

from __future__ import annotations

import os
import signal
import socket

from loguru import logger

from argosy.bootstrap.runtime import Runtime
from argosy.infrastructure.processes import is_alive
from workers.alarm import raise_alarm

_KILL_GRACE_S = 10.0


def look_after_silent(ports: Runtime) -> None:
    """Mark, kill or forget processes without a heartbeat; safe to repeat, on every machine."""
    engine = ports.settings.engine
    quiet_ms = int(engine.heartbeat_s * 2000)
    marked_ms = int((engine.sweep_interval_s + engine.heartbeat_s) * 3000)
    for owner, about in ports.runs.quiet(quiet_ms):
        if about.get("host") != socket.gethostname():
            continue  # its own machine checks it; the key expires
        identity = str(about.get("identity") or "")
        if not is_alive(identity):
            ports.runs.forget_worker(owner)
            continue
        silent_s = ports.runs.mark_silent(owner, marked_ms) / 1000
        if silent_s > engine.silence_s + _KILL_GRACE_S and identity.startswith(f"{about.get('pid')}."):
            _kill(ports, owner, int(about["pid"]), silent_s)


def _kill(ports: Runtime, owner: str, pid: int, silent_s: float) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    except PermissionError as error:
        logger.error(
            "worker {} gave no heartbeat for {:.0f} s and cannot be killed: {}", owner, silent_s, error
        )
        return
    text = f"worker {owner} gave no heartbeat for {silent_s:.0f} s and was killed; its work goes to others"
    raise_alarm(ports, "worker_silent", "a worker stood still", text)
