"""Changes of emergency states on real servers: Postgres first, Redis after, nothing by halves."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from integration.emergency.conftest import ANN, T0, Office
from sqlalchemy import text

from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyState
from argosy.core.scope import Scope
from argosy.errors import Conflict, InvalidInput, NotFound
from argosy.infrastructure import redis as connections
from argosy.infrastructure.safety.status import ArmedStatus
from argosy.infrastructure.storage.safety import audit, emergency

GUARD = Actor(id="guard")


def test_a_change_is_in_both_copies_told_and_audited(office: Office) -> None:
    assert office.flag("platform") == ("NORMAL", 2)
    status = office.change("platform", "HALT", reason="odd fills")
    assert (status.state, status.before, status.changed) == ("HALT", "NORMAL", True)
    assert (status.recorded, status.flagged, status.in_flight) == (True, True, 0)
    assert office.flag("platform") == ("HALT", status.epoch)
    [record] = office.database.run(emergency.every())
    assert (record.state, record.epoch, record.actor, record.reason) == (
        "HALT",
        status.epoch,
        "ann",
        "odd fills",
    )
    [event] = office.told()
    assert event.topic == "platform.emergency"
    assert {name: event.data[name] for name in ("scope", "state", "before", "epoch", "actor", "reason")} == {
        "scope": "platform", "state": "HALT", "before": "NORMAL", "epoch": status.epoch, "actor": "ann",
        "reason": "odd fills",
    }  # fmt: skip
    newest, first = office.desk.history()
    assert (newest.epoch, newest.before, newest.after, newest.origin) == (
        status.epoch,
        "NORMAL",
        "HALT",
        "cli",
    )
    assert newest.announced
    assert first.after == "NORMAL"
    entry = office.database.run(audit.newest(action="emergency."))[0]
    assert (entry.actor, entry.subject, entry.reason) == ("ann", "platform", "odd fills")
    assert (entry.before or {})["state"] == "NORMAL"
    assert (entry.after or {})["state"] == "HALT"
    assert office.enforced == [status.epoch]


def test_epochs_rise_whoever_asks_and_the_newest_is_in_both(office: Office) -> None:
    def ask(number: int) -> int:
        return office.change("platform", "HALT", reason=str(number)).epoch

    with ThreadPoolExecutor(16) as pool:
        epochs = list(pool.map(ask, range(50)))
    assert sorted(epochs) == list(range(3, 53))
    [record] = office.database.run(emergency.every())
    assert record.epoch == 52
    assert office.flag("platform") == (record.state, 52)
    changes = office.desk.history(limit=51)
    assert [change.epoch for change in changes] == list(range(52, 1, -1))
    assert all(newer.before == older.after for newer, older in itertools.pairwise(changes))


@pytest.mark.parametrize("scope", ["", "bots", "bot:", "bot:a b", "strategy:a", "domain:x/y", "platform "])
def test_a_scope_that_is_none_is_refused(office: Office, scope: str) -> None:
    with pytest.raises(InvalidInput):
        office.change(scope, "HALT")


def test_a_scope_that_names_nothing_is_refused(office: Office) -> None:
    office.add_bot("b1", strategies=("s1",))
    for scope in ("bot:b2", "strategy:b1/s2", "strategy:b2/s1", "domain:gambling"):
        with pytest.raises(NotFound):
            office.change(scope, "HALT")
    for scope in ("bot:b1", "strategy:b1/s1", "domain:trading"):
        assert office.change(scope, "HALT").state == "HALT"


def test_automatic_only_escalates(office: Office) -> None:
    alert = office.change("platform", "ALERT", actor=GUARD, automatic=True, cause="risk.drawdown")
    assert alert.automatic
    assert alert.clears_at is not None and (alert.clears_at - T0).total_seconds() == 300
    again = office.change("platform", "ALERT", actor=GUARD, automatic=True, cause="risk.daily_loss")
    assert (again.changed, again.epoch, again.cause) == (False, alert.epoch, "risk.drawdown")
    halt = office.change("platform", "HALT", actor=GUARD, automatic=True, cause="risk.drawdown")
    assert halt.changed and halt.clears_at is None
    lower = office.change("platform", "ALERT", actor=GUARD, automatic=True, cause="risk.drawdown")
    assert (lower.changed, lower.state) == (False, "HALT")
    for state in ("NORMAL", "SHUTDOWN"):
        with pytest.raises(Conflict):
            office.change("platform", state, actor=GUARD, automatic=True)
    assert office.flag("platform") == ("HALT", halt.epoch)


@pytest.mark.parametrize("scope", ["platform", "domain:trading", "bot:b1", "strategy:b1/s1"])
def test_an_alert_never_lifts_a_halt_and_a_halt_no_shutdown(office: Office, scope: str) -> None:
    office.add_bot("b1", strategies=("s1",))
    halted = office.change(scope, "HALT", reason="panic")
    kept = office.change(scope, "ALERT", reason="thin books")
    assert (kept.state, kept.requested, kept.changed, kept.epoch) == ("HALT", "ALERT", False, halted.epoch)
    assert kept.reason == "panic"
    with pytest.raises(Conflict, match="resume"):
        office.change(scope, "NORMAL")
    armed = office.desk.arm(scope, EmergencyState.SHUTDOWN, actor=ANN, reason="fire")
    assert isinstance(armed, ArmedStatus)
    assert office.change(scope, "ALERT").armed_for == "SHUTDOWN", "what changes nothing disarms nothing"
    down = office.desk.confirm(scope, armed.code, actor=ANN)
    for state in ("ALERT", "HALT"):
        kept = office.change(scope, state)
        assert (kept.state, kept.requested, kept.epoch) == ("SHUTDOWN", state, down.epoch)
    assert office.flag(scope) == ("SHUTDOWN", down.epoch)
    rows = office.database.run(audit.newest(action="emergency.request"))
    assert len(rows) == 4
    assert (rows[-1].actor, rows[-1].subject, rows[-1].reason) == ("ann", scope, "thin books")
    assert rows[-1].after == {"requested": "ALERT", "state": "HALT"}


def test_a_raise_is_always_allowed_and_says_nothing_of_the_scopes_around(office: Office) -> None:
    office.add_bot("b1", strategies=("s1",))
    office.change("bot:b1", "HALT")
    assert office.change("platform", "ALERT").state == "ALERT"
    assert office.change("strategy:b1/s1", "ALERT").state == "ALERT"
    assert office.flags.effective(["platform", "bot:b1", "strategy:b1/s1"]).state is EmergencyState.HALT
    assert office.change("platform", "HALT").before == "ALERT"
    assert office.resume("platform").state == "NORMAL"
    assert office.flag("bot:b1") == ("HALT", 3)


def test_of_alerts_and_halts_at_once_a_halt_stands(office: Office) -> None:
    states = ["ALERT", "HALT"]
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: office.change("platform", states[number % 2]), range(40)))
    [record] = office.database.run(emergency.every())
    assert (record.state, office.flag("platform")) == ("HALT", ("HALT", record.epoch))
    assert ("HALT", "ALERT") not in {(change.before, change.after) for change in office.desk.history()}


def test_a_resume_lifts_only_the_stop_that_its_author_saw(office: Office) -> None:
    office.change("platform", "HALT", reason="odd fills")
    stopped = office.desk._reconciled

    def meanwhile(scope: Scope) -> None:
        stopped(scope)
        office.change("platform", "HALT", reason="the venue is down", actor=Actor(id="bob"))

    office.desk._reconciled = meanwhile  # type: ignore[method-assign]
    with pytest.raises(Conflict, match="stopped again") as refused:
        office.resume("platform")
    assert "bob: the venue is down" in str(refused.value)
    assert office.flag("platform") == ("HALT", 4)


def test_an_automatic_alert_ends_at_its_time_and_not_before(office: Office) -> None:
    office.change("platform", "ALERT", actor=GUARD, automatic=True, cause="x")
    office.clock.advance(299.999)
    assert office.desk.clear("platform") is None
    office.clock.advance(0.001)
    cleared = office.desk.clear("platform")
    assert cleared is not None and (cleared.state, cleared.before) == ("NORMAL", "ALERT")
    office.change("platform", "ALERT")
    office.clock.advance(10_000)
    assert office.desk.clear("platform") is None, "an operator's ALERT stays"


def test_an_automatic_alert_that_a_halt_overtook_does_not_end_it(office: Office) -> None:
    office.change("platform", "ALERT", actor=GUARD, automatic=True, cause="x")
    office.change("platform", "HALT")
    office.clock.advance(10_000)
    assert office.desk.clear("platform") is None
    assert office.change("platform", "ALERT", actor=GUARD, automatic=True, cause="x").state == "HALT"
    assert office.database.run(audit.newest(action="emergency.request")) == [], "the guard asks every round"


def test_shutdown_takes_two_steps_and_the_first_halts(office: Office) -> None:
    with pytest.raises(Conflict, match="two steps"):
        office.change("platform", "SHUTDOWN")
    armed = office.desk.arm("platform", EmergencyState.SHUTDOWN, actor=ANN, reason="fire", flatten=True)
    assert isinstance(armed, ArmedStatus)
    assert office.flag("platform") == ("HALT", armed.epoch)
    with pytest.raises(Conflict):
        office.desk.confirm("platform", "WRONGX", actor=ANN)
    office.clock.advance(59.999)
    done = office.desk.confirm("platform", armed.code.lower(), actor=ANN)
    assert (done.state, done.before, done.flatten, done.reason) == ("SHUTDOWN", "HALT", True, "fire")
    assert office.flag("platform") == ("SHUTDOWN", done.epoch)
    with pytest.raises(Conflict):  # a code works once
        office.desk.confirm("platform", armed.code, actor=ANN)
    assert office.enforced == [armed.epoch, done.epoch]


def test_a_code_is_too_late_after_a_minute(office: Office) -> None:
    armed = office.desk.arm("platform", EmergencyState.SHUTDOWN, actor=ANN, reason="fire")
    assert isinstance(armed, ArmedStatus)
    office.clock.advance(60)
    with pytest.raises(Conflict, match="an expired code"):
        office.desk.confirm("platform", armed.code, actor=ANN)
    assert office.flag("platform") == ("HALT", armed.epoch)


def test_a_change_in_between_disarms(office: Office) -> None:
    armed = office.desk.arm("platform", EmergencyState.SHUTDOWN, actor=ANN, reason="fire")
    assert isinstance(armed, ArmedStatus)
    office.resume("platform", reason="false alarm")
    with pytest.raises(Conflict, match="no step is armed"):
        office.desk.confirm("platform", armed.code, actor=ANN)


def test_shutdown_is_left_in_two_steps(office: Office) -> None:
    first = office.desk.arm("platform", EmergencyState.SHUTDOWN, actor=ANN, reason="fire")
    assert isinstance(first, ArmedStatus)
    office.desk.confirm("platform", first.code, actor=ANN)
    for state in ("NORMAL", "ALERT", "HALT"):
        with pytest.raises(Conflict, match="two steps"):
            office.resume("platform", state)
    armed = office.desk.arm("platform", EmergencyState.NORMAL, actor=ANN, reason="over")
    assert isinstance(armed, ArmedStatus)
    assert (armed.state, armed.changed) == ("SHUTDOWN", False)
    done = office.desk.confirm("platform", armed.code, actor=ANN)
    assert (done.state, done.before) == ("NORMAL", "SHUTDOWN")
    with pytest.raises(Conflict, match="no step can be armed"):
        office.desk.arm("platform", EmergencyState.NORMAL, actor=ANN, reason="again")


def test_arming_the_way_out_does_not_unsay_what_is_sold_until_then(office: Office) -> None:
    first = office.desk.arm("platform", EmergencyState.SHUTDOWN, actor=ANN, reason="fire", flatten=True)
    assert isinstance(first, ArmedStatus)
    office.desk.confirm("platform", first.code, actor=ANN)
    armed = office.desk.arm("platform", EmergencyState.HALT, actor=ANN, reason="over")
    assert isinstance(armed, ArmedStatus)
    assert armed.flatten
    office.desk.confirm("platform", armed.code, actor=ANN)
    assert [each.flatten for each in office.desk.history()[:2]] == [False, True]


def test_flags_lost_read_as_halt_until_they_are_back(office: Office, redis_url: str) -> None:
    office.add_bot("b1")
    office.change("bot:b1", "HALT")
    connections.client(redis_url).flushdb()
    found = office.flags.effective(["platform", "bot:b1"])
    assert found.state is EmergencyState.HALT and "missing" in found.reason
    assert office.desk.restore() == 2
    assert office.flag("platform") == ("NORMAL", 2)
    assert office.flag("bot:b1") == ("HALT", 3)
    assert office.desk.restore() == 0


def test_the_platforms_flag_comes_back_last(office: Office, redis_url: str) -> None:
    office.add_bot("b1", strategies=("s1",))
    office.change("strategy:b1/s1", "HALT")
    connections.client(redis_url).flushdb()
    written: list[str] = []
    write = office.flags.write
    office.flags.write = lambda flag: written.append(flag.scope) or write(flag)  # type: ignore[method-assign, func-returns-value]
    office.desk.restore()
    assert written[-1] == "platform"


def test_redis_behind_postgres_is_repaired(office: Office, redis_url: str) -> None:
    status = office.change("platform", "HALT")
    client = connections.client(redis_url)
    client.set("argosy:flag:platform", "NORMAL|2|lost the last second")
    assert office.desk.agree(office.flags.every()) == 1
    assert office.flag("platform") == ("HALT", status.epoch)
    client.set("argosy:flag:platform", "gibberish")
    assert office.flags.effective(["platform"]).state is EmergencyState.HALT
    assert office.desk.agree(office.flags.every()) == 1
    assert office.flag("platform") == ("HALT", status.epoch)


def test_a_stop_that_only_redis_heard_is_adopted(office: Office) -> None:
    office.add_bot("b1")
    stopped = office.flags.stop("bot:b1", "Postgres was away")
    assert office.desk.agree(office.flags.every()) == 1
    [record] = [each for each in office.database.run(emergency.every()) if each.scope == "bot:b1"]
    assert (record.state, record.reason) == ("HALT", "Postgres was away")
    assert record.epoch > stopped.epoch
    assert office.flag("bot:b1") == ("HALT", record.epoch)
    assert office.desk.agree(office.flags.every()) == 0


def test_an_order_comes_after_a_stop_that_only_redis_heard(office: Office) -> None:
    office.flags.stop("platform", "Postgres was away")
    assert office.change("platform", "ALERT").state == "HALT"
    resumed = office.resume("platform", "ALERT")
    states = [(change.before, change.after, change.actor) for change in office.desk.history()]
    assert states[:2] == [("HALT", "ALERT", "ann"), ("NORMAL", "HALT", "redis")]
    assert office.flag("platform") == ("ALERT", resumed.epoch)


def test_what_redis_has_newer_and_laxer_is_overruled(office: Office, redis_url: str) -> None:
    office.change("platform", "HALT")
    connections.client(redis_url).set("argosy:flag:platform", "NORMAL|90|somebody's hand")
    assert office.desk.agree(office.flags.every()) == 1
    assert office.flag("platform") == ("HALT", 91)
    assert office.resume("platform").epoch == 92


def test_an_older_epoch_never_reaches_redis(office: Office) -> None:
    status = office.change("platform", "HALT")
    office.database.run(_older("platform"))
    assert office.desk.restore() == 0
    assert office.flag("platform") == ("HALT", status.epoch)


def _older(scope: str):  # type: ignore[no-untyped-def]
    from argosy.infrastructure.storage.engine.operation import Operation

    def steps():  # type: ignore[no-untyped-def]
        yield text(f"UPDATE emergency_states SET epoch = 1, state = 'NORMAL' WHERE scope = '{scope}'")

    return Operation(steps)
