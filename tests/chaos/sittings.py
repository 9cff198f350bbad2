"""Sitting: volleys of the weapons in turn, until there are enough or time is up.

A later sitting continues where this one ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from chaos import leftovers, volleys
from chaos.campaign import Say
from chaos.notebook import Notebook
from chaos.shots import VOLLEY, Shot, Weapon


def sit(
    weapons: Sequence[Weapon],
    wanted: Mapping[str, int],
    notebook: Notebook,
    *,
    goes_on: Callable[[], bool] = lambda: True,
    say: Say = print,
) -> None:
    """Fire rounds of one volley of each weapon that needs more shots.

    No volley and no shot begins once `goes_on()` is false. A failure spoils the stack, so the next volley
    gets a fresh one. Only proved shots are recorded: the next sitting fires a volley again if this one is
    killed in it.
    """
    leftovers.clear(notebook.path.parent)
    for weapon in weapons:
        if (missing := weapon.missing()) is not None:
            say(f"{weapon.name} is left out: {missing}")
    able = [weapon for weapon in weapons if weapon.missing() is None]

    def lacking() -> list[Weapon]:
        """Return weapons that need more shots, the least used first."""
        left = [weapon for weapon in able if notebook.of(weapon.name).proved < wanted[weapon.name]]
        return sorted(left, key=lambda weapon: notebook.of(weapon.name).number)

    while goes_on() and (turn := lacking()):
        while turn and goes_on():
            turn = _with_one_stack(turn, wanted, notebook, goes_on, say)


def _with_one_stack(
    turn: list[Weapon],
    wanted: Mapping[str, int],
    notebook: Notebook,
    goes_on: Callable[[], bool],
    say: Say,
) -> list[Weapon]:
    """Fire volleys of the first weapon and of all that use the same kind of stack.

    Returns the remaining weapons.
    """
    mine = [weapon for weapon in turn if weapon.stack is turn[0].stack]
    left = list(turn)
    begun = time.monotonic()
    with mine[0].stack(notebook.next_home(), notebook.seed) as stack:
        say(f"== {stack.home.name} up in {time.monotonic() - begun:.1f} s")
        for weapon in mine:
            if not goes_on():
                break
            record = notebook.of(weapon.name)
            shots = next_shots(weapon, notebook.seed, record.number, wanted[weapon.name] - record.proved)
            say(f"= {weapon.name}: {record.proved} proved")
            sound = volleys.one(weapon, stack, shots, record, goes_on=goes_on, say=say)
            notebook.save()
            left.remove(weapon)
            if not sound:
                stack.spoilt = True
                break
    return left


def next_shots(weapon: Weapon, seed: int, number: int, most: int) -> list[Shot]:
    """Return the shots up to the end of the volley that contains `number`."""
    ends = (number // VOLLEY + 1) * VOLLEY
    return [weapon.draw(seed, each) for each in range(number, min(ends, number + min(most, weapon.turn)))]
