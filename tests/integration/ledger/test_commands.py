"""`argosy ledger` on a real Postgres, in this process."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from support.ledger import a_bot, booking, entry, fill

from argosy.cli._shared.output import ExitCode
from argosy.cli.root import run
from argosy.core.money.ledger import Entry, EntryKind, entries_of
from argosy.infrastructure.money.export import COLUMNS
from argosy.infrastructure.money.sampling import sample_equity
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.money import entries, ledger

pytestmark = pytest.mark.integration
ZONE = ZoneInfo("Europe/Berlin")
Argosy = Callable[..., str]


@pytest.fixture
def argosy(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Argosy:
    """Runs a command that must end with `code`, and returns its output."""
    for name, value in {
        "HOME": str(tmp_path),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "MONEY__TIMEZONE": ZONE.key,
    }.items():
        monkeypatch.setenv(f"ARGOSY_{name}", value)

    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()
        assert run(["ledger", *arguments]) == code
        return capsys.readouterr().out

    return command


@pytest.fixture
def three_days(database: Database) -> None:
    """Around 2 February 2026 in Berlin: a purchase before, sales at its first and last moment, one after it."""
    first = datetime(2026, 2, 2, tzinfo=ZONE)
    database.run(
        ledger.ensure_capital("b", "trading", "paper", Decimal(100), "USD", first - timedelta(days=1))
    )
    for id, side, quantity, price, fee, at in (
        ("1", "buy", "10", "0.4", "0.1", first - timedelta(microseconds=1)),
        ("2", "sell", "2", "0.6", "0.02", first),
        ("3", "sell", "3", "0.3", "0", first + timedelta(days=1, microseconds=-1)),
        ("4", "sell", "1", "0.9", "0", first + timedelta(days=1)),
    ):
        database.run(ledger.book(entries_of(fill(id, side, quantity, price, fee, at=at), booking())))


def test_a_statement_is_of_one_local_day(argosy: Argosy, three_days: None) -> None:
    (found,) = json.loads(argosy("statement", "--day", "2026-02-02", "--json"))["statements"]
    assert (found["scope"], found["mode"], found["timezone"]) == ("platform", "paper", "Europe/Berlin")
    assert [found["since"], found["until"]] == ["2026-02-02T00:00:00+01:00", "2026-02-03T00:00:00+01:00"]
    opening, closing = found["opening"], found["closing"]
    assert {name: Decimal(opening[name]) for name in ("capital", "cash", "cost", "realised", "fees")} == {
        "capital": 100,
        "cash": Decimal("95.9"),
        "cost": Decimal("4.1"),
        "realised": 0,
        "fees": Decimal("0.1"),
    }
    assert {name: Decimal(closing[name]) for name in ("capital", "cash", "cost", "realised", "fees")} == {
        "capital": 100,
        "cash": Decimal("97.98"),
        "cost": Decimal("2.05"),
        "realised": Decimal("0.03"),
        "fees": Decimal("0.12"),
    }
    flows = {(flow["kind"], flow["count"]): Decimal(flow["baseAmount"]) for flow in found["flows"]}
    assert flows == {("trade", 2): Decimal("2.1"), ("fee", 1): Decimal("-0.02")}
    assert Decimal(opening["cash"]) + sum(flows.values()) == Decimal(closing["cash"])
    assert (Decimal(found["realised"]), Decimal(found["fees"])) == (Decimal("0.03"), Decimal("0.02"))
    (held,) = found["positions"]
    assert (Decimal(held["quantity"]), Decimal(held["averageCost"])) == (5, Decimal("0.41"))
    assert found["pnl"] is None


def test_a_statement_has_the_equity_that_was_sampled(
    argosy: Argosy, three_days: None, database: Database
) -> None:
    first = datetime(2026, 2, 2, tzinfo=ZONE)
    for at, income in (
        (first - timedelta(microseconds=1), "10"),
        (first, "5"),
        (first + timedelta(days=1, microseconds=-1), "2"),
        (first + timedelta(days=1), "0"),
    ):
        sample_equity(database, at, zone=ZONE, mark_max_age_s=60)
        database.run(ledger.book([entry(EntryKind.INCOME, income, at=at)]))
    (found,) = json.loads(argosy("statement", "--day", "2026-02-02", "--bot", "b", "--json"))["statements"]
    assert found["scope"] == "bot:b"
    opening, closing = Decimal(found["opening"]["equity"]), Decimal(found["closing"]["equity"])
    assert closing - opening == 15
    assert Decimal(found["pnl"]) == 15
    assert Decimal(found["closing"]["unrealised"]) == 0


def test_a_day_without_anything(argosy: Argosy) -> None:
    assert argosy("statement") == "nothing is booked yet\n"
    assert json.loads(argosy("statement", "--json")) == {"statements": []}
    assert "YYYY-MM-DD" in argosy("statement", "--day", "2026-2", "--json", code=ExitCode.USAGE)


def test_a_statement_in_words(argosy: Argosy, three_days: None) -> None:
    told = argosy("statement", "--day", "2026-02-02", "--mode", "paper")
    assert told.startswith("platform on 2026-02-02 (Europe/Berlin), paper, in USD\n")
    for words in ("opening", "closing", "the day", "trade", "one"):
        assert words in told


def test_both_exports_hold_every_digit(argosy: Argosy, three_days: None, database: Database) -> None:
    odd = entry(EntryKind.ADJUSTMENT, "0.1000000000000000000001", memo='he said "no",\nthen left', price=None)
    database.run(ledger.book([odd]))
    want = [each.entry for each in database.run(entries.page(entries.Wanted()))]
    table = list(csv.DictReader(io.StringIO(argosy("export"))))
    assert [entry_of(row) for row in table] == want
    assert tuple(table[0]) == COLUMNS
    listed = json.loads(argosy("export", "--format", "json"))["entries"]
    assert [entry_of(row) for row in listed] == want
    assert listed[-1]["amount"] == "0.1000000000000000000001"


def test_an_export_is_of_one_moment(
    database: Database, three_days: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is booked while it is written is in none of its pages."""
    monkeypatch.setattr(entries, "PAGE", 3)
    seen = []

    def take(each: entries.Booked) -> None:
        if not seen:
            database.run(ledger.book([entry(EntryKind.INCOME, "1")]))
        seen.append(each.id)

    assert database.run(entries.read(entries.Wanted(), take)) == len(seen) == 7
    assert len(database.run(entries.page(entries.Wanted(), limit=10))) == 8


def test_figures_in_json_have_no_exponent(argosy: Argosy, database: Database) -> None:
    database.run(ledger.book(entries_of(fill("1", "buy", "3", "0.0000000001"), booking())))
    database.run(ledger.book(entries_of(fill("2", "sell", "3", "0.0000000002"), booking())))
    for command in (("show",), ("verify",), ("statement", "--day", "2026-02-02")):
        assert "E-" not in argosy(*command, "--json")


def test_an_export_of_a_time_and_a_bot(argosy: Argosy, three_days: None, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    said = argosy(
        "export", "--format", "json", "--from", "2026-02-02", "--to", "2026-02-03", "--output", str(path)
    )
    assert said == f"wrote 3 entries to {path}\n"
    assert [row["fill_id"] for row in json.loads(path.read_text())["entries"]] == ["2", "2", "3"]
    assert json.loads(argosy("export", "--format", "json", "--mode", "live")) == {"entries": []}
    assert (
        len(json.loads(argosy("export", "--format", "json", "--bot", "b", "--mode", "paper"))["entries"]) == 7
    )


def entry_of(row: dict[str, str | None]) -> Entry:
    numbers = {name: Decimal(row[name] or "0") for name in ("amount", "rate", "base_amount", "quantity")}
    texts = {
        name: row[name] for name in row if name not in {*numbers, "id", "booked_at", "at", "kind", "price"}
    }
    return Entry(
        at=datetime.fromisoformat(str(row["at"])),
        kind=EntryKind(row["kind"]),
        price=Decimal(row["price"]) if row["price"] else None,
        **numbers,
        **texts,
    )


def test_verify_and_rebuild(argosy: Argosy, three_days: None, database_url: str) -> None:
    assert "no difference" in argosy("verify")
    assert json.loads(argosy("verify", "--json"))["ok"]
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("UPDATE positions SET cost = 7")
    told = argosy("verify", code=ExitCode.FAILED)
    assert "cost" in told
    found = json.loads(argosy("verify", "--json", code=ExitCode.FAILED))
    assert (found["ok"], found["differences"][0]["stored"]) == (False, "7")
    assert not json.loads(argosy("rebuild", "--reason", "somebody wrote by hand", "--json"))["ok"]
    assert "no difference" in argosy("verify")


def test_show(argosy: Argosy, three_days: None, database: Database) -> None:
    found = json.loads(argosy("show", "--json"))
    assert [row["scope"] for row in found["scopes"]] == [
        "bot:b",
        "domain:trading",
        "platform",
        "strategy:b/one",
        "venue:v",
    ]
    bot = found["scopes"][0]
    assert {
        name: Decimal(bot[name]) for name in ("capital", "cash", "cost", "equity", "realised", "fees")
    } == {
        "capital": 100,
        "cash": Decimal("98.88"),
        "cost": Decimal("1.64"),
        "equity": Decimal("100.52"),
        "realised": Decimal("0.52"),
        "fees": Decimal("0.12"),
    }
    told = argosy("show", "--bot", "b").splitlines()
    assert [line.split()[:2] for line in told] == [
        ["mode", "scope"],
        ["paper", "bot:b"],
        ["paper", "strategy:b/one"],
        ["mode", "venue"],
        ["paper", "v"],
    ]
    assert told[-1].split()[2:] == ["s", "USD", "4", "0.41", "1.64", "0"]
    assert (
        json.loads(argosy("show", "--bot", "b", "--json"))["positions"][0]["averageCost"] == "0.410000000000"
    )
    assert argosy("show", "--mode", "live") == "nothing is booked yet\n"


@pytest.mark.parametrize("command", ["show", "export", "statement"])
def test_a_bot_or_a_mode_that_is_not_there_is_said_to_be_unknown(
    command: str, argosy: Argosy, three_days: None, database: Database
) -> None:
    """Nothing shown would look as if nothing had happened."""
    argosy(command, "--bot", "x", code=ExitCode.NOT_FOUND)
    argosy(command, "--mode", "papre", code=ExitCode.USAGE)
    a_bot(database, "x")
    argosy(command, "--bot", "x")


def test_an_adjustment_is_booked_and_what_is_none_is_said(argosy: Argosy, database: Database) -> None:
    a_bot(database, "x")
    of = ("adjust", "--bot", "x", "--venue", "v", "--asset", "USD")
    argosy(*of, "--amount", "much", "--reason", "r", code=ExitCode.USAGE)
    argosy(*of, "--reason", "r", code=ExitCode.USAGE)
    argosy(*of, "--amount", "5", code=ExitCode.USAGE)
    argosy("adjust", "--bot", "y", *of[3:], "--amount", "5", "--reason", "r", code=ExitCode.NOT_FOUND)
    assert (
        argosy(*of, "--amount", "-1.50", "--reason", "r")
        == "booked -1.5 USD at v for x, paper (adjustment)\n"
    )
    booked = json.loads(argosy(*of, "--amount", "2", "--mode", "live", "--reason", "r", "--json"))["entry"]
    assert (booked["kind"], booked["mode"], booked["amount"]) == ("adjustment", "live", "2")


@pytest.mark.parametrize("day", ["9999-12-31", "2026-02-30", "tomorrow"])
def test_a_day_that_is_none(day: str, argosy: Argosy, three_days: None) -> None:
    assert "YYYY-MM-DD" in argosy("statement", "--day", day, "--json", code=ExitCode.USAGE)


def test_nothing_of_other_days_is_in_a_statement(argosy: Argosy, three_days: None) -> None:
    (found,) = json.loads(argosy("statement", "--day", "2026-02-01", "--json"))["statements"]
    assert [(flow["kind"], flow["count"]) for flow in found["flows"]] == [
        ("capital", 1),
        ("fee", 1),
        ("trade", 1),
    ]
    assert found["opening"]["cashByCurrency"] == {}
