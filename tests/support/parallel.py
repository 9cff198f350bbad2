"""Hooks for a parallel run: sharing of processes, order, and tests that run alone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

SHARED_STACKS = ("tests/e2e/", "tests/chaos/")
# The longest tests come first, so that all processes end together.
LONGEST_FIRST = (
    *SHARED_STACKS,
    "tests/integration/engine/",
    "tests/integration/",
    "tests/contract/",
    "tests/",
)


class ByModule(LoadScopeScheduling):
    """Scheduler that keeps the tests of a module in one process, because they share fixtures.

    Tests of a folder that shares a stack stay together too.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return next((folder for folder in SHARED_STACKS if path.startswith(folder)), path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByModule:
    config.option.loadscopereorder = False
    return ByModule(config, log)


def pytest_xdist_auto_num_workers() -> int:
    """Return one more than the number of processors, at most 6.

    Much of the time is spent waiting for other processes.
    """
    return min((os.cpu_count() or 2) + 1, 6)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    return next(n for n, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start))


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outermost, so that waiting does not count as the test's time
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run a test marked `alone` while no test of another process runs."""
    if not hasattr(item.config, "workerinput"):
        return (yield)
    folder = Path(item.config.option.basetemp).parent
    alone = item.get_closest_marker("alone") is not None
    how = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    with _locked(folder / "turn", fcntl.LOCK_EX) as turn, _locked(folder / "run", how):
        if not alone:  # a test that waits to be alone keeps the turn, so that no other starts before it
            fcntl.flock(turn, fcntl.LOCK_UN)
        return (yield)


@contextmanager
def _locked(path: Path, how: int) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, how)
        yield handle
    finally:
        os.close(handle)
