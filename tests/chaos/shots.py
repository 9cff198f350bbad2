"""One weapon, fired again and again while orders flow: after each shot peace, and the proof. What was done is kept."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from chaos import bots, commands, lateness, proof
from chaos.calm import settle
from chaos.campaign import Say, trade, verify
from chaos.lateness import Stop
from chaos.proof import Books, Difference
from chaos.stack import ChaosStack, chaos_stack, patiently
from chaos.venue import FAULTS

WATCH_S = 2.0
"""How long orders are looked for after a harm that a halt was given in: what wakes up sends within that time."""
ZEROS = ("doubled", "lost", "late", "afterHalt", "books")


@dataclass(frozen=True, slots=True)
class Shot:
    """The `number`-th of a weapon. `halt_at`: share of its time after which `argosy halt` is given, None for none."""

    weapon: str
    number: int
    variant: str
    seconds: float
    halt_at: float | None = None

    def __str__(self) -> str:
        halted = "" if self.halt_at is None else f", halt at {self.halt_at * self.seconds:.1f} s"
        return f"{self.weapon} #{self.number}: {self.variant} for {self.seconds:g} s{halted}"


@dataclass(slots=True)
class Harm:
    """What a shot is given to do its harm with, and what came of it."""

    stack: ChaosStack
    shot: Shot
    stop: Stop | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    def endure(self) -> None:
        """Lets the harm last as long as the shot says; `status` must work meanwhile, and `halt` when it is its time."""
        ends = time.monotonic() + self.shot.seconds
        if self.shot.halt_at is None:
            commands.status(self.stack)
        else:
            time.sleep(self.shot.seconds * self.shot.halt_at)
            self.stop = lateness.halt(self.stack)
        time.sleep(max(ends - time.monotonic(), 0))


Stacks = Callable[[Path, int], AbstractContextManager[ChaosStack]]


def _plain(home: Path, seed: int) -> AbstractContextManager[ChaosStack]:
    return chaos_stack(home, seed=seed)


def prove(harm: Harm, settle_s: float) -> None:
    """Peace, and everything as the venue says. Raises AssertionError."""
    told = str(harm.shot)
    took = settle(harm.stack, bots.SMALL_BOTS, timeout_s=settle_s, told=told, hurry=True)
    harm.notes["settled in s"] = round(took, 1)
    verify(harm.stack, told)


def differences(stack: ChaosStack) -> Sequence[Difference]:
    return proof.differences(Books(stack.servers.endpoints.database_url), stack.venue, bots.SMALL_BOTS)


@dataclass(frozen=True)
class Weapon:
    """`variants` are drawn by weight, each of them once before any comes again. `fire` returns when the harm is over.

    `halts`: share of shots in which `argosy halt` is given. `missing` names what this machine lacks for it; None when it
    can be fired.
    """

    name: str
    variants: Mapping[str, int]
    seconds: Sequence[float]
    fire: Callable[[Harm], None]
    stack: Stacks = _plain
    halts: float = 0.5
    prove: Callable[[Harm, float], None] = prove
    differences: Callable[[ChaosStack], Sequence[Difference]] = differences
    missing: Callable[[], str | None] = lambda: None

    def draw(self, seed: int, number: int) -> Shot:
        """The same seed gives the same shots, wherever a campaign is taken up."""
        rng = random.Random(f"{self.name} {seed}")
        names = list(self.variants)
        order = rng.sample(names, len(names))
        rng = random.Random(f"{self.name} {seed} {number}")
        variant = (
            order[number] if number < len(order) else rng.choices(names, list(self.variants.values()))[0]
        )
        seconds = rng.choice(self.seconds)
        halt_at = rng.uniform(0.1, 0.9) if rng.random() < self.halts else None
        return Shot(self.name, number, variant, seconds, halt_at)


@dataclass(slots=True)
class Record:
    """Of one weapon over all sittings. `number`: the next shot; `generation`: how many stacks were spoilt by a failure."""

    shots: int = 0
    number: int = 0
    generation: int = 0
    variants: dict[str, int] = field(default_factory=dict)
    halts: int = 0
    orders: int = 0
    fills: int = 0
    doubled: int = 0
    lost: int = 0
    late: int = 0
    afterHalt: int = 0
    books: int = 0
    seconds: float = 0
    failures: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Notebook:
    """The progress of all weapons, in a file of the home."""

    path: Path
    seed: int
    records: dict[str, Record] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path, seed: int) -> Notebook:
        """Raises AssertionError when the file is of another seed."""
        if not path.exists():
            return cls(path, seed)
        raw = json.loads(path.read_text())
        assert raw["seed"] == seed, f"{path} is of seed {raw['seed']}; give that one, or another --home"
        return cls(path, seed, {name: Record(**each) for name, each in raw["weapons"].items()})

    def of(self, weapon: str) -> Record:
        return self.records.setdefault(weapon, Record())

    def save(self) -> None:
        fresh = self.path.with_suffix(".new")
        weapons = {name: asdict(record) for name, record in self.records.items()}
        fresh.write_text(json.dumps({"seed": self.seed, "weapons": weapons}, indent=2))
        fresh.replace(self.path)

    def table(self) -> str:
        """One line a weapon: what was done, and the zeros."""
        head = ("weapon", "shots", "failed", "halts", "orders", "fills", *ZEROS)
        rows = [
            (
                name,
                r.shots,
                len(r.failures),
                r.halts,
                r.orders,
                r.fills,
                *(getattr(r, zero) for zero in ZEROS),
            )
            for name, r in self.records.items()
        ]
        return "\n".join(" ".join(f"{value!s:>10}" for value in row) for row in (head, *rows))


def campaign(
    weapon: Weapon,
    wanted: int,
    notebook: Notebook,
    home: Path,
    *,
    ends: float = float("inf"),
    settle_s: float = 240,
    say: Say = print,
) -> dict[str, Any]:
    """Shots until `wanted` are done, those of earlier sittings included; none begins after `ends` (monotonic).

    A failure spoils the stack: the next shot gets a fresh one, and the old one's data stay where they are.
    """
    record = notebook.of(weapon.name)
    missing = weapon.missing()
    if missing is not None:
        say(f"  {weapon.name} is left out: {missing}")
        return {"left out": missing}
    while record.shots < wanted and time.monotonic() < ends:
        with weapon.stack(home / f"{weapon.name}-{record.generation}", notebook.seed) as stack:
            while record.shots < wanted and time.monotonic() < ends:
                shot = weapon.draw(notebook.seed, record.number)
                say(f"  {shot}")
                sound = one(weapon, stack, shot, record, settle_s=settle_s, say=say)
                record.generation += not sound
                notebook.save()
                if not sound:
                    break
    return asdict(record)


def one(weapon: Weapon, stack: ChaosStack, shot: Shot, record: Record, *, settle_s: float, say: Say) -> bool:
    """Fires, proves, and writes down what came of it; False when something was not as it must be."""
    begun = time.monotonic()
    before = _traded(stack)
    harm = Harm(stack, shot)
    problem: str | None = None
    try:
        fire(weapon, harm, settle_s=settle_s)
    except AssertionError as error:
        problem = str(error)
    found = _counts(weapon, harm)
    after = _traded(stack)
    record.number, record.shots = shot.number + 1, record.shots + 1
    record.variants[shot.variant] = record.variants.get(shot.variant, 0) + 1
    record.halts += harm.stop is not None
    record.orders += max(after[0] - before[0], 0)
    record.fills += max(after[1] - before[1], 0)
    record.seconds = round(record.seconds + time.monotonic() - begun, 1)
    for zero, count in found.items():
        setattr(record, zero, getattr(record, zero) + count)
    if problem is not None:
        record.failures.append({"shot": str(shot), "counts": found, "what": problem[:4000]})
        say(f"  FAILED {shot}\n{problem}")
    else:
        say(
            f"    proved after {time.monotonic() - begun:.1f} s; {after[0] - before[0]} orders {harm.notes or ''}"
        )
    return problem is None


def fire(weapon: Weapon, harm: Harm, *, settle_s: float) -> None:
    """One shot at a stack that trades, peace, and the proof. Raises AssertionError."""
    stack = harm.stack
    trade(stack, every_s=4)
    patiently(lambda: stack.venue.disturb(FAULTS))
    weapon.fire(harm)
    conclude(weapon, harm, settle_s=settle_s)


def conclude(weapon: Weapon, harm: Harm, *, settle_s: float) -> None:
    """The proof after the harm, and that every command works. Raises AssertionError."""
    stack = harm.stack
    time.sleep(WATCH_S)
    weapon.prove(harm, settle_s)
    books = Books(stack.servers.endpoints.database_url)
    late = lateness.late(books, stack.venue, bots.SMALL_BOTS)
    if harm.stop is not None:
        late += lateness.after(books, stack.venue, harm.stop, bots.SMALL_BOTS)
    assert not late, f"{harm.shot}\nsent late:\n  " + "\n  ".join(late)
    if harm.stop is not None:  # else it was asked for in the middle of the harm
        commands.status(stack)
    commands.resume(stack)


def _traded(stack: ChaosStack) -> tuple[int, int]:
    """Orders and fills at the venue by now; none where it does not answer any more."""
    try:
        return patiently(lambda: (len(stack.venue.orders()), len(stack.venue.fills())))
    except AssertionError:
        return 0, 0


def _counts(weapon: Weapon, harm: Harm) -> dict[str, int]:
    """What must be zero, counted whether the shot failed or not."""
    stack = harm.stack
    books = Books(stack.servers.endpoints.database_url)

    def count() -> dict[str, int]:
        kinds = [each.kind for each in weapon.differences(stack)]
        stop = harm.stop
        return {
            "doubled": kinds.count("doubled"),
            "lost": kinds.count("lost"),
            "books": kinds.count("books"),
            "late": len(lateness.late(books, stack.venue, bots.SMALL_BOTS)),
            "afterHalt": 0
            if stop is None
            else len(lateness.after(books, stack.venue, stop, bots.SMALL_BOTS)),
        }

    try:
        return patiently(count, why="the proof can be read")
    except AssertionError:
        return {}
