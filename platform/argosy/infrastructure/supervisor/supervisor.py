"""Set of children, started in order and stopped in reverse order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from argosy.infrastructure.supervisor.child import Child
from argosy.infrastructure.supervisor.output import Output
from argosy.infrastructure.supervisor.spec import Backoff, ProcessSpec


class Supervisor:
    """Supervisor of stages.

    `start` adds a stage (all its processes at once). `stop` ends the stages, last one first.
    """

    def __init__(
        self,
        output: Output,
        *,
        backoff: Backoff | None = None,
        changed: Callable[[], None] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.output = output
        self._backoff = backoff or Backoff()
        self._changed = changed or (lambda: None)
        self._env = env or {}
        self._stages: list[list[Child]] = []

    @property
    def children(self) -> list[Child]:
        return [child for stage in self._stages for child in stage]

    async def start(self, specs: Sequence[ProcessSpec]) -> None:
        """Start one more stage and wait until all of it is ready.

        Raises `Unavailable` for the first process that is not. Started processes keep running until `stop`.
        """
        stage = [Child(spec, self.output, self._backoff, self._changed, self._env) for spec in specs]
        self.output.expect([child.name for child in stage])
        self._stages.append(stage)
        for child in stage:
            child.start()
        waiting = [asyncio.create_task(child.wait_ready()) for child in stage]
        try:
            await asyncio.gather(*waiting)
        finally:
            for task in waiting:
                task.cancel()

    async def run(self, spec: ProcessSpec) -> int:
        """Run one process to its end and return its exit code."""
        child = Child(spec, self.output, self._backoff, self._changed, self._env)
        self._stages.append([child])
        try:
            child.start()
            return await child.wait_done()
        finally:
            await child.stop()
            self._stages.remove([child])

    async def stop(self) -> None:
        """Stop everything in reverse order. Safe to repeat."""
        while self._stages:
            await asyncio.gather(*(child.stop() for child in self._stages[-1]))
            self._stages.pop()

    def kill(self) -> None:
        """Kill everything at once."""
        for child in self.children:
            child.kill()
