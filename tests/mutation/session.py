"""The pytest plugin that does it: one run as things are, then one forked process for each mutant.

The run as things are starts the servers, shows that all tests pass, how long each takes and which lines it enters
(coverage's contexts). A mutant's process has everything imported, collected and started; it runs the tests that
enter the mutant's statement, quickest first, and ends at the first that fails.
"""

from __future__ import annotations

import ast
import itertools
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import coverage
import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings

from mutation import database
from mutation.mutants import Mutant, places
from mutation.plan import PARTS
from mutation.swap import functions_of, swap

KILLED, SURVIVED, TIMEOUT, UNREACHED, BROKEN = "killed", "survived", "timeout", "unreached", "broken"
EXIT = {0: SURVIVED, 1: KILLED, 2: UNREACHED, 4: TIMEOUT}
NAMES_A_PROCESS = 1000
NO_CHANGE = "no change at all"


class MutationSession:
    """Takes the place of pytest's own loop over the tests."""

    def __init__(self, part: str, prefix: str, shard: int, shards: int, report: Path) -> None:
        self._part = next(each for each in PARTS if each.name == part)
        self._paths = self._part.paths(prefix)
        self._shard, self._shards, self._report = shard, shards, report
        self._took: dict[str, float] = {}
        self._kills: Counter[str] = Counter()
        self._coverage = coverage.Coverage(
            data_file=None,
            include=[str(path) for path in self._paths],
            concurrency=["thread", "greenlet"],
            config_file=False,
        )

    def pytest_configure(self) -> None:
        # A failing example says enough; making it smaller takes time, and chance would kill now and spare then.
        settings.register_profile(
            "mutation",
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
        )
        settings.load_profile("mutation")
        database.reuse()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._as_things_are(session)
        self._coverage.stop()
        data = self._coverage.get_data()
        for path in self._paths:
            functions = functions_of(path)
            self._kills.clear()
            entered = data.contexts_by_lineno(str(path))
            spans = _spans(path)
            for index, place in enumerate(places(path)):
                if index % self._shards == self._shard:
                    mutant = place.mutant()
                    names = _covering(mutant, spans, entered)
                    items = [item for item in session.items if item.nodeid in names]
                    self._judge(session, mutant, items, partial(swap, functions, path, mutant.source))
        return True

    def _as_things_are(self, session: pytest.Session) -> None:
        """All tests must pass, and pass again in a process like those of the mutants."""
        self._coverage.start()
        for item in session.items:
            started = time.perf_counter()
            self._coverage.switch_context(item.nodeid)
            if not _passes(session, item):
                pytest.exit(f"{NO_CHANGE}, and {item.nodeid} fails", returncode=3)
            self._took[item.nodeid] = time.perf_counter() - started
        outcome, by = self._live(session, session.items, lambda: 1)
        if outcome != SURVIVED:
            pytest.exit(f"{NO_CHANGE}, and {outcome} by {by or 'no test'} the second time", returncode=3)

    def _judge(
        self, session: pytest.Session, mutant: Mutant, items: list[pytest.Item], change: Callable[[], int]
    ) -> None:
        started = time.perf_counter()
        outcome, by = self._live(session, items, change)
        row = {
            "module": mutant.module,
            "line": mutant.line,
            "was": mutant.was,
            "becomes": mutant.becomes,
            "outcome": outcome,
            "by": by,
            "tests": len(items),
            "seconds": round(time.perf_counter() - started, 2),
        }
        with self._report.open("a") as report:
            report.write(json.dumps(row) + "\n")

    def _live(
        self, session: pytest.Session, items: list[pytest.Item], change: Callable[[], int]
    ) -> tuple[str, str]:
        """The outcome in a process of its own after `change`, and the test that failed, if one did."""
        # A test that killed a neighbour is likely to kill this one; of the others the quickest are first.
        likely_first = sorted(items, key=lambda item: (-self._kills[item.nodeid], self._took[item.nodeid]))
        patience = 20 + 5 * sum(self._took[item.nodeid] for item in items)
        killer = Path(f"{self._report}.killer")
        killer.write_text("")
        child = os.fork()
        if child == 0:
            _life(session, likely_first, change, killer, patience)
        outcome, by = _wait(child, patience + 10), killer.read_text()
        self._kills[by] += 1
        return outcome, by


def _life(
    session: pytest.Session,
    items: list[pytest.Item],
    change: Callable[[], int],
    killer: Path,
    patience: float,
) -> None:
    """The whole of a process; ends it by `EXIT`, or with 3 when it came to no verdict."""
    code, late = 3, []

    def too_long(*_: object) -> None:
        late.append(True)
        raise TimeoutError("the mutant takes too long")

    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        signal.signal(signal.SIGALRM, too_long)
        signal.setitimer(signal.ITIMER_REAL, patience)
        _names_of_its_own()
        if change() == 0:
            os._exit(2)
        failed = next((item for item in items if not _passes(session, item)), None)
        if failed is None:
            code = 0
        else:
            killer.write_text(failed.nodeid)
            code = 4 if late else 1
    finally:
        os._exit(code)


def _names_of_its_own() -> None:
    """Databases of a process that was ended half-way must not be in the way of the next."""
    conftest = sys.modules.get("tests.conftest")
    if conftest is not None:
        conftest._serial = itertools.count(os.getpid() * NAMES_A_PROCESS)  # type: ignore[attr-defined]


def _wait(child: int, patience: float) -> str:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return EXIT.get(os.waitstatus_to_exitcode(status), BROKEN)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return TIMEOUT


def _passes(session: pytest.Session, item: pytest.Item) -> bool:
    # What the session set up (servers, a migrated database) stays; the next item is none of the same module.
    session._setupstate.teardown_exact(session)  # type: ignore[arg-type]
    reports = runtestprotocol(item, nextitem=session, log=False)  # type: ignore[arg-type]
    return all(report.outcome != "failed" for report in reports)


def _spans(path: Path) -> list[tuple[int, int]]:
    """First and last line of each statement inside a function; of one with a block, what stands before the block."""
    functions = (
        each
        for each in ast.walk(ast.parse(path.read_text()))
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    )
    return sorted({_span(each) for function in functions for each in _parts(function)})


def _parts(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Iterator[ast.stmt | ast.expr]:
    if isinstance(function, ast.Lambda):
        yield function.body
    else:
        yield from (each for top in function.body for each in ast.walk(top) if isinstance(each, ast.stmt))


def _span(part: ast.stmt | ast.expr) -> tuple[int, int]:
    block = getattr(part, "body", None) if isinstance(part, ast.stmt) else None
    end = block[0].lineno - 1 if block else part.end_lineno or part.lineno
    return part.lineno, max(part.lineno, end)


def _covering(mutant: Mutant, spans: list[tuple[int, int]], entered: dict[int, list[str]]) -> set[str]:
    around = [span for span in spans if span[0] <= mutant.line <= span[1]]
    if not around:
        return set()
    first, last = max(around)  # the innermost
    return {name for line, names in entered.items() if first <= line <= last for name in names}
