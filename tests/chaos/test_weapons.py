"""A short shot of each weapon with one proof; the long versions are `make chaos`."""

from __future__ import annotations

import pytest

from chaos import clocks, disks, filesystems, freezes, partitions, rewinds, volleys
from chaos.campaign import trade
from chaos.shots import Harm, Shot, Weapon
from chaos.stack import ChaosStack

pytestmark = [pytest.mark.integration, pytest.mark.chaos]
SETTLE_S = 300


def fire(
    stack: ChaosStack, weapon: Weapon, variant: str, seconds: float, halt_at: float | None = None
) -> Harm:
    assert variant in {*weapon.variants, *weapon.closing}
    done = Harm(stack, Shot(weapon.name, 0, variant, seconds, halt_at))
    weapon.fire(done)
    return done


@pytest.mark.timeout(900)
def test_clock_steps_partitions_a_full_disk_and_an_older_redis_do_no_harm(stack: ChaosStack) -> None:
    volley = volleys.Volley(freezes.WEAPON, stack)
    trade(stack, every_s=volleys.EVERY_S, overlap="skip")
    fire(stack, clocks.WEAPON, f"{clocks.ALL_BUT_THE_VENUE} by -3600 s", 2)
    fire(stack, clocks.WEAPON, f"{clocks.WORKERS} by +86400 s", 2)
    fire(stack, partitions.WEAPON, "worker-io1 from redis+venue, held", 4)
    fire(stack, partitions.WEAPON, "worker-io2 from postgres, silent", 4)
    if filesystems.missing() is None:
        fire(stack, disks.WEAPON, disks.FULL, 2)
    fire(stack, rewinds.WEAPON, rewinds.OLDER, 2)
    volley.harms = [fire(stack, freezes.WEAPON, freezes.BEFORE_THE_POST, 6, halt_at=0.5)]
    volley.conclude(settle_s=SETTLE_S, say=print)
