"""Clocks that step by 5 s, an hour or a day, forward or back, and are set right later."""

from __future__ import annotations

from chaos import shared
from chaos.clock import COMMANDS
from chaos.shots import Harm, Weapon
from chaos.stack import ChaosStack

STEPS_S = (5, -5, 3600, -3600, 86_400, -86_400)
WORKERS, ALL_BUT_THE_VENUE, EVERYBODY = "all workers", "all but the venue", "everybody"
WHO = (WORKERS, "worker-io1", "worker-quick1", "beat", "recorder", "dashboard", ALL_BUT_THE_VENUE, EVERYBODY)
VARIANTS = {f"{who} by {seconds:+d} s": 1 for who in WHO for seconds in STEPS_S}
SECONDS = {3: 2, 6: 2, 12: 1}


def fire(harm: Harm) -> None:
    who, _, text = harm.shot.variant.removesuffix(" s").rpartition(" by ")
    stack = harm.stack
    names = of(stack, who)
    stack.step_clock(float(text), *names)
    try:
        harm.endure()
    finally:
        stack.step_clock(0, *names)


def of(stack: ChaosStack, who: str) -> list[str]:
    """Return names of processes; if the whole machine is wrong, commands are included."""
    names = list(stack.restarts())
    if who == WORKERS:
        return [name for name in names if name.startswith("worker-")]
    if who == ALL_BUT_THE_VENUE:
        return [*(name for name in names if name != "sandbox"), COMMANDS]
    if who == EVERYBODY:
        return [*names, COMMANDS]
    return [who]


WEAPON = Weapon("clocks", VARIANTS, SECONDS, fire, shared.stack)
