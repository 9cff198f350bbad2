"""Who is killed when: drawn from a seed, so that a run can be told again."""

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
"""Weights. Killing one session of PostgreSQL makes the server end all others and recover, as a crash does."""


ORDERS_BETWEEN = 3


@dataclass(frozen=True, slots=True)
class Kill:
    """The `number`-th of a run: `after_s` from the one before, the process or what of it."""

    number: int
    after_s: float
    target: str

    def __str__(self) -> str:
        return f"#{self.number} {self.target} (+{self.after_s:.2f} s)"


def plan(seed: int, count: int, *, longest_gap_s: float, first: int = 0) -> list[Kill]:
    """Kills `first`…`first + count`; the same seed gives the same list whatever part is asked for.

    Everybody once in a random order, and then whoever is drawn.
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
    """Carries out a plan; `done` is what was really hit."""

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
            time.sleep(kill.after_s)  # the random moment itself
            if self._hit(kill.target):
                self.done.append(kill)
                self._note(kill)

    def _flowing(self) -> None:
        """Gives what was killed before the time to come back: kills while nothing is traded prove little."""
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
