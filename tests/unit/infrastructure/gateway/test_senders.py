"""Whether a sender has ended for certain, with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from argosy.infrastructure import processes
from argosy.infrastructure.actions.senders import has_ended, heartbeat_of, machine, sender_name

OWNER = "host:7:abc.1"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    made = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    yield made
    made.kill()
    made.communicate()


def named(identity: str, *, where: str | None = None) -> str:
    return f"{OWNER}@{machine() if where is None else where}@{identity}"


def test_this_process_names_itself_and_has_not_ended() -> None:
    name = sender_name(OWNER)
    assert name == named(str(processes.identity(os.getpid())))
    assert heartbeat_of(name) == OWNER
    assert not has_ended(name)


def test_a_stopped_process_has_not_ended_and_a_killed_one_has(child: subprocess.Popen[bytes]) -> None:
    name = named(str(processes.identity(child.pid)))
    os.kill(child.pid, signal.SIGSTOP)
    assert os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT) is not None
    assert not has_ended(name)
    os.kill(child.pid, signal.SIGKILL)  # works on a stopped process
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert has_ended(name)  # nobody has waited for it: a zombie sends nothing
    child.wait()
    assert has_ended(name)


def test_a_number_that_was_given_to_another_process_is_not_the_sender() -> None:
    pid, ticks, boot = str(processes.identity(os.getpid())).split(".", 2)
    assert has_ended(named(f"{pid}.{int(ticks) - 1}.{boot}"))


def test_an_earlier_boot_of_this_machine_has_ended_and_nothing_is_known_of_others() -> None:
    pid, ticks, boot = str(processes.identity(os.getpid())).split(".", 2)
    _, space = boot.split(".")
    earlier = f"{pid}.{ticks}.{'0' * 32}"
    assert has_ended(named(f"{earlier}.{space}")) is (space == "4026531836")
    # A container on this machine, or on another one that has the same image.
    assert not has_ended(named(f"{earlier}.4026532000"))
    assert not has_ended(named(f"{earlier}.{space}", where="another"))
    # A container beside us: its numbers are not ours.
    assert not has_ended(named(f"{pid}.{ticks}.{boot.partition('.')[0]}.4026532000"))


def test_systems_without_proc_tell_the_end_of_their_own_processes(
    child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_is_linux", lambda: False)
    name = named(str(processes.identity(child.pid)))
    assert not has_ended(name)
    assert not has_ended(name.replace(machine(), "another"))
    assert has_ended(named(f"{child.pid}.1"))  # the number was given to another process
    child.kill()
    child.wait()
    assert has_ended(name)


@pytest.mark.parametrize("name", ["", OWNER, f"{OWNER}@", f"{OWNER}@{machine()}@", "local"])
def test_nothing_is_known_of_a_sender_without_an_identity(name: str) -> None:
    assert not has_ended(name)
