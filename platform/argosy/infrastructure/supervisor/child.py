"""One supervised process over its restarts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping

from argosy.errors import ArgosyError, Unavailable
from argosy.infrastructure.processes import group_alive
from argosy.infrastructure.supervisor.leftovers import NAME
from argosy.infrastructure.supervisor.output import LONGEST_LINE, Output
from argosy.infrastructure.supervisor.spec import Backoff, ProcessSpec

READY_POLL_S = 0.05
GROUP_GRACE_S = 2.0
HOPELESS_AFTER = 4
"""Failures in a row, without any answer, after which waiting for readiness ends."""


class Child:
    """Supervised process: start, output, restart, and stop together with its group."""

    def __init__(
        self,
        spec: ProcessSpec,
        output: Output,
        backoff: Backoff,
        changed: Callable[[], None],
        env: Mapping[str, str],
    ) -> None:
        self.spec = spec
        self.restarts = 0
        self.pid: int | None = None
        self.exit_code: int | None = None
        self.ready = asyncio.Event()
        self._output = output
        self._backoff = backoff
        self._changed = changed
        self._env = env
        self._transport: asyncio.ReadTransport | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._hopeless = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._problem: ArgosyError | None = None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def running(self) -> bool:
        return self.pid is not None

    def start(self) -> None:
        """Start supervising; `ready` is set when the process answers."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"supervise {self.name}")

    async def wait_ready(self) -> None:
        """Wait until the process answers.

        Raises `Unavailable` with the end of its log if it does not.
        """
        assert self._task is not None, "start() comes first"
        outcomes = {asyncio.create_task(event.wait()) for event in (self.ready, self._hopeless)}
        try:
            await asyncio.wait(
                {self._task, *outcomes},
                timeout=self.spec.ready_timeout_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for task in outcomes:
                task.cancel()
        if not self.ready.is_set():
            raise self._failure()

    async def wait_done(self) -> int:
        """Wait for the end of a process that is not restarted, and return its exit code."""
        assert self._task is not None, "start() comes first"
        await self._task
        if self._problem is not None:
            raise self._problem
        return self.exit_code if self.exit_code is not None else -1

    async def stop(self) -> None:
        """Stop the process: send its stop signals in turn, then SIGKILL.

        The rest of its process group is ended after it.
        """
        self._stopping.set()
        for sent in self.spec.stop_signals:
            if self.pid is None:
                break
            self._signal(sent)
            if await self._ended(self.spec.stop_timeout_s):
                break
        else:
            if self.pid is not None:
                self._output.system(f"{self.name} does not stop; killing it")
                self._signal(signal.SIGKILL)
        if self._task is not None:
            await self._task

    def kill(self) -> None:
        """Kill the whole process group at once, for a second Ctrl-C."""
        self._stopping.set()
        if self.pid is not None:
            self._signal_group(self.pid, signal.SIGKILL)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        failures, answered = 0, False
        while not self._stopping.is_set():
            began = loop.time()
            await self._once()
            if self._stopping.is_set() or not self.spec.restart:
                break
            failures = 1 if loop.time() - began >= self._backoff.calm_s else failures + 1
            answered = answered or self.ready.is_set()
            if failures >= HOPELESS_AFTER and not answered:
                self._hopeless.set()
            delay_s = self._backoff.delay_s(failures)
            self._output.system(f"{self.name} {self._ending()}; starting it again in {delay_s:g} s")
            self.ready.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay_s)
            if not self._stopping.is_set():
                self.restarts += 1

    async def _once(self) -> None:
        """Run the process once, from preparation to its end."""
        self.exit_code, self._problem = None, None
        try:
            if self.spec.prepare is not None:
                await asyncio.to_thread(self.spec.prepare)
            process, lines = await self._spawn()
        except ArgosyError as error:
            self._problem = error
            return
        except OSError as error:
            self._problem = Unavailable(
                f"{self.name} cannot be started: {error.strerror}",
                found=str(error.filename or self.spec.argv[0]),
            )
            return
        self._process, self.pid = process, process.pid
        self._changed()
        reader = asyncio.create_task(self._follow(lines))
        probe = asyncio.create_task(self._probe(process.pid))
        try:
            self.exit_code = await process.wait()
        finally:
            probe.cancel()
            self.pid = None
            await self._end_group(process.pid)
            # A grandchild that left the group may hold the pipe open: do not wait for it forever.
            await asyncio.wait({reader, probe}, timeout=GROUP_GRACE_S)
            reader.cancel()
            if self._transport is not None:
                self._transport.close()
            self._changed()

    async def _spawn(self) -> tuple[asyncio.subprocess.Process, asyncio.StreamReader]:
        """Start the process and return it with its output stream.

        The pipe is our own: asyncio's `wait` returns only when every holder of its pipe has ended, grandchildren
        included. Ending those is the supervisor's task.
        """
        read, write = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *self.spec.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, **self._env, NAME: self.name, **self.spec.env},
                start_new_session=True,
                **self.spec.options,
            )
        except BaseException:
            os.close(read)
            raise
        finally:
            os.close(write)
        lines = asyncio.StreamReader(limit=LONGEST_LINE)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), os.fdopen(read, "rb", buffering=0)
        )
        self._transport = transport
        return process, lines

    async def _probe(self, pid: int) -> None:
        if self.spec.ready is not None:
            # The readiness of another process sends no event: it must be polled.
            while not await asyncio.to_thread(self.spec.ready, pid):  # noqa: ASYNC110
                await asyncio.sleep(READY_POLL_S)
        self.ready.set()

    async def _follow(self, lines: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await lines.readuntil(b"\n")
            except asyncio.IncompleteReadError as end:
                if end.partial:
                    self._output.line(self.name, end.partial)
                return
            except asyncio.LimitOverrunError as overrun:
                line = await lines.read(overrun.consumed or LONGEST_LINE)
            self._output.line(self.name, line)

    async def _ended(self, timeout_s: float) -> bool:
        if self._process is None:
            return True
        try:
            await asyncio.wait_for(asyncio.shield(self._process.wait()), timeout_s)
        except TimeoutError:
            return False
        return True

    async def _end_group(self, group: int) -> None:
        """End the children of the ended process with SIGTERM, then SIGKILL."""
        if not group_alive(group) or not self._signal_group(group, signal.SIGTERM):
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + GROUP_GRACE_S
        while group_alive(group):
            if loop.time() > deadline:
                self._signal_group(group, signal.SIGKILL)
                return
            await asyncio.sleep(READY_POLL_S)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    @staticmethod
    def _signal_group(group: int, number: int) -> bool:
        """Send a signal to the group. Return False if the group is empty."""
        try:
            os.killpg(group, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def _ending(self) -> str:
        if self._problem is not None:
            return f"could not start ({self._problem})"
        code = self.exit_code
        if code is not None and code < 0:
            return f"was killed ({signal.Signals(-code).name})"
        return f"ended with {code}"

    def _failure(self) -> Unavailable:
        if self._problem is not None:
            found = str(self._problem)
        elif self._hopeless.is_set():
            found = f"it {self._ending()}, {HOPELESS_AFTER} times in a row"
        elif self._task is not None and self._task.done():
            found = f"it {self._ending()}"
        else:
            found = f"no answer within {self.spec.ready_timeout_s:g} s"
        return Unavailable(
            f"{self.name} did not start",
            expected=f"{self.name} to answer",
            found=found,
            remedy=f"see {self._output.path(self.name)}",
            log=self._output.tail(self.name),
        )
