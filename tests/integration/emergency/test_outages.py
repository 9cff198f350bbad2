"""Stopping must be possible with either server away, and whoever asks is told what was done."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Iterator

import pytest
from integration.emergency.conftest import ANN, Office

from argosy.core.safety.emergency import EmergencyState
from argosy.errors import Conflict, Unavailable
from argosy.infrastructure import redis as connections
from argosy.infrastructure.safety.flags import RedisEmergencyFlags
from argosy.infrastructure.safety.service import EmergencyService
from argosy.infrastructure.safety.status import ArmedStatus
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.engine.locks import EMERGENCY_LOCK
from argosy.infrastructure.storage.safety import emergency


@pytest.fixture
def nowhere() -> Iterator[int]:
    """A port that nobody listens on while the test runs."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def without_redis(office: Office, nowhere: int) -> Office:
    flags = RedisEmergencyFlags(f"redis://127.0.0.1:{nowhere}/0", hasty=True)
    return dataclasses.replace(
        office,
        desk=EmergencyService(
            office.database, flags, office.events, office.clock, enforce=office.enforced.append
        ),
    )


def without_postgres(office: Office, nowhere: int) -> Office:
    database = Database(f"postgresql://argosy@127.0.0.1:{nowhere}/argosy")
    return dataclasses.replace(
        office, desk=EmergencyService(database, office.flags, office.events, office.clock)
    )


def test_without_redis_postgres_binds(office: Office, nowhere: int) -> None:
    status = without_redis(office, nowhere).change("platform", "HALT")
    assert (status.state, status.recorded, status.flagged) == ("HALT", True, False)
    [change] = office.database.run(emergency.due())
    assert (change.epoch, change.announced, change.enforced_at) == (status.epoch, False, None)
    assert office.flag("platform") == ("NORMAL", 2)
    assert office.desk.agree(office.flags.every()) == 1
    assert office.flag("platform") == ("HALT", status.epoch)


def test_without_postgres_redis_stops(office: Office, nowhere: int) -> None:
    away = without_postgres(office, nowhere)
    status = away.change("platform", "HALT", reason="now")
    assert (status.state, status.recorded, status.flagged, status.changed) == ("HALT", False, True, True)
    assert office.flag("platform") == ("HALT", status.epoch)
    again = away.change("platform", "HALT", reason="still")
    assert again.epoch > status.epoch
    with pytest.raises(Unavailable):
        away.resume("platform")
    with pytest.raises(Unavailable):
        away.change("platform", "ALERT")
    assert office.flag("platform") == ("HALT", again.epoch)
    # Postgres is back: what Redis was told is recorded, above the epochs it gave itself.
    assert office.desk.agree(office.flags.every()) == 1
    [record] = office.database.run(emergency.every())
    assert (record.state, record.reason, record.epoch) == ("HALT", "still", again.epoch + 1)


@pytest.mark.parametrize("remembered", [None, "NORMAL|2|an older append-only file"])
def test_a_stop_in_redis_alone_outlives_a_newer_state_of_postgres(
    office: Office, redis_url: str, nowhere: int, remembered: str | None
) -> None:
    for _ in range(3):
        office.change("platform", "HALT")
        office.resume("platform")
    client = connections.client(redis_url)
    client.flushdb()
    if remembered is not None:
        client.set("argosy:flag:platform", remembered)
    stopped = without_postgres(office, nowhere).change("platform", "HALT", reason="now")
    assert office.flag("platform") == ("HALT", stopped.epoch)
    office.desk.restore()
    assert office.flag("platform") == ("HALT", stopped.epoch)
    assert office.change("platform", "ALERT").state == "HALT"
    [record] = office.database.run(emergency.every())
    assert (record.state, record.reason) == ("HALT", "now")


def test_without_postgres_a_shutdown_halts_and_cannot_be_armed(office: Office, nowhere: int) -> None:
    away = without_postgres(office, nowhere)
    status = away.desk.arm("platform", EmergencyState.SHUTDOWN, actor=ANN, reason="fire")
    assert not isinstance(status, ArmedStatus)
    assert (status.state, status.recorded) == ("HALT", False)
    with pytest.raises(Unavailable):
        away.desk.arm("platform", EmergencyState.NORMAL, actor=ANN, reason="over")


def test_redis_alone_never_softens_a_shutdown(office: Office, nowhere: int) -> None:
    armed = office.desk.arm("platform", EmergencyState.SHUTDOWN, actor=ANN, reason="fire")
    assert isinstance(armed, ArmedStatus)
    office.desk.confirm("platform", armed.code, actor=ANN)
    assert without_postgres(office, nowhere).change("platform", "HALT").state == "SHUTDOWN"
    with pytest.raises(Conflict):
        office.resume("platform")


def test_without_both_it_says_so(office: Office, nowhere: int) -> None:
    database = Database(f"postgresql://argosy@127.0.0.1:{nowhere}/argosy")
    flags = RedisEmergencyFlags(f"redis://127.0.0.1:{nowhere}/0", hasty=True)
    desk = EmergencyService(database, flags, office.events, office.clock)
    with pytest.raises(Unavailable):
        desk.change("platform", EmergencyState.HALT, actor=ANN, reason="now")


def test_a_decision_that_hangs_does_not_hold_up_a_halt(
    busy_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody froze with the shared lock in its hands: Redis stops the rest, Postgres is told later."""
    monkeypatch.setattr(emergency, "LOCK_TIMEOUT_S", 0.2)
    with busy_office.database.engine.begin() as frozen:
        frozen.exec_driver_sql(f"SELECT pg_advisory_xact_lock_shared({EMERGENCY_LOCK})")
        status = busy_office.change("platform", "HALT")
        assert (status.state, status.recorded) == ("HALT", False)
        assert busy_office.flag("platform") == ("HALT", status.epoch)
    assert busy_office.desk.agree(busy_office.flags.every()) == 1
    assert busy_office.change("platform", "HALT").recorded


def test_a_postgres_that_does_not_answer_does_not_hold_up_a_stop(busy_office: Office) -> None:
    busy_office.add_bot("b1")
    desk = EmergencyService(
        busy_office.database, busy_office.flags, busy_office.events, busy_office.clock, answer_s=0.3
    )
    with busy_office.database.engine.begin() as frozen:
        frozen.exec_driver_sql("LOCK TABLE bots IN ACCESS EXCLUSIVE MODE")
        halted = desk.change("bot:b1", EmergencyState.HALT, actor=ANN, reason="now")
        assert (halted.state, halted.recorded) == ("HALT", False)
        armed = desk.arm("bot:b1", EmergencyState.SHUTDOWN, actor=ANN, reason="now")
        assert (armed.state, armed.recorded, isinstance(armed, ArmedStatus)) == ("HALT", False, False)
        assert busy_office.flag("bot:b1") == ("HALT", armed.epoch)
    assert busy_office.desk.agree(busy_office.flags.every()) == 1
    [record] = [each for each in busy_office.desk.status() if each.scope == "bot:b1"]
    assert (record.state, record.epoch) == ("HALT", armed.epoch + 1)
