"""Nodes for engine tests.

They leave a mark in Redis for each execution, and misbehave on request.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import time
from decimal import Decimal, getcontext
from typing import Any

from argosy.core.wire import Wire
from argosy.errors import VenueUnavailable
from argosy.graph.context import NodeContext
from argosy.graph.node import Branch, Many, RetryPolicy
from argosy.graph.registry import node

TRACE = "trace"
GATE = "gate"


class Passed(Wire):
    value: Any = None


class MarkParams(Wire):
    """Behaviour of a node.

    - `fail`: always fails, with an error that is not retryable.
    - `flaky`: number of attempts that fail before one succeeds.
    - `sleep_s`: duration in seconds.
    - `gated`: waits until the test opens the run's gate.
    - `kill_once`: kills its own process the first time.
    - `kill_always`: kills its own process every time.
    """

    fail: bool = False
    flaky: int = 0
    sleep_s: float = 0
    gated: bool = False
    kill_once: bool = False
    kill_always: bool = False


def _mark(ctx: NodeContext, word: str) -> None:
    ctx.documents.update(
        TRACE,
        ctx.run_id,
        lambda rows: [*(rows or []), [ctx.key, word, ctx.attempt, os.getpid()]],
    )


def _behave(ctx: NodeContext, params: MarkParams) -> None:
    _mark(ctx, "start")
    if params.kill_always:
        os.kill(os.getpid(), signal.SIGKILL)
    if params.kill_once:
        first = ctx.documents.update("killed", f"{ctx.run_id}:{ctx.key}", lambda n: (n or 0) + 1) == 1
        if first:
            os.kill(os.getpid(), signal.SIGKILL)
    if params.sleep_s:
        time.sleep(params.sleep_s)
    while params.gated and ctx.documents.get(GATE, ctx.run_id) is None:
        time.sleep(0.02)
    if params.flaky >= ctx.attempt:
        raise VenueUnavailable("not yet")
    if params.fail:
        raise RuntimeError("told to fail")


@node("test.mark", category="transform", title="Mark", retry=RetryPolicy(delay_s=0.05))
def mark(ctx: NodeContext, params: MarkParams, items: Many[Any]) -> Passed:
    """Runs, waits, fails or dies according to its parameters."""
    _behave(ctx, params)
    _mark(ctx, "end")
    return Passed(value=len(items))


@node("test.third", category="transform", title="Third")
def third(ctx: NodeContext, items: Many[Any]) -> Passed:
    """Computes one third with the precision it finds, then changes the precision."""
    found = str(Decimal(1) / 3)
    getcontext().prec = 3
    return Passed(value=found)


@node("test.mark_io", category="source", title="Mark (io)", pool="io", retry=RetryPolicy(delay_s=0.05))
def mark_io(ctx: NodeContext, params: MarkParams, items: Many[Any]) -> Passed:
    """Behaves like `test.mark`, in the io pool."""
    _behave(ctx, params)
    _mark(ctx, "end")
    return Passed(value=len(items))


@node("test.mark_heavy", category="transform", title="Mark (heavy)", pool="heavy", timeout_s=5)
def mark_heavy(ctx: NodeContext, params: MarkParams, items: Many[Any]) -> Passed:
    """Behaves like `test.mark`, in the heavy pool."""
    _behave(ctx, params)
    _mark(ctx, "end")
    return Passed(value=len(items))


class RaiseParams(Wire):
    """Name of the error to raise."""

    kind: str


def _recurse() -> None:
    _recurse()


def _raise(kind: str) -> None:
    match kind:
        case "exit":
            sys.exit(3)
        case "interrupt":
            raise KeyboardInterrupt
        case "generator":
            raise GeneratorExit
        case "cancelled":
            raise asyncio.CancelledError
        case "group":
            raise BaseExceptionGroup("several", [KeyboardInterrupt(), SystemExit(1)])
        case "memory":
            raise MemoryError
        case "recursion":
            _recurse()
        case "unprintable":
            raise Unprintable
        case "surrogate":
            raise ValueError("bad \ud800 text \x00")


class Unprintable(Exception):
    """Error whose own text fails."""

    def __str__(self) -> str:
        raise ZeroDivisionError


@node("test.raise", category="transform", title="Raise")
def raises(ctx: NodeContext, params: RaiseParams, items: Many[Any], item: Any = None) -> Passed:
    """Raises the error that its parameter names."""
    _raise(params.kind)
    return Passed()


@node("test.raise_io", category="source", title="Raise (io)", pool="io")
def raises_io(ctx: NodeContext, params: RaiseParams, items: Many[Any]) -> Passed:
    """Behaves like `test.raise`, in the io pool."""
    _raise(params.kind)
    return Passed()


@node("test.raise_heavy", category="transform", title="Raise (heavy)", pool="heavy")
def raises_heavy(ctx: NodeContext, params: RaiseParams, items: Many[Any]) -> Passed:
    """Behaves like `test.raise`, in the heavy pool."""
    _raise(params.kind)
    return Passed()


@node("test.quiet_sleep", category="source", title="Sleep", pool="io")
def quiet_sleep(ctx: NodeContext, params: MarkParams) -> Passed:
    """Sleeps and leaves no mark, so it needs no Redis."""
    time.sleep(params.sleep_s)
    return Passed()


@node("test.stall", category="transform", title="Stall")
def stall(ctx: NodeContext, items: Many[Any]) -> Passed:
    """Keeps the interpreter busy for ever, so that no other thread runs."""
    _mark(ctx, "start")
    re.match(r"(a+)+$", "a" * 60 + "b")
    return Passed()


class LargeParams(Wire):
    bytes: int = 100


@node("test.large", category="source", title="Large")
def large(ctx: NodeContext, params: LargeParams) -> Passed:
    """Outputs the given number of bytes."""
    return Passed(value="x" * params.bytes)


class BusyParams(Wire):
    seconds: float = 1


@node("test.busy", category="transform", title="Busy")
def busy(ctx: NodeContext, params: BusyParams, items: Many[Any]) -> Passed:
    """Computes in Python for the given seconds.

    Swallows every error it can, as careless code does.
    """
    ends = time.monotonic() + params.seconds
    while time.monotonic() < ends:
        try:
            sum(range(1000))
        except Exception:
            continue
    return Passed()


@node("test.effect", category="executor", title="Effect")
def effect(ctx: NodeContext, items: Many[Any]) -> Passed:
    """Stands for a side effect."""
    _mark(ctx, "end")
    return Passed(value=len(items))


@node("test.reduce", category="executor", title="Reduce", reduces=True)
def reduce(ctx: NodeContext, items: Many[Any]) -> Passed:
    """Stands for an executor that can reduce risk."""
    return effect(ctx, items)


@node("test.fork", category="condition", title="Fork", branches=("left", "right"))
def fork(ctx: NodeContext, items: Many[Any]) -> Branch:
    """Always takes the branch left."""
    _mark(ctx, "end")
    return Branch(branch="left")


@node("test.noop", category="transform", title="No-op")
def noop(ctx: NodeContext, items: Many[Any]) -> Passed:
    """Does nothing, for benchmarks."""
    return Passed()
