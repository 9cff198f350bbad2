"""Plan of kills, drawn from a seed, so that a run can be repeated."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chaos.stack import AWAY, SERVERS, ChaosStack

TARGETS: Mapping[str, int] = {
    "worker-io1": 6,
    "worker-io2": 6,
    "worker-quick1": 4,
    "worker-heavy1": 2,
    "child of worker-heavy1": 3,
    "recorder": 3,
    "beat": 3,
    "dashboard": 2,
    "sandbox": 2,
    "valkey": 3,
    "postgres": 2,
    "session of postgres": 2,
}
"""Processes and other targets, with weights.

Killing one session of PostgreSQL makes the server end all others and recover, as a crash does.
"""


ORDERS_BETWEEN = 3


@dataclass(frozen=True, slots=True)
class Kill:
    """The `number`-th kill of a run.

    `after_s` are the seconds since the kill before. `target` is a process or a part of one.
    """

    number: int
    after_s: float
    target: str

    def __str__(self) -> str:
        return f"#{self.number} {self.target} (+{self.after_s:.2f} s)"


def plan(seed: int, count: int, *, longest_gap_s: float, first: int = 0) -> list[Kill]:
    """Return the kills `first`…`first + count`.

    The same seed gives the same list, whatever part is requested. Every target comes once in a random order,
    then targets are drawn by weight.
    """
    rng = random.Random(f"kills {seed}")
    names, weights = list(TARGETS), list(TARGETS.values())
    everybody = rng.sample(names, len(names))
    drawn = [
        Kill(
            number,
            rng.uniform(0.05, longest_gap_s),
            everybody[number] if number < len(everybody) else rng.choices(names, weights)[0],
        )
        for number in range(first + count)
    ]
    return drawn[first:]


def told(kills: list[Kill]) -> str:
    return ", ".join(map(str, kills))


class Killer:
    """Executor of a plan; `done` lists the kills that hit."""

    def __init__(
        self, stack: ChaosStack, *, patience_s: float, note: Callable[[Kill], None] = lambda _: None
    ) -> None:
        self._stack = stack
        self._patience_s = patience_s
        self._note = note
        self.done: list[Kill] = []

    def run(self, kills: list[Kill]) -> None:
        for kill in kills:
            self._flowing()
            time.sleep(kill.after_s)  # the random moment
            if self._hit(kill.target):
                self.done.append(kill)
                self._note(kill)

    def _flowing(self) -> None:
        """Wait for orders, so that killed processes can return.

        Kills while nothing is traded prove little.
        """
        ends = time.monotonic() + self._patience_s
        known = self._orders()
        while time.monotonic() < ends and self._orders() < known + ORDERS_BETWEEN:
            time.sleep(0.1)

    def _orders(self) -> int:
        try:
            return int(self._stack.venue.state()["orders"])
        except AWAY:
            return 0

    def _hit(self, target: str) -> bool:
        stack = self._stack
        if target.startswith("child of "):
            return stack.kill_child(target.removeprefix("child of "))
        if target == "session of postgres":
            return stack.kill_session()
        if target in SERVERS:
            stack.crash_server(target)
            stack.raise_server(target)
            return True
        return stack.kill(target)
