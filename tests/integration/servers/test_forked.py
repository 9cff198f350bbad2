"""Processes that are forked from one that holds their imports: the same to a test as those it starts itself."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import Any

from support.forked import PythonModule


def module(*arguments: str, **env: str) -> PythonModule:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return PythonModule(*arguments, held=(), env={**os.environ, **env}, text=True, **pipes)


def test_one_has_its_own_streams_arguments_and_exit_code() -> None:
    good, bad = module("json.tool", "--compact"), module("json.tool")
    assert bad.communicate("{", timeout=60)[0] == ""
    assert good.communicate('{"a": 1}', timeout=60) == ('{"a":1}\n', "")
    assert (good.returncode, bad.returncode) == (0, 1)
    assert good.pid != bad.pid


def test_one_has_the_environment_that_it_was_given() -> None:
    shown, _ = module("sysconfig", PYTHONUSERBASE="/of/a/test").communicate(timeout=60)
    assert "/of/a/test" in shown


def test_one_is_a_child_that_can_be_stopped_and_killed() -> None:
    process = module("json.tool")
    process.send_signal(signal.SIGSTOP)
    found = os.waitid(os.P_PID, process.pid, os.WSTOPPED)
    assert found is not None
    assert found.si_code == os.CLD_STOPPED
    process.kill()
    assert process.wait(60) == -signal.SIGKILL
    process.communicate()


def test_a_module_that_is_not_there_is_an_error_of_the_process() -> None:
    process = module("no_such_module_of_a_test")
    assert "No module named" in process.communicate(timeout=60)[1]
    assert process.returncode == 1
