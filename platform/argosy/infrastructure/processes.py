"""Processes of the operating system that are not our children: are they gone?

A container without an init never reaps orphans: they stay as zombies, which are as dead as processes get.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

import psutil

POLL_S = 0.02


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
