"""The fast copy of the emergency states: newest epoch wins, unknown means stopped."""

from __future__ import annotations

import pytest

from argosy.core.emergency import EmergencyFlag, EmergencyState, scope_path
from argosy.core.ports import EmergencyFlags
from argosy.infrastructure import redis as connections
from argosy.infrastructure.emergency.flags import MemoryEmergencyFlags, RedisEmergencyFlags

PATH = scope_path("trading", "b1", "s1")


@pytest.fixture(params=["memory", "redis"])
def flags(request: pytest.FixtureRequest) -> EmergencyFlags:
    if request.param == "memory":
        return MemoryEmergencyFlags()
    made = RedisEmergencyFlags(request.getfixturevalue("redis_url"))
    made.write(EmergencyFlag("platform", EmergencyState.NORMAL, 1))
    return made


def test_the_worst_along_the_path_counts(flags: EmergencyFlags) -> None:
    assert flags.effective(PATH).state is EmergencyState.NORMAL
    flags.write(EmergencyFlag("bot:b1", EmergencyState.ALERT, 2, "80 % of the day's loss"))
    flags.write(EmergencyFlag("strategy:b1/s1", EmergencyState.HALT, 3, "drift"))
    flags.write(EmergencyFlag("bot:b2", EmergencyState.SHUTDOWN, 4, "another bot"))
    found = flags.effective(PATH)
    assert (found.state, found.scope, found.reason) == (EmergencyState.HALT, "strategy:b1/s1", "drift")


def test_an_older_epoch_changes_nothing(flags: EmergencyFlags) -> None:
    assert flags.write(EmergencyFlag("bot:b1", EmergencyState.HALT, 5, "new"))
    assert not flags.write(EmergencyFlag("bot:b1", EmergencyState.NORMAL, 5, "same"))
    assert not flags.write(EmergencyFlag("bot:b1", EmergencyState.NORMAL, 4, "old"))
    assert flags.effective(PATH).state is EmergencyState.HALT
    assert flags.write(EmergencyFlag("bot:b1", EmergencyState.NORMAL, 6, "over"))
    assert flags.effective(PATH).state is EmergencyState.NORMAL


def test_a_reason_may_hold_anything(flags: EmergencyFlags) -> None:
    flags.write(EmergencyFlag("bot:b1", EmergencyState.ALERT, 2, "a|b\n€"))
    assert flags.effective(PATH).reason == "a|b\n€"


def test_missing_corrupt_or_unreachable_reads_as_halt(redis_url: str) -> None:
    flags = RedisEmergencyFlags(redis_url)
    missing = flags.effective(PATH)
    assert missing.state is EmergencyState.HALT
    assert "missing" in missing.reason
    connections.client(redis_url).set("argosy:flag:platform", "NORML|x")
    corrupt = flags.effective(PATH)
    assert corrupt.state is EmergencyState.HALT
    assert "corrupt" in corrupt.reason
