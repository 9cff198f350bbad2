"""Volley: several shots of one weapon at a stack that trades, then calm and one proof.

Orders flow between the shots.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from chaos import bots, commands, lateness, proof
from chaos.calm import settle
from chaos.campaign import Say, flow, ordered, trade, verify
from chaos.notebook import Record
from chaos.proof import Books
from chaos.shots import Harm, Shot, Weapon
from chaos.stack import ChaosStack, patiently
from chaos.venue import FAULTS

WATCH_S = 2.0
"""Seconds to watch for orders after a harm with a halt.

A process that resumes sends within that time.
"""
EVERY_S = 3.0
"""Seconds between two runs of each small bot, unless its last run still goes on."""
BETWEEN = 3
"""Orders between two shots."""
PATIENCE_S = 400
"""Longest wait for those orders in seconds, on a busy machine."""
LONGEST_TEXT = 6000


@dataclass(slots=True)
class Volley:
    """Shots fired so far.

    `stopped` is the reason why the platform halted by itself, which ends a volley.
    """

    weapon: Weapon
    stack: ChaosStack
    harms: list[Harm] = field(default_factory=list)
    stopped: str | None = None

    def fire(self, shots: Sequence[Shot], *, goes_on: Callable[[], bool] = lambda: True, say: Say) -> None:
        """Fire the shots in turn, as long as `goes_on()` is true. Raises AssertionError."""
        stack = self.stack
        with self.weapon.around(stack):
            trade(stack, every_s=EVERY_S, overlap="skip", timeout_s=PATIENCE_S)
            patiently(lambda: stack.venue.disturb(FAULTS))
            for shot in shots:
                if self.harms and not (goes_on() and self._flows()):
                    break
                say(f"  {shot}")
                begun = time.monotonic()
                self.harms.append(Harm(stack, shot))
                self.weapon.fire(self.harms[-1])
                say(f"    {time.monotonic() - begun:.1f} s {self.harms[-1].notes or ''}")
            self.conclude(say=say)

    def _flows(self) -> bool:
        """Wait for orders; return False if the platform has halted by itself.

        After such a halt no orders come before a resume.
        """
        flow(self.stack, BETWEEN, timeout_s=PATIENCE_S, unless=self._halted)
        return self.stopped is None

    def _halted(self) -> bool:
        found = patiently(self.stack.runtime.desk.status, why="Postgres answers")
        reasons = [f"{each.scope}: {each.reason}" for each in found if each.state in commands.STOPPED]
        self.stopped = "; ".join(reasons) or None
        return bool(reasons)

    def conclude(self, *, settle_s: float = 240, say: Say) -> None:
        """Wait for calm, prove the books, and check that every command works afterwards.

        Raises AssertionError.
        """
        stack, stop = self.stack, self.stop
        time.sleep(WATCH_S)
        begun = time.monotonic()
        took = settle(stack, bots.SMALL_BOTS, timeout_s=settle_s, told=str(self), hurry=True)
        verify(stack, str(self))
        books = Books(stack.servers.endpoints.database_url)
        late = lateness.late(books, stack.venue, bots.SMALL_BOTS)
        if stop is not None:
            late += lateness.after(books, stack.venue, stop, bots.SMALL_BOTS)
            commands.status(stack)
        assert not late, f"{self}\nsent late:\n  " + "\n  ".join(late)
        commands.resume(stack)
        say(f"    settled in {took:.1f} s, proved in {time.monotonic() - begun - took:.1f} s more")

    @property
    def stop(self) -> lateness.Stop | None:
        """Answer of the halt that was given in the last shot."""
        return self.harms[-1].stop if self.harms else None

    def counts(self) -> dict[str, int]:
        """Return the counts that must be zero, whether the volley was proved or not."""
        stack, stop = self.stack, self.stop
        books = Books(stack.servers.endpoints.database_url)

        def count() -> dict[str, int]:
            found = proof.differences(books, stack.venue, bots.SMALL_BOTS, stack.forgotten)
            kinds = [each.kind for each in found]
            late = len(lateness.late(books, stack.venue, bots.SMALL_BOTS))
            after = 0 if stop is None else len(lateness.after(books, stack.venue, stop, bots.SMALL_BOTS))
            return {kind: kinds.count(kind) for kind in ("doubled", "lost", "books")} | {
                "late": late,
                "afterHalt": after,
            }

        try:
            return patiently(count, why="the proof can be read")
        except AssertionError:
            return {}

    def __str__(self) -> str:
        return "\n".join(str(harm.shot) for harm in self.harms)


def one(
    weapon: Weapon,
    stack: ChaosStack,
    shots: Sequence[Shot],
    record: Record,
    *,
    goes_on: Callable[[], bool] = lambda: True,
    say: Say,
) -> bool:
    """Fire and prove a volley, and record the result; False after a failure."""
    begun = time.monotonic()
    before = _traded(stack)
    volley = Volley(weapon, stack)
    problem: str | None = None
    try:
        volley.fire(shots, goes_on=goes_on, say=say)
    except AssertionError as error:
        problem = str(error)
    except Exception:
        problem = traceback.format_exc()
    after = _traded(stack)
    fired = [harm.shot for harm in volley.harms]
    if not fired:
        say(f"  no shot of {weapon.name} was fired, so nothing was proved or disproved: {problem}")
        return False
    record.number += len(fired)
    record.orders += max(after[0] - before[0], 0)
    record.fills += max(after[1] - before[1], 0)
    record.halts += volley.stop is not None
    record.stopped += volley.stopped is not None
    record.seconds = round(record.seconds + time.monotonic() - begun, 1)
    for zero, count in volley.counts().items():
        setattr(record, zero, getattr(record, zero) + count)
    if problem is None:
        record.proved += len(fired)
        for shot in fired:
            record.variants[shot.variant] = record.variants.get(shot.variant, 0) + 1
        stopped = f"; the platform halted by itself: {volley.stopped}" if volley.stopped else ""
        say(
            f"  proved {len(fired)} in {time.monotonic() - begun:.1f} s; {after[0] - before[0]} orders{stopped}"
        )
        return True
    record.failed += len(fired)
    record.failures.append(
        {"stack": stack.home.name, "shots": list(map(str, fired)), "what": problem[:LONGEST_TEXT]}
    )
    say(f"  FAILED {volley}\n{problem}")
    return False


def _traded(stack: ChaosStack) -> tuple[int, int]:
    """Return orders and fills at the venue so far; zeros if it no longer answers."""
    try:
        return patiently(lambda: (ordered(stack), stack.venue.state()["trades"]))
    except AssertionError:
        return 0, 0
