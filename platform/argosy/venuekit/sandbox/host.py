"""Host of sandbox modules: what all of them share on one server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from loguru import logger

from argosy.core.clock import Clock
from argosy.errors import InvalidInput, NotFound
from argosy.venuekit.sandbox.clock import VenueClock
from argosy.venuekit.sandbox.faults import OWN_MARK, ROUTE_KINDS, Fault, FaultTable
from argosy.venuekit.sandbox.module import SandboxModule, catch_up
from argosy.venuekit.sandbox.routes import check_routes

M = TypeVar("M")


class SandboxHost:
    """Modules with their clock, faults and pauses.

    `mode` is "simulated" or "replay". `wall` is the machine's own clock. `failures` says which modules are
    behind, and why. Where a control request names no
    module, the first one answers. Raises ValueError if two modules share a name, a prefix or a path.
    """

    def __init__(
        self,
        modules: Sequence[SandboxModule],
        *,
        seed: int,
        clock: VenueClock,
        wall: Clock,
        mode: str = "simulated",
        notes: Sequence[str] = (),
    ) -> None:
        if not modules:
            raise ValueError("a sandbox has at least one module")
        self.modules = tuple(modules)
        self.seed = seed
        self.clock = clock
        self.wall = wall
        self.mode = mode
        self.faults = FaultTable(seed)
        self.paused: set[str] = set()
        self.failures: dict[str, str] = {}
        self.notes = [*notes, *dict.fromkeys(note for module in modules for note in module.notes)]
        check_routes(self.modules)

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def module(self, name: str | None) -> SandboxModule:
        """Return a module by name; without a name the first one. Raises NotFound."""
        if name is None:
            return self.modules[0]
        for module in self.modules:
            if module.name == name:
                return module
        raise NotFound(
            f"the sandbox has no module {name!r}",
            expected="one of " + ", ".join(module.name for module in self.modules),
            found=name,
        )

    def module_at(self, path: str) -> SandboxModule | None:
        """Return the module that serves a path, None if no module does."""
        for module in self.modules:
            if any(path == prefix or path.startswith(prefix + "/") for prefix in module.prefixes):
                return module
        return None

    def module_of(self, kind: type[M]) -> M:
        """Return the module of a class."""
        for module in self.modules:
            if isinstance(module, kind):
                return module
        raise LookupError(kind.__name__)

    async def catch_up(self, module: SandboxModule | None = None) -> None:
        """Bring one module, or all of them, up to the present time.

        After a long pause there is much to do: the venue advances only when a request comes. Of all modules,
        one that fails is logged and noted in `failures`; the others go on.
        """
        if module is not None:
            await catch_up(module, self.now_ms())
            return
        for one in self.modules:
            try:
                await catch_up(one, self.now_ms())
            except Exception as error:  # noqa: BLE001 - one module's fault leaves the control of the others
                logger.exception("module {} of the sandbox cannot be brought up to now", one.name)
                self.failures[one.name] = f"not brought up to now: {error}"
            else:
                self.failures.pop(one.name, None)

    def add_fault(self, fault: Fault) -> Fault:
        """Add a row to the fault table.

        Raises NotFound for an unknown module, and InvalidInput for a kind that no named module carries out.
        """
        kind = fault.kind
        owner, mark, own = kind.rpartition(OWN_MARK)
        reached = [self.module(fault.module)] if fault.module else self._reached(fault.endpoint)
        if mark:
            reached = [one for one in reached if one is self.module(owner)]
            kind = own
        if (mark or kind in ROUTE_KINDS) and not any(kind in module.faults for module in reached):
            raise InvalidInput(
                f"no module at this endpoint carries out the fault {fault.kind!r}",
                expected="; ".join(f"{one.name}: {_kinds_of(one)}" for one in self.modules),
                found=f"{fault.endpoint} reaches " + (", ".join(one.name for one in reached) or "no module"),
                remedy="name another kind of fault, or the endpoint of a module that knows it",
            )
        only = fault.module or owner
        return self.faults.add(fault, self.module(only).prefixes if only else None)

    def pause(self, name: str) -> None:
        """Answer 503 to all requests to a module until `resume`. Raises NotFound."""
        self.paused.add(self.module(name).name)

    def resume(self, name: str) -> None:
        """Serve a module again. Raises NotFound."""
        self.paused.discard(self.module(name).name)

    def warm_up(self) -> None:
        for module in self.modules:
            try:
                module.warm_up()
            except Exception:  # noqa: BLE001 - the request that needs the library says what is wrong
                logger.exception("module {} of the sandbox cannot be warmed up", module.name)

    def _reached(self, endpoint: str) -> list[SandboxModule]:
        """Return the modules that a pattern can match, by its text before the first wildcard."""
        path = endpoint[endpoint.index("/") :] if "/" in endpoint else ""
        head = path[: min((path.find(mark) for mark in "*?[" if mark in path), default=len(path))]
        return [
            module
            for module in self.modules
            if any(head.startswith(prefix) or prefix.startswith(head) for prefix in module.prefixes)
        ]


def _kinds_of(module: SandboxModule) -> str:
    return ", ".join(sorted(module.faults)) or "none of its own"
