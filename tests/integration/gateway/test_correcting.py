"""Orders that are booked otherwise than their venue has them are found, and corrected by audited entries."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.scripted_venue import filled

from argosy.bootstrap.contexts import Contexts
from argosy.cli._shared.output import ExitCode
from argosy.cli.root import run
from argosy.core.actions.action import ActionStatus, Fill
from argosy.core.clock import DrivenClock
from argosy.core.safety.audit import Actor
from argosy.core.venues.venue import OrderRecord
from argosy.errors import Conflict, InconsistentReply, InvalidInput, VenueUnavailable
from argosy.infrastructure.money.check import CheckReport, check, every_order
from argosy.infrastructure.money.ended import EndedCheck
from argosy.infrastructure.storage.money import corrections, proof, reconciliations
from argosy.infrastructure.storage.money.corrections import Orders
from argosy.infrastructure.storage.safety import audit

pytestmark = pytest.mark.integration
D = Decimal
S = ActionStatus
ANN = Actor(id="ann", origin="cli")
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def look(desk, **wanted: Any) -> CheckReport:
    return check(desk.database, lambda intent: desk.venue, every_order(desk.database, Orders(**wanted)))


def record(desk, client_id: str, *fills: Fill, ended: bool = True) -> OrderRecord:
    found = OrderRecord(client_id, fills, ended)
    desk.venue.order_record = lambda asked: found if asked == client_id else None
    return found


def correct(desk, found: OrderRecord, reason: str = "booked at a wrong price") -> Any:
    return desk.database.run(corrections.correct(found.client_id, found, actor=ANN, at=NOW, reason=reason))


def sums(desk) -> tuple[Decimal, Decimal]:
    (row,) = desk.all("SELECT sum(quantity), sum(amount) FROM ledger_entries WHERE client_id <> ''")
    return row[0], row[1]


def test_an_order_that_is_booked_right_is_no_finding(desk) -> None:
    desk.submit(desk.order(), desk.order(symbol="Y"))
    report = look(desk)
    assert (report.checked, report.findings, report.unchecked) == (2, [], [])
    assert look(desk, venue="elsewhere").checked == 0
    assert look(desk, since=NOW.replace(year=2100)).checked == 0


def test_a_wrong_price_is_found_and_corrected_once(desk) -> None:
    action = desk.order()
    (result,) = desk.submit(action)
    (fill,) = result.fills
    right = fill.model_copy(update={"price": D("1.9")})
    found = record(desk, action.client_id, right)
    (finding,) = look(desk).findings
    assert finding.comparison.problems == ("price",)
    correct(desk, found)
    assert sums(desk) == (10, D("-19.01"))
    assert look(desk).findings == []
    assert desk.database.run(proof.verify()).differences == []
    newest = desk.database.run(audit.newest(action="ledger.correct"))[0]
    assert (newest.actor, newest.reason) == ("ann", "booked at a wrong price")
    assert newest.before["booked"] == "10 for -20 USD, fee 0.01 USD"
    assert newest.after["venue"] == "10 for -19 USD, fee 0.01 USD"
    assert desk.intent(action).result.average_price == D("1.9")
    before = sums(desk)
    assert correct(desk, found)[0].problems == ()
    assert sums(desk) == before


def test_an_order_that_waits_for_ever_is_settled_by_its_correction(desk) -> None:
    """One execution was booked twice and the other never: what is missing never comes by itself."""
    desk.venue.answers = [lambda venue, action: venue.do(action, D(4), status=S.PARTIALLY_FILLED)]
    action = desk.order()
    (result,) = desk.submit(action)
    (fill,) = result.fills
    other = fill.model_copy(update={"id": "t2", "quantity": D(6), "price": D("1.5")})
    found = record(desk, action.client_id, fill, other, ended=False)
    (finding,) = look(desk).findings
    assert (finding.comparison.problems, finding.correctable) == (("missing", "fee"), False)
    with pytest.raises(Conflict, match="still open at its venue"):
        correct(desk, found)
    found = record(desk, action.client_id, fill, other)
    correct(desk, found)
    after = desk.intent(action)
    assert (after.status, after.filled, after.reserved) == (S.FILLED, 10, 0)
    assert next(each.id for each in after.result.fills) == "t1"
    assert sums(desk) == (10, D("-17.02"))
    assert desk.database.run(proof.verify()).differences == []


def test_a_doubled_execution_is_taken_back(desk) -> None:
    action = desk.order()
    (result,) = desk.submit(action)
    found = record(desk, action.client_id, result.fills[0].model_copy(update={"quantity": D(5)}))
    assert look(desk).findings[0].comparison.problems == ("surplus",)
    correct(desk, found)
    assert sums(desk) == (5, D("-10.01"))
    assert (desk.intent(action).status, desk.intent(action).filled) == (S.CANCELLED, 5)


def test_two_operators_at_once_correct_once(desk) -> None:
    action = desk.order()
    (result,) = desk.submit(action)
    found = record(desk, action.client_id, result.fills[0].model_copy(update={"price": D("1.9")}))
    barrier, problems = threading.Barrier(4), []

    def operator() -> None:
        barrier.wait()
        problems.append(correct(desk, found)[0].problems)

    threads = [threading.Thread(target=operator) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(problems) == [(), (), (), ("price",)]
    assert sums(desk) == (10, D("-19.01"))
    assert len(desk.database.run(audit.newest(action="ledger.correct"))) == 1


def test_a_correction_needs_a_reason(desk) -> None:
    action = desk.order()
    desk.submit(action)
    with pytest.raises(InvalidInput, match="reason"):
        correct(desk, record(desk, action.client_id), reason=" ")


def test_what_a_venue_cannot_tell_is_unchecked(desk) -> None:
    action = desk.order()
    desk.submit(action)

    def broken(client_id: str) -> Any:
        raise KeyError("id")

    desk.venue.order_record = broken
    (unchecked,) = look(desk).unchecked
    assert "KeyError" in unchecked.reason
    desk.venue.order_record = lambda client_id: None
    assert [each.reason for each in look(desk).unchecked] == ["the venue does not know the order any more"]


def test_a_venue_without_records_is_asked_by_its_look_up(desk) -> None:
    desk.venue.answers = [filled]
    action = desk.order()
    desk.submit(action)
    desk.venue.known[action.client_id] = desk.venue.known[action.client_id].model_copy(update={"fills": []})
    assert look(desk).findings[0].comparison.problems == ("surplus", "fee")


# --- on schedule ------------------------------------------------------------------------------------------------


@pytest.fixture
def later() -> DrivenClock:
    """Long after whatever the desk does in a test."""
    return DrivenClock(datetime.now(UTC) + timedelta(hours=1))


@pytest.fixture
def ended(desk, later: DrivenClock) -> EndedCheck:
    return EndedCheck(desk.database, desk.events, later, lambda intent: desk.venue)


def alarms(desk) -> list[str]:
    return [e.data["text"] for e in desk.events.read() if e.data.get("code") == "ledger.differs"]


def test_each_ended_order_is_checked_once_and_what_differs_is_an_alarm(desk, ended: EndedCheck) -> None:
    actions = [desk.order(symbol=name) for name in ("X", "Y", "Z")]
    desk.submit(*actions)
    assert ended.bot("bot", "paper").checked == 3
    assert ended.bot("bot", "paper").checked == 0
    assert alarms(desk) == []
    wrong = desk.order(symbol="W")
    (result,) = desk.submit(wrong)
    record(desk, wrong.client_id, result.fills[0].model_copy(update={"price": D("1.9")}))
    assert len(ended.bot("bot", "paper").findings) == 1
    (text,) = alarms(desk)
    assert text.startswith(
        f"1 orders are booked otherwise than their venue has them, the first {wrong.client_id}"
    )
    assert "booked 10 for -20 USD, fee 0.01 USD, the venue says 10 for -19 USD" in text


def test_a_check_goes_on_where_its_venue_was_away(desk, ended: EndedCheck) -> None:
    desk.submit(desk.order())

    def away(client_id: str) -> Any:
        raise VenueUnavailable("down")

    def never(client_id: str) -> Any:
        raise InconsistentReply("no price")

    desk.venue.order_record = away
    assert (ended.bot("bot", "paper").checked, ended.bot("bot", "paper").checked) == (0, 0)
    desk.venue.order_record = never
    (unchecked,) = ended.bot("bot", "paper").unchecked
    assert unchecked.reason == "no price"
    assert ended.bot("bot", "paper").unchecked == []


def test_an_order_that_waits_for_an_execution_is_checked_too(desk, ended: EndedCheck) -> None:
    desk.venue.answers = [lambda venue, action: venue.do(action, D(4), status=S.PARTIALLY_FILLED)]
    action = desk.order()
    (result,) = desk.submit(action)
    short = desk.venue.known[action.client_id].model_copy(update={"filled": D(10)})
    desk.venue.known[action.client_id] = short
    desk.reconciler.bot(desk.caller, desk.venues, trigger="beat")
    other = result.fills[0].model_copy(update={"id": "t2", "quantity": D(6)})
    record(desk, action.client_id, result.fills[0], other)
    assert ended.bot("bot", "paper").findings[0].comparison.problems == ("missing", "fee")


# --- the command ------------------------------------------------------------------------------------------------


@pytest.fixture
def argosy(
    desk,
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., str]:
    """`argosy ledger` of a stack whose bots see the desk's venue; `check` unless another command is named."""
    for name, value in {"HOME": str(tmp_path), "DATABASE_URL": database_url, "REDIS_URL": redis_url}.items():
        monkeypatch.setenv(f"ARGOSY_{name}", value)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setattr(Contexts, "venues", lambda *_: desk.venues)

    def command(*arguments: str, code: int = 0, name: str = "check") -> str:
        capsys.readouterr()
        assert run(["ledger", name, *arguments]) == code
        return capsys.readouterr().out

    return command


def test_the_command_finds_corrects_and_is_clean_then(desk, argosy: Callable[..., str]) -> None:
    assert argosy().startswith("0 orders compared with their venues, 0 differ, 0 unchecked")
    action = desk.order()
    (result,) = desk.submit(action)
    record(desk, action.client_id, result.fills[0].model_copy(update={"price": D("1.9")}))
    assert "no difference" in argosy("--since", "2100-01-01")
    assert "no difference" in argosy("--venue", "elsewhere", "--mode", "paper")
    shown = argosy("--bot", "bot", code=ExitCode.FAILED)
    assert "10 for -20 USD" in shown and "10 for -19 USD" in shown
    found = json.loads(argosy("--json", code=ExitCode.FAILED))
    assert (found["ok"], found["findings"][0]["outcome"]) == (False, "wrong")
    argosy("--correct", code=ExitCode.USAGE)
    assert argosy("--bot", "nobody", code=ExitCode.NOT_FOUND) == ""
    done = json.loads(argosy("--correct", "--reason", "a wrong price", "--json"))
    assert (done["ok"], done["findings"][0]["outcome"]) == (True, "corrected")
    assert json.loads(argosy("--json"))["findings"] == []


def test_a_baseline_is_accepted_once_and_only_while_no_action_waits(desk, argosy: Callable[..., str]) -> None:
    where = ("--bot", "bot", "--venue", desk.venue.name)
    desk.venue.answers = [lambda venue, action: venue.do(action, D(4), status=S.PARTIALLY_FILLED)]
    action = desk.order()
    desk.submit(action)
    desk.run("DELETE FROM venue_baselines")
    refused = argosy(*where, "--reason", "the deposit", "--json", name="baseline", code=ExitCode.CONFLICT)
    assert action.client_id in refused
    assert "not settled" in refused

    desk.venue.do(action, D(0), status=S.CANCELLED)
    desk.reconciler.bot(desk.caller, desk.venues, trigger="beat", compare=False)
    assert desk.database.run(reconciliations.baseline("bot", "paper", desk.venue.name)) is None
    assert "needs a reason" in argosy(*where, "--json", name="baseline", code=ExitCode.USAGE)
    found = json.loads(argosy(*where, "--reason", "the deposit", "--json", name="baseline"))
    kept = desk.database.run(reconciliations.baseline("bot", "paper", desk.venue.name))
    assert kept is not None
    assert {name: D(amount) for name, amount in found["beyond"].items()} == {
        n: a for n, a in kept.items() if a
    }
    (row,) = desk.database.run(audit.newest(action="ledger.baseline"))
    assert (row.subject, row.reason) == ("bot:bot", "the deposit")
    assert desk.reconciler.bot(desk.caller, desk.venues, trigger="beat").clean
    assert "already compared" in argosy(
        *where, "--reason", "again", "--json", name="baseline", code=ExitCode.CONFLICT
    )
