"""Kills at random moments while orders flow, in stages with calm and a proof after each.

Progress is stored.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from support.forked import PythonModule

from chaos import bots, killing
from chaos.calm import settle
from chaos.paths import ROOT
from chaos.proof import Books
from chaos.stack import ChaosStack, patiently, python
from chaos.venue import FAULTS

Say = Callable[[str], None]
POLL_S = 0.1


@dataclass(slots=True)
class Progress:
    """Progress of a campaign that can be continued.

    `proved` counts the kills that are proved to have done no harm.
    """

    seed: int
    proved: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    orders: int = 0
    fills: int = 0
    intents: dict[str, int] = field(default_factory=dict)
    seconds: float = 0

    @classmethod
    def load(cls, path: Path, seed: int) -> Progress:
        if not path.exists():
            return cls(seed)
        found = cls(**json.loads(path.read_text()))
        assert found.seed == seed, f"{path} is of seed {found.seed}; give that one, or another --home"
        return found

    def save(self, path: Path) -> None:
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self), indent=2))
        fresh.replace(path)


def kills(
    stack: ChaosStack,
    progress: Progress,
    *,
    count: int,
    longest_gap_s: float,
    settle_s: float,
    patience_s: float = 20,
    every_s: float = 4,
    hurry: bool = False,
    say: Say = print,
) -> None:
    """Make `count` kills while the small bots trade under faults, then prove the books.

    Raises AssertionError.
    """
    begun = time.monotonic()
    plan = killing.plan(progress.seed, count, longest_gap_s=longest_gap_s, first=progress.proved)
    trade(stack, every_s=every_s)
    patiently(lambda: stack.venue.disturb(FAULTS))
    killer = killing.Killer(stack, patience_s=patience_s, note=lambda kill: say(f"  {kill}"))
    told = f"seed {progress.seed}, kills {progress.proved}..{progress.proved + count}: {killing.told(plan)}"
    killer.run(plan)
    took = settle(stack, bots.SMALL_BOTS, timeout_s=settle_s, told=told, hurry=hurry)
    verify(stack, told)
    progress.proved += count
    for kill in killer.done:
        progress.kills[kill.target] = progress.kills.get(kill.target, 0) + 1
    progress.seconds += time.monotonic() - begun
    tally(stack, progress)
    say(
        f"{progress.proved} kills proved; settled in {took:.1f} s; {progress.orders} orders, {progress.fills} fills, intents {progress.intents}"
    )


def trade(
    stack: ChaosStack, *, every_s: float, least: int = 5, overlap: str = "allow", timeout_s: float = 300
) -> None:
    """Let the small bots trade; return when the first orders are at the venue."""
    database = stack.runtime.database
    patiently(lambda: bots.make(database, every_s=every_s, overlap=overlap))
    patiently(lambda: bots.ticking(database, True))
    flow(stack, least, timeout_s=timeout_s)


def flow(
    stack: ChaosStack, least: int = 5, *, timeout_s: float = 300, unless: Callable[[], bool] = lambda: False
) -> None:
    """Wait for `least` more orders at the venue, or until `unless()` is true."""
    known = patiently(lambda: ordered(stack))
    ends = time.monotonic() + timeout_s
    while patiently(lambda: ordered(stack)) < known + least:
        if unless():
            return
        assert time.monotonic() < ends, (
            f"orders do not flow within {timeout_s:g} s: {stack.log('worker-io1')}"
        )
        time.sleep(POLL_S)


def ordered(stack: ChaosStack) -> int:
    """Return the number of orders at the venue so far."""
    return int(stack.venue.state()["orders"])


def tally(stack: ChaosStack, progress: Progress) -> None:
    progress.orders = len(stack.venue.orders())
    progress.fills = len(stack.venue.fills())
    rows = Books(stack.servers.endpoints.database_url).rows(
        "SELECT status, count(*) AS n FROM intents GROUP BY status ORDER BY status"
    )
    progress.intents = {row["status"]: row["n"] for row in rows}


VERIFIERS: Mapping[str, tuple[str, ...]] = {
    "ledger": ("ledger", "verify"),
    "audit chain": ("audit", "verify"),
}


def verify(stack: ChaosStack, told: str) -> None:
    """Check that the product's own checks find no fault."""
    with ThreadPoolExecutor() as pool:  # each is a process of its own
        for what, done in zip(
            VERIFIERS, pool.map(lambda words: cli(stack, *words), VERIFIERS.values()), strict=True
        ):
            assert done.returncode == 0, f"{told}\nthe {what} does not verify:\n{done.stdout}{done.stderr}"


def cli(stack: ChaosStack, *arguments: str, timeout_s: float = 300) -> subprocess.CompletedProcess[str]:
    """Run one `argosy` command beside the stack. Raises TimeoutExpired."""
    return subprocess.run(
        python("argosy.cli", *arguments),
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


COMMANDS = (
    "argosy.bootstrap.runtime",
    "argosy.bootstrap.types",
    "argosy.cli.money.ledger",
    "argosy.cli.root",
    "argosy.cli.safety.cancel_all",
    "argosy.cli.safety.resume",
    "argosy.infrastructure.actions.reconcile",
    "argosy.infrastructure.safety.service",
    "psycopg_pool",
    "sqlalchemy.dialects.postgresql.psycopg",
)
"""Modules of the commands of an operator who mends the books."""


def quick_cli(stack: ChaosStack, *arguments: str, timeout_s: float = 300) -> subprocess.CompletedProcess[str]:
    """Run one `argosy` command in a forked process: the same code without a second of imports.

    Its clock is right. Raises TimeoutExpired.
    """
    process = PythonModule(
        "argosy.cli",
        *arguments,
        env=stack.environment,
        held=COMMANDS,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def summary(progress: Progress) -> dict[str, Any]:
    return asdict(progress)
