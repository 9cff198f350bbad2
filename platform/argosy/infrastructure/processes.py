"""Identify processes of the operating system that are not children, and see if they run.

A container without an init never reaps orphans: they stay as zombies, which count as ended.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

# psutil counts the machine's processors when it is imported; most commands only ask `identity`.
if TYPE_CHECKING:
    import psutil

POLL_S = 0.02
PROC = Path("/proc")
"""Folder in which Linux shows its processes."""
_STATE, _START_TICKS = 0, 19  # fields of /proc/PID/stat after the command's name
_ENDED = frozenset("ZXx")


def identity(pid: int) -> str | None:
    """Return a unique name of a running process, or None if it has ended.

    No other process gets the name, even after a reboot. The name is independent of the wall clock. On Linux
    it holds the boot and the ticks from boot to the start of the process. Other systems use the kernel's
    start time, which a step of the clock does not change.
    """
    if not _is_linux():
        return _noted_identity(pid)
    try:
        stat = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[_STATE] in _ENDED else f"{pid}.{fields[_START_TICKS]}.{_boot()}"


def is_alive(name: str) -> bool:
    """Return True if the process with this `identity` runs on this machine.

    The boot and the process namespace must be the present ones.
    """
    pid = name.partition(".")[0]
    return pid.isdecimal() and identity(int(pid)) == name


def is_of_this_boot(name: str) -> bool:
    """Return True if the `identity` is from this machine, boot and process namespace."""
    if not _is_linux():
        return False
    return name.split(".", 2)[2:] == [_boot()]


@functools.cache
def _is_linux() -> bool:
    return (PROC / "self" / "stat").exists()


@functools.cache
def _boot() -> str:
    """Return the boot and the namespace of process numbers (a container has its own)."""
    boot = (PROC / "sys/kernel/random/boot_id").read_text().strip().replace("-", "")
    namespace = (PROC / "self/ns/pid").readlink().name.strip("pid:[]")
    return f"{boot}.{namespace}"


def _noted_identity(pid: int) -> str | None:
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return f"{pid}.{round(process.create_time() * 1000)}"
    except psutil.Error:
        return None


def gone(process: psutil.Process) -> bool:
    """Return True if the process has ended; a zombie counts as ended."""
    import psutil

    try:
        return bool(not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def wait_gone(processes: Iterable[psutil.Process], timeout_s: float) -> list[psutil.Process]:
    """Wait until all processes have ended; return those still running after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    alive = [process for process in processes if not gone(process)]
    while alive and time.monotonic() < deadline:
        time.sleep(POLL_S)
        alive = [process for process in alive if not gone(process)]
    return alive


def group_alive(group: int) -> bool:
    """Return True if the process group has a member that is not a zombie."""
    import psutil

    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    for pid in psutil.pids():
        try:
            if os.getpgid(pid) == group and not gone(psutil.Process(pid)):
                return True
        except (ProcessLookupError, PermissionError, psutil.Error):
            continue
    return False
