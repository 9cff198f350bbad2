"""Fast copy of the emergency states: the newest epoch wins, an unknown state means stopped."""

from __future__ import annotations

import pytest

from argosy.core.ports import EmergencyFlags
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.scope import ScopePath
from argosy.infrastructure import redis as connections
from argosy.infrastructure.safety.flags import MemoryEmergencyFlags, RedisEmergencyFlags

PATH = ScopePath("trading", "b1", "s1").scopes


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


@pytest.mark.parametrize(
    "value",
    [
        "NORML|1|", "NORMAL|x|", "NORMAL|-1|", "NORMAL|1", "normal|1|", "|9|", "", "HALT|1_0|", "NORMAL| 7|",
        "FOO|9|", "ALL|999999999999999|", "NORMAL|9999999999999999|", "NORMAL|99999999999999999999999|",
    ],
)  # fmt: skip
def test_what_is_no_flag_stops_and_gives_way_to_one(redis_url: str, value: str) -> None:
    flags, client = RedisEmergencyFlags(redis_url), connections.client(redis_url)
    client.set("argosy:flag:platform", value)
    assert flags.effective(PATH).state is EmergencyState.HALT
    stopped = flags.stop("platform", "drill")
    assert (stopped.state, stopped.reason) == (EmergencyState.HALT, "drill")
    assert stopped.epoch >= int(client.time()[0]) - 60, "above any epoch that Postgres counted"
    assert flags.stop("platform", "again").epoch > stopped.epoch
    client.set("argosy:flag:platform", value)
    assert flags.write(EmergencyFlag("platform", EmergencyState.NORMAL, 2))
    assert flags.effective(PATH).state is EmergencyState.NORMAL


def test_a_key_of_another_type_stops_and_gives_way_to_a_flag(redis_url: str) -> None:
    flags, client = RedisEmergencyFlags(redis_url), connections.client(redis_url)
    client.lpush("argosy:flag:platform", "NORMAL|1|")
    assert flags.effective(PATH).state is EmergencyState.HALT
    assert flags.stop("platform", "drill").state is EmergencyState.HALT
    client.delete("argosy:flag:platform")
    client.lpush("argosy:flag:platform", "NORMAL|1|")
    assert flags.write(EmergencyFlag("platform", EmergencyState.NORMAL, 2))
    assert flags.effective(PATH).state is EmergencyState.NORMAL


def test_missing_corrupt_or_unreachable_reads_as_halt(redis_url: str) -> None:
    flags = RedisEmergencyFlags(redis_url)
    missing = flags.effective(PATH)
    assert missing.state is EmergencyState.HALT
    assert "missing" in missing.reason
    connections.client(redis_url).set("argosy:flag:platform", "NORML|x")
    corrupt = flags.effective(PATH)
    assert corrupt.state is EmergencyState.HALT
    assert "corrupt" in corrupt.reason
