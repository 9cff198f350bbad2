"""Which process it is, and whether it has ended, is a zombie or runs."""

from __future__ import annotations

import os
import signal
import subprocess

import psutil
import pytest

from argosy.infrastructure import processes
from argosy.infrastructure.processes import gone, group_alive, identity, is_alive, wait_gone


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


def test_an_identity_ends_with_its_process() -> None:
    child = subprocess.Popen(["sleep", "100"])
    name = identity(child.pid)
    assert name is not None
    assert name == identity(child.pid)
    assert name != identity(os.getpid())
    assert is_alive(name)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and still listed as a zombie
    assert (identity(child.pid), is_alive(name)) == (None, False)
    child.wait()
    assert (identity(child.pid), is_alive(name)) == (None, False)


@pytest.mark.parametrize("wrong", ["", "x", "-1.2.3", "1", "1.0.other-boot.1"])
def test_a_text_that_names_no_process_of_this_boot_is_not_alive(wrong: str) -> None:
    assert not is_alive(wrong)


def test_an_identity_does_not_depend_on_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity(os.getpid())
    started = psutil.Process().create_time()
    boot = psutil.boot_time()
    monkeypatch.setattr("psutil._psplatform.boot_time", lambda: boot + 3600)  # what a step of an hour shows
    if processes._is_linux():
        assert psutil.Process().create_time() - started > 3000
    assert identity(os.getpid()) == before


def test_systems_without_proc_name_processes_by_the_kernels_start_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "_is_linux", lambda: False)
    name = identity(os.getpid())
    assert name is not None
    assert is_alive(name)
    assert not is_alive(f"{os.getpid()}.1")
    assert identity(2**22 + 1) is None
