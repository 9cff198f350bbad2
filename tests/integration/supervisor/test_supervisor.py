"""The supervisor with real processes: restart, back-off, groups, stubborn children, loud children."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import psutil
import pytest

from argosy.errors import Unavailable
from argosy.infrastructure.processes import gone, wait_gone
from argosy.infrastructure.supervisor import ProcessSpec, Supervisor
from argosy.infrastructure.supervisor.output import Output
from argosy.infrastructure.supervisor.spec import Backoff

pytestmark = pytest.mark.integration
QUICK = Backoff(first_s=0.02, longest_s=0.1)


def script(name: str, code: str, **more: Any) -> ProcessSpec:
    return ProcessSpec(name=name, argv=[sys.executable, "-uSEc", code], **more)


def says(output: Output, name: str, text: str) -> Callable[[int], bool]:
    return lambda _pid: text in output.tail(name)


async def until(condition: Callable[[], object], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.01)


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(main, 60))


FOREVER = "import signal\nprint('here', flush=True)\nwhile True: signal.pause()"


def test_a_killed_process_is_started_again_and_said_so(tmp_path: Path) -> None:
    async def main() -> None:
        output = Output(tmp_path)
        changes: list[int] = []
        supervisor = Supervisor(output, backoff=QUICK, changed=lambda: changes.append(1))
        await supervisor.start([script("a", FOREVER, ready=says(output, "a", "here"))])
        (child,) = supervisor.children
        first = child.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: child.restarts == 1 and child.pid not in (None, first))
        await supervisor.stop()
        assert child.pid is None
        assert "a was killed (SIGKILL); starting it again in 0.02 s" in output.tail("supervisor")
        assert len(changes) == 4
        assert not supervisor.children

    run(main())


def test_a_crash_loop_backs_off_and_fails_the_start_with_its_log(tmp_path: Path) -> None:
    async def main() -> None:
        output = Output(tmp_path)
        supervisor = Supervisor(output, backoff=QUICK)
        with pytest.raises(Unavailable) as caught:
            await supervisor.start([script("a", "raise SystemExit('no database')", ready=lambda _: False)])
        await supervisor.stop()
        assert "no database" in caught.value.details["log"]
        assert caught.value.found == "it ended with 1, 4 times in a row"
        said = output.tail("supervisor")
        assert "in 0.02 s" in said
        assert "in 0.04 s" in said
        assert "in 0.08 s" in said

    run(main())


def test_a_program_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    async def main() -> None:
        supervisor = Supervisor(Output(tmp_path), backoff=QUICK)
        spec = ProcessSpec(name="ghost", argv=["argosy-no-such-program"], ready=lambda _: True)
        with pytest.raises(Unavailable, match="argosy-no-such-program"):
            await supervisor.start([spec])
        await supervisor.stop()

    run(main())


def test_stages_stop_in_the_opposite_order(tmp_path: Path) -> None:
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n    print(time.monotonic_ns(), flush=True); sys.exit()\n"
        "signal.signal(signal.SIGINT, end)\nprint('here', flush=True)\n"
        "while True: signal.pause()"
    )

    async def main() -> None:
        output = Output(tmp_path)
        supervisor = Supervisor(output)
        for name in ("first", "second"):
            await supervisor.start([script(name, code, ready=says(output, name, "here"))])
        await supervisor.stop()
        first, second = (int(output.tail(name, lines=1)) for name in ("first", "second"))
        assert second < first

    run(main())


def test_a_process_that_ignores_signals_is_killed_with_its_children(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "for s in (signal.SIGINT, signal.SIGTERM): signal.signal(s, signal.SIG_IGN)\n"
        "child = os.fork()\n"
        "if child: print(child, 'here', flush=True)\n"
        "while True: signal.pause()"
    )

    async def main() -> None:
        output = Output(tmp_path)
        supervisor = Supervisor(output)
        await supervisor.start(
            [script("stubborn", code, ready=says(output, "stubborn", "here"), stop_timeout_s=0.1)]
        )
        grandchild = psutil.Process(int(output.tail("stubborn").split()[0]))
        await supervisor.stop()
        assert wait_gone([grandchild], 30) == []
        assert "does not stop; killing it" in output.tail("supervisor")

    run(main())


def test_children_of_a_dead_process_do_not_outlive_it(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "child = os.fork()\n"
        "if child: print(child, 'here', flush=True)\n"
        "while True: signal.pause()"
    )

    async def main() -> None:
        output = Output(tmp_path)
        supervisor = Supervisor(output, backoff=Backoff(first_s=30))
        await supervisor.start([script("parent", code, ready=says(output, "parent", "here"))])
        grandchild = psutil.Process(int(output.tail("parent").split()[0]))
        (child,) = supervisor.children
        os.kill(child.pid or 0, signal.SIGKILL)
        await until(lambda: gone(grandchild))
        await supervisor.stop()

    run(main())


def test_a_loud_process_does_not_fill_the_memory_and_loses_nothing(tmp_path: Path) -> None:
    code = "import sys\nsys.stdout.write('x' * 3_000_000 + 'end\\n')\nfor n in range(5000): print(n)"

    async def main() -> None:
        output = Output(tmp_path, max_bytes=50_000_000)
        supervisor = Supervisor(output)
        assert await supervisor.run(script("loud", code, restart=False)) == 0
        written = output.path("loud").read_bytes()
        assert written.replace(b"\n", b"").startswith(b"x" * 3_000_000 + b"end0")
        assert written.endswith(b"\n4999\n")

    run(main())


def test_one_shot_processes_give_their_exit_code(tmp_path: Path) -> None:
    async def main() -> None:
        supervisor = Supervisor(Output(tmp_path))
        assert await supervisor.run(script("three", "raise SystemExit(3)", restart=False)) == 3
        assert not supervisor.children

    run(main())
