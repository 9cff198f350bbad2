"""Ended, zombie or alive."""

from __future__ import annotations

import os
import signal
import subprocess

import psutil

from argosy.infrastructure.processes import gone, group_alive, wait_gone


def test_a_zombie_is_gone_and_its_group_too() -> None:
    child = subprocess.Popen(["sleep", "100"], start_new_session=True)
    process = psutil.Process(child.pid)
    try:
        assert not gone(process)
        assert group_alive(child.pid)
        assert wait_gone([process], 0.05) == [process]
        os.kill(child.pid, signal.SIGKILL)
        # Nobody has waited for it: it is a zombie now.
        assert wait_gone([process], 10) == []
        assert process.status() == psutil.STATUS_ZOMBIE
        assert not group_alive(child.pid)
    finally:
        child.kill()
        child.wait()
    assert gone(process)
    assert not group_alive(child.pid)
