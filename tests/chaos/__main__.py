"""`make chaos`: the long versions, with figures.

A home that is given can be continued after a break.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chaos import (
    bots,
    campaign,
    clocks,
    disks,
    freezes,
    halts,
    outages,
    pairs,
    partitions,
    races,
    restores,
    rewinds,
    sittings,
    supervisors,
)
from chaos.calm import settle
from chaos.campaign import Progress
from chaos.notebook import Notebook
from chaos.stack import ChaosStack, chaos_stack

STAGE = 10
"""Kills between two proofs."""
PARTS = ("kills", "halts", "races", "memory", "outages")
SHOTS = 50
"""Default number of shots of each weapon."""
WEAPONS = {
    weapon.name: weapon
    for weapon in (
        freezes.WEAPON,
        clocks.WEAPON,
        partitions.WEAPON,
        disks.WEAPON,
        rewinds.WEAPON,
        pairs.WEAPON,
        restores.WEAPON,
        supervisors.WEAPON,
    )
}


def main(argv: list[str] | None = None) -> int:
    """Return 0 when everything was proved.

    Every failure is printed with the seed and the shots or kills.
    """
    ending = Ending()
    options = _options(argv)
    home = options.home or Path(tempfile.mkdtemp(prefix="ac-"))
    home.mkdir(parents=True, exist_ok=True)
    progress = Progress.load(home / "chaos.json", options.seed)
    print(f"seed {progress.seed}, home {home}; to go on: --home {home} --seed {progress.seed}", flush=True)
    figures: dict[str, Any] = {"seed": progress.seed}
    parts: Mapping[str, Callable[[ChaosStack], Any]] = {
        "kills": lambda stack: _kills(stack, progress, options.kills, home),
        "halts": lambda stack: _halts(stack, options.halts),
        "races": lambda stack: _races(stack, options.races),
        "memory": _memory,
        "outages": lambda stack: _outages(stack, options.outage_s),
    }
    wanted = options.only or (*PARTS, *WEAPONS)
    notebook = Notebook.open(home / "shots.json", progress.seed)
    try:
        if any(name in PARTS for name in wanted):
            with chaos_stack(home, seed=progress.seed) as stack:
                for name in (name for name in wanted if name in PARTS):
                    with _timed(name, figures):
                        figures[name] = parts[name](stack)
    except AssertionError as error:
        print(f"FAILED (seed {progress.seed}, home {home})\n{error}", file=sys.stderr)
        return 1
    ending.after(options.minutes)
    sittings.sit(
        [WEAPONS[name] for name in WEAPONS if name in wanted],
        {name: getattr(options, name) for name in WEAPONS},
        notebook,
        goes_on=ending.goes_on,
        say=_say,
    )
    print(json.dumps(figures, indent=2, default=str))
    failed = {name: record.failures for name, record in notebook.records.items() if record.failures}
    if notebook.records:
        print(notebook.table())
    if failed:
        print(f"FAILED (seed {progress.seed}, home {home}): see {notebook.path}", file=sys.stderr)
        return 1
    if options.home is None:
        shutil.rmtree(home, ignore_errors=True)
    return 0


class Ending:
    """End of a sitting: no shot begins after a time, or once SIGTERM has come.

    SIGTERM ends the process at once while no shots are fired yet, and when it comes again.
    """

    def __init__(self) -> None:
        self._at = 0.0
        signal.signal(signal.SIGTERM, self._asked)

    def after(self, minutes: float) -> None:
        self._at = time.monotonic() + minutes * 60

    def goes_on(self) -> bool:
        return time.monotonic() < self._at

    def _asked(self, *_: object) -> None:
        if not self.goes_on():
            sys.exit("ended")
        print("asked to end: what was fired is proved first", flush=True)
        self._at = 0.0


@contextmanager
def _timed(name: str, figures: dict[str, Any]) -> Iterator[None]:
    print(f"== {name}", flush=True)
    begun = time.monotonic()
    yield
    figures[f"{name} seconds"] = round(time.monotonic() - begun, 1)


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--halts", type=int, default=50)
    parser.add_argument("--races", type=int, default=1000)
    parser.add_argument("--outage-s", type=float, default=30)
    for name in WEAPONS:
        parser.add_argument(f"--{name}", type=int, default=SHOTS, metavar="N", help=f"shots of {name}")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--home", type=Path, default=None, help="keeps everything there, and goes on with it")
    parser.add_argument(
        "--minutes",
        type=float,
        default=float("inf"),
        help="of shots: none begins later; go on with --home",
    )
    parser.add_argument("--only", nargs="*", choices=[*PARTS, *WEAPONS], default=None)
    options = parser.parse_args(argv)
    # Settings of the caller must not reach the stack.
    for name in [name for name in os.environ if name.startswith("ARGOSY_")]:
        del os.environ[name]
    return options


def _say(text: str) -> None:
    print(text, flush=True)


def _kills(stack: ChaosStack, progress: Progress, wanted: int, home: Path) -> dict[str, Any]:
    while progress.proved < wanted:
        campaign.kills(
            stack,
            progress,
            count=min(STAGE, wanted - progress.proved),
            longest_gap_s=4.0,
            settle_s=240,
            say=_say,
        )
        progress.save(home / "chaos.json")
    return campaign.summary(progress)


def _halts(stack: ChaosStack, times: int) -> dict[str, Any]:
    found = halts.run(stack, times, say=_say)
    halts.drain(stack)
    settle(stack, bots.WIDE_BOTS, timeout_s=240, told=f"{times} halts")
    return found.figures


def _races(stack: ChaosStack, times: int) -> dict[str, Any]:
    each = -(-times // len(races.RINGS))
    url = stack.scratch_database()
    found = {ring.name: races.race(url, ring, each) for ring in races.RINGS}
    told: dict[str, Any] = {
        name: {"races": r.races, "at once": r.overlapped, "won by": r.wins} for name, r in found.items()
    }
    told["through workers"] = {"races": races.through_workers(stack, 20)}
    settle(stack, bots.DUELLISTS, timeout_s=240, told="races through workers")
    return told


def _memory(stack: ChaosStack) -> dict[str, Any]:
    found = {}
    campaign.trade(stack, every_s=4)
    for what, empty in (("flushed", False), ("killed, data deleted", True)):
        orders, refused = outages.forgetful(stack, empty=empty, blind_s=6)
        assert not orders, f"Redis {what}: {orders} orders without flags"
        assert refused, f"Redis {what}: nothing was tried without flags: this proves nothing"
        found[what] = {"orders without flags": orders, "refused": refused}
    settle(stack, bots.SMALL_BOTS, timeout_s=240, told="Redis lost its memory")
    return found


def _outages(stack: ChaosStack, seconds: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    campaign.trade(stack, every_s=4)
    begun = outages.without_postgres(stack, seconds)
    assert not begun, f"{begun} orders reached the venue without Postgres"
    campaign.flow(stack, 5)
    settle(stack, bots.SMALL_BOTS, timeout_s=240, told=f"Postgres away for {seconds:g} s")
    found["postgres away"] = {"s": seconds, "orders begun": begun}
    for ill in outages.ILLS:
        campaign.trade(stack, every_s=4)
        outages.ill_venue(stack, ill, seconds * 2 / 3)
        took = settle(stack, bots.SMALL_BOTS, timeout_s=240, told=f"the venue: {ill}")
        found[f"venue: {ill}"] = {"settled in s": round(took, 1)}
        _say(f"  venue, {ill}: settled in {took:.1f} s")
    campaign.trade(stack, every_s=4)
    with outages.doubled(stack) as copies:
        campaign.flow(stack, 60)
    found["messages doubled"] = copies[0]
    outages.full_disk(stack, "worker-io1")
    stack.wait_up()
    campaign.flow(stack, 20)
    settle(stack, bots.SMALL_BOTS, timeout_s=240, told="doubled messages, a full disk")
    for seconds in (20, -20, 120, -120):
        campaign.trade(stack, every_s=4)
        outages.wrong_clocks(stack, seconds, lasting_s=10)
        settle(stack, bots.SMALL_BOTS, timeout_s=240, told=f"clocks of workers wrong by {seconds} s")
        found[f"clocks wrong by {seconds} s"] = "proved"
    return found


if __name__ == "__main__":
    sys.exit(main())
