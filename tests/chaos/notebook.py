"""Record of the shots of all sittings and their results, in a file of the home."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ZEROS = ("doubled", "lost", "late", "afterHalt", "books")


@dataclass(slots=True)
class Record:
    """Record of one weapon.

    `number` is the next shot. `proved` counts shots after which everything was as the venue says, `variants`
    counts them by variant. `stopped` counts volleys that ended because the platform halted by itself.
    """

    proved: int = 0
    failed: int = 0
    number: int = 0
    variants: dict[str, int] = field(default_factory=dict)
    halts: int = 0
    stopped: int = 0
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
    """Progress of all weapons.

    `stacks` counts the started stacks; each has a folder of its own.
    """

    path: Path
    seed: int
    stacks: int = 0
    records: dict[str, Record] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path, seed: int) -> Notebook:
        """Read the file, or start a new record.

        Raises AssertionError when the file belongs to another seed.
        """
        if not path.exists():
            return cls(path, seed)
        raw = json.loads(path.read_text())
        assert raw["seed"] == seed, f"{path} is of seed {raw['seed']}; give that one, or another --home"
        records = {name: Record(**each) for name, each in raw["weapons"].items()}
        return cls(path, seed, raw["stacks"], records)

    def of(self, weapon: str) -> Record:
        return self.records.setdefault(weapon, Record())

    def next_home(self) -> Path:
        """Count one more stack, and return its folder."""
        self.stacks += 1
        self.save()
        return self.path.parent / f"stack-{self.stacks}"

    def save(self) -> None:
        fresh = self.path.with_suffix(".new")
        weapons = {name: asdict(record) for name, record in self.records.items()}
        fresh.write_text(
            json.dumps({"seed": self.seed, "stacks": self.stacks, "weapons": weapons}, indent=2, default=str)
        )
        fresh.replace(self.path)

    def table(self) -> str:
        """Return one line for each weapon, with counts and the numbers that must be zero."""
        columns: Sequence[str] = ("proved", "failed", "halts", "stopped", "orders", "fills", *ZEROS)
        rows = [
            (
                name,
                *(getattr(record, each) for each in columns),
                len(record.variants),
                f"{record.seconds / max(record.proved + record.failed, 1):.0f}",
            )
            for name, record in self.records.items()
        ]
        head = ("weapon", *columns, "variants", "s/shot")
        return "\n".join(
            f"{row[0]:<12}" + "".join(f"{value!s:>10}" for value in row[1:]) for row in (head, *rows)
        )
