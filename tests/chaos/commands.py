"""Commands that must always work: status, halt, resume."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from typing import Any

from chaos.campaign import cli
from chaos.stack import ChaosStack

ANSWER_S = 90
"""Longest wait for a command in seconds, on a loaded machine."""
STOPPED = ("HALT", "SHUTDOWN")


def ask(stack: ChaosStack, *arguments: str, call: Callable[..., Any] = cli) -> dict[str, Any]:
    """Run a command by `call` and return its JSON answer.

    Raises AssertionError with the command's output when it fails.
    """
    shown = f"`argosy {' '.join(arguments)}`"
    try:
        done = call(stack, *arguments, "--json", timeout_s=ANSWER_S)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"{shown} did not answer within {ANSWER_S} s") from None
    assert done.returncode == 0, f"{shown} ended with {done.returncode}: {done.stdout}{done.stderr}"
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def status(stack: ChaosStack) -> dict[str, Any]:
    """Run `argosy status`, which must say that the stack runs, supervised or not."""
    answer = ask(stack, "status")
    assert answer["state"] in ("up", "unsupervised"), f"`argosy status` says {answer['state']}"
    return answer


def resume(stack: ChaosStack, *, timeout_s: float = 120) -> None:
    """Run `argosy resume` for every stopped scope.

    The test or the guard may have stopped the scope. Raises AssertionError.
    """
    ends = time.monotonic() + timeout_s
    while stopped := [each for each in stack.runtime.desk.status() if each.state in STOPPED]:
        try:
            ask(stack, "resume", "--scope", stopped[0].scope, "--reason", "chaos is over")
        except AssertionError as error:
            if time.monotonic() > ends:
                raise AssertionError(
                    f"{stopped[0].scope} ({stopped[0].reason}) stays stopped: {error}"
                ) from None
            time.sleep(1)
