"""Valkey restarted from an older append-only file under running workers.

Queues, runs and flags are old then.
"""

from __future__ import annotations

from chaos import commands, lateness, shared
from chaos.campaign import flow
from chaos.shots import Harm, Weapon

OLDER, BEFORE_A_HALT, IN_A_HALT = "older", "older than a halt", "of a halt that has ended"
VARIANTS = {OLDER: 6, IN_A_HALT: 1}
CLOSING = {OLDER: 1, BEFORE_A_HALT: 2}
SECONDS = {2: 3, 5: 3, 10: 2, 20: 1, 40: 1}
"""Seconds of history that are forgotten, with weights."""


def fire(harm: Harm) -> None:
    stack, variant = harm.stack, harm.shot.variant
    if variant == IN_A_HALT:
        lateness.halt(stack)
    older = stack.copy_server("valkey")
    if variant == IN_A_HALT:
        commands.resume(stack)
        flow(stack, 3)
    harm.endure()
    if variant == BEFORE_A_HALT and harm.stop is None:
        harm.stop = lateness.halt(stack)
    stack.crash_server("valkey")
    stack.raise_server("valkey", older=older)


WEAPON = Weapon("rewinds", VARIANTS, SECONDS, fire, shared.stack, closing=CLOSING)
