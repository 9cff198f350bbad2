"""Weapons and their shots: the draw from the seed, and the context of a shot."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from chaos import commands, lateness
from chaos.lateness import Stop
from chaos.stack import ChaosStack

T = TypeVar("T")
VOLLEY = 10
"""Shots between two proofs; `argosy halt` is given in the last one."""


@dataclass(frozen=True, slots=True)
class Shot:
    """The `number`-th shot of a weapon.

    `halt_at` is the share of its time after which `argosy halt` is given, None for no halt.
    """

    weapon: str
    number: int
    variant: str
    seconds: float
    halt_at: float | None = None

    @property
    def is_last(self) -> bool:
        """True if this shot ends a volley."""
        return self.number % VOLLEY == VOLLEY - 1

    def __str__(self) -> str:
        halted = "" if self.halt_at is None else f", halt at {self.halt_at * self.seconds:.1f} s"
        return f"{self.weapon} #{self.number}: {self.variant} for {self.seconds:g} s{halted}"


@dataclass(slots=True)
class Harm:
    """Context of a shot, and its results."""

    stack: ChaosStack
    shot: Shot
    stop: Stop | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    def endure(self) -> None:
        """Let the harm last as long as the shot says.

        Meanwhile `argosy status` must work, or `argosy halt` in a shot with a halt.
        """
        ends = time.monotonic() + self.shot.seconds
        if self.shot.halt_at is None:
            commands.status(self.stack)
        else:
            time.sleep(self.shot.seconds * self.shot.halt_at)
            self.stop = lateness.halt(self.stack)
        time.sleep(max(ends - time.monotonic(), 0))


Stacks = Callable[[Path, int], AbstractContextManager[ChaosStack]]
"""Starts a stack in the given home, with the given seed."""


@dataclass(frozen=True)
class Weapon:
    """Kind of harm.

    `variants` and `seconds` are drawn by weight, and each variant comes once before any comes again. `fire`
    returns when the harm is over.

    - `closing`: variants of a volley's last shot, if they differ.
    - `halts`: True if `argosy halt` is given in that shot.
    - `turn`: most shots of a volley.
    - `around`: processes that run beside the stack during a volley.
    - `missing`: the thing that this machine lacks for the weapon, None if it can be fired.
    """

    name: str
    variants: Mapping[str, int]
    seconds: Mapping[float, int]
    fire: Callable[[Harm], None]
    stack: Stacks
    closing: Mapping[str, int] = field(default_factory=dict)
    halts: bool = True
    turn: int = VOLLEY
    around: Callable[[ChaosStack], AbstractContextManager[object]] = nullcontext
    missing: Callable[[], str | None] = lambda: None

    def draw(self, seed: int, number: int) -> Shot:
        """Return a shot; the same seed gives the same shots, wherever a campaign continues."""
        rng = random.Random(f"{self.name} {seed} {number}")
        shot = Shot(
            self.name,
            number,
            self._variant(seed, number, rng),
            _lot(rng, self.seconds),
            rng.uniform(0.1, 0.9),
        )
        if shot.is_last and self.halts:
            return shot
        return Shot(shot.weapon, number, shot.variant, shot.seconds)

    def _variant(self, seed: int, number: int, rng: random.Random) -> str:
        volley, place = divmod(number, VOLLEY)
        if self.closing and place == VOLLEY - 1:
            return _turn(f"{self.name} {seed} last", self.closing, volley, rng)
        nth = volley * (VOLLEY - 1) + place if self.closing else number
        return _turn(f"{self.name} {seed}", self.variants, nth, rng)


def _turn(lot: str, weights: Mapping[str, int], nth: int, rng: random.Random) -> str:
    """Return each name once in an order that the lot decides, then draw by weight."""
    names = list(weights)
    order = random.Random(lot).sample(names, len(names))
    return order[nth] if nth < len(order) else _lot(rng, weights)


def _lot(rng: random.Random, weights: Mapping[T, int]) -> T:
    return rng.choices(list(weights), list(weights.values()))[0]
