"""Two stacks on one database, one Redis and one venue.

The same happens when someone starts the platform on a second machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from argosy.infrastructure.config import Settings
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.supervisor import ProcessSpec
from chaos import commands, lateness, shared, start
from chaos.shots import Harm, Weapon
from chaos.stack import ChaosStack
from chaos.venue import Venue

BOTH, HALTED_THERE, CLOCK, FROZEN = "both", "halted by the second", "the second's clock", "the second frozen"
KILLED, BEATS, HEAVY = "the second killed", "both beats killed", "the first's workers killed"
VARIANTS = {BOTH: 1, CLOCK: 2, FROZEN: 2, KILLED: 2, BEATS: 2, HEAVY: 2}
CLOSING = {HALTED_THERE: 2, CLOCK: 1, FROZEN: 1, KILLED: 1, BEATS: 1, HEAVY: 1}
SECONDS = {4: 2, 8: 2, 16: 1}
SMALL = {"worker": {"quick": 1, "io": 1, "io_threads": 4, "heavy": 1}}
CLOCK_S = 3600


class Guest(ChaosStack):
    """Second stack with its own processes and supervisor, on the host's servers and venue."""

    def __init__(self, home: Path, host: ChaosStack) -> None:
        super().__init__(home, seed=host.seed, settings=SMALL)
        self.servers = host.servers
        self._host = host

    def _start_servers(self) -> Endpoints:
        return self.servers.endpoints

    def _stop_servers(self) -> None:
        pass

    @property
    def venue(self) -> Venue:
        return self._host.venue

    def _chaotic(self) -> dict[str, str]:
        return {**super()._chaotic(), start.VENUE: self._host.venue.url}

    def _processes(self, settings: Settings, endpoints: Endpoints) -> Sequence[ProcessSpec]:
        return [spec for spec in super()._processes(settings, endpoints) if spec.name != "sandbox"]


@contextmanager
def second(stack: ChaosStack) -> Iterator[None]:
    """Run a second, smaller stack beside the given one."""
    guest = Guest(stack.home / "second", stack)
    try:
        guest.start()
        stack.beside.append(guest)
        yield
    finally:
        guest.stop()
        stack.beside.clear()


def fire(harm: Harm) -> None:
    stack, variant = harm.stack, harm.shot.variant
    guest = stack.beside[0]
    commands.status(guest)
    match variant:
        case "halted by the second":
            time.sleep(harm.shot.seconds)
            harm.stop = lateness.halt(guest)
        case "the second's clock":
            names = list(guest.restarts())
            guest.step_clock(CLOCK_S, *names)
            try:
                harm.endure()
            finally:
                guest.step_clock(0, *names)
        case "the second frozen":
            with guest.frozen(*guest.restarts()):
                harm.endure()
        case "the second killed" | "both beats killed" | "the first's workers killed":
            for its, name in _victims(stack, guest, variant):
                its.kill(name)
            harm.endure()
        case _:
            harm.endure()


def _victims(first: ChaosStack, second: ChaosStack, variant: str) -> list[tuple[ChaosStack, str]]:
    if variant == BEATS:
        return [(first, "beat"), (second, "beat")]
    if variant == KILLED:
        return [(second, name) for name in second.restarts()]
    return [(first, name) for name in first.restarts() if name.startswith("worker-")]


WEAPON = Weapon("pairs", VARIANTS, SECONDS, fire, shared.stack, closing=CLOSING, around=second)
