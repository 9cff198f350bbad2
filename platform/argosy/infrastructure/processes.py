"""Processes of the operating system that are not our children: which one is it, does it still run?

A container without an init never reaps orphans: they stay as zombies, which count as ended.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

POLL_S = 0.02
PROC = Path("/proc")
"""Where Linux shows its processes."""
_STATE, _START_TICKS = 0, 19  # fields of /proc/PID/stat after the command's name
_ENDED = frozenset("ZXx")


def identity(pid: int) -> str | None:
    """Name of a running process that no other process shares, also after a reboot; None when it has ended.

    It does not depend on the wall clock: on Linux it holds the boot and the ticks from boot to the start of the
    process. Other systems keep the start time that the kernel noted, which a step of the clock does not change.
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
    """Does the process with this `identity` still run on this machine, in this boot and namespace?"""
    pid = name.partition(".")[0]
    return pid.isdecimal() and identity(int(pid)) == name


def is_of_this_boot(name: str) -> bool:
    """Was the process with this `identity` counted here: on this machine, in this boot and namespace?"""
    if not _is_linux():
        return False
    return name.split(".", 2)[2:] == [_boot()]


@functools.cache
def _is_linux() -> bool:
    return (PROC / "self" / "stat").exists()


@functools.cache
def _boot() -> str:
    """The boot, and the namespace that process numbers are counted in (a container has its own)."""
    boot = (PROC / "sys/kernel/random/boot_id").read_text().strip().replace("-", "")
    namespace = (PROC / "self/ns/pid").readlink().name.strip("pid:[]")
    return f"{boot}.{namespace}"


def _noted_identity(pid: int) -> str | None:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return f"{pid}.{round(process.create_time() * 1000)}"
    except psutil.Error:
        return None


def gone(process: psutil.Process) -> bool:
    """Has it ended (a zombie counts as ended)?"""
    try:
        return bool(not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def wait_gone(processes: Iterable[psutil.Process], timeout_s: float) -> list[psutil.Process]:
    """Wait until all have ended; those that have not after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    alive = [process for process in processes if not gone(process)]
    while alive and time.monotonic() < deadline:
        time.sleep(POLL_S)
        alive = [process for process in alive if not gone(process)]
    return alive


def group_alive(group: int) -> bool:
    """Has the process group a member that is not a zombie?"""
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
