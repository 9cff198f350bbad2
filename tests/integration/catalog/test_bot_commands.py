"""Bots from files and templates, put away, removed, and moved between modes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support import documents
from support.commands import Argosy, Outcome
from support.ledger import entry

from argosy.bootstrap.seed import seed
from argosy.cli._shared.output import ExitCode
from argosy.core.clock import SystemClock
from argosy.core.money.ledger import EntryKind
from argosy.infrastructure.storage.catalog import bot_versions, bots, schedules, workflows
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import ledger
from argosy.infrastructure.storage.safety import audit, limits

pytestmark = pytest.mark.integration


@pytest.fixture
def make(argosy: Argosy, tmp_path: Path) -> Any:
    """`make("--mode", "sandbox")`: the bot `dips` with its strategy beside the file."""
    documents.write(tmp_path, documents.strategy())
    file = documents.write(tmp_path, documents.bot())

    def made(*options: str, capital: str = "1000") -> Outcome:
        return argosy("bots", "create", file, "--capital", capital, *options)

    return made


def run(database: Database, statement: str) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def an_intent(
    database: Database, *, kind: str = "place_order", status: str = "open", quantity: str = "1"
) -> None:
    run(
        database,
        "INSERT INTO intents (client_id, mode, domain, bot_id, strategy_id, venue, kind, symbol, action, delta, "
        "reducing, reserved, status, decided_at) VALUES "
        f"(gen_random_uuid()::text, 'paper', 'trading', 'dips', '', 'v', '{kind}', 'X', "
        f"'{{\"quantity\": \"{quantity}\"}}', 1, false, 0, '{status}', clock_timestamp())",
    )


def test_a_bot_comes_with_strategies_schedule_limits_and_a_version(
    make: Any, argosy: Argosy, database: Database
) -> None:
    made = make("--schedule", "5s", "--id", "mine", "--name", "My dips", "--reason", "to try", "--json")
    assert made.code == ExitCode.OK, made.err
    assert made.json | {"warnings": []} == made.json
    assert (made.json["id"], made.json["domain"], made.json["mode"]) == ("mine", "trading", "paper")
    assert (made.json["state"], made.json["capital"], made.json["schedules"]) == (
        "running",
        "1000",
        ["every 5 s"],
    )
    assert {each.workflow_id for each in database.run(workflows.every())} == {"dip", "dips"}
    kinds = {each.kind.value for each in database.run(limits.every(["bot:mine"]))}
    assert {"daily_loss", "drawdown", "total_exposure", "capital_per_action", "action_rate"} == kinds
    version = database.run(bot_versions.newest("mine"))
    assert (version.version, version.note) == (1, "to try")
    assert version.settings["schedules"]["mine"]["spec"]["everyS"] == 5
    rows = database.run(audit.after(0))
    assert {"workflow.save", "bot.create", "schedule.set", "risk.set"} == {row.action for row in rows}
    assert argosy("audit", "verify").code == ExitCode.OK


@pytest.mark.parametrize(
    ("options", "capital"),
    [
        ((), "0"), ((), "-5"), ((), "1e400"), ((), "NaN"), ((), "1e-30"), ((), "lots"),
        (("--schedule", "whenever"), "1"), (("--schedule", '{"kind": "interval", "everyS": 0}'), "1"),
        (("--schedule", '{"kind": "cron", "kind": "interval"}'), "1"),
        (("--id", "../x"), "1"), (("--currency", "usd dollars"), "1"), (("--domain", "farming"), "1"),
        (("--set", "one.weight"), "1"), (("--set", "two.weight=1"), "1"), (("--set", "tick/below.limit=1"), "1"),
        (("--from", "btc_15m_bot"), "1"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_nothing_is_kept(
    make: Any, database: Database, options: tuple[str, ...], capital: str
) -> None:
    done = make(*options, capital=capital)
    assert done.code == ExitCode.USAGE, (done.code, done.out, done.err)
    assert database.run(bots.every(archived=True)) == []
    assert database.run(workflows.every()) == []


def test_values_that_break_the_workflow_are_told(make: Any, database: Database) -> None:
    done = make("--set", "one.weight=2", "--json")
    assert (done.code, done.json["error"]["code"]) == (ExitCode.FAILED, "workflow_invalid")
    assert database.run(bots.every()) == []


def test_without_capital_or_a_source(argosy: Argosy, tmp_path: Path) -> None:
    file = documents.write(tmp_path, documents.bot())
    assert "--capital" in argosy("bots", "create", file).err
    assert argosy("bots", "create", "--capital", "1").code == ExitCode.USAGE
    alone = documents.write(tmp_path, documents.strategy())
    assert "kind bot" in argosy("bots", "create", alone, "--capital", "1").err


def test_an_id_is_taken_once(make: Any) -> None:
    assert make().code == ExitCode.OK
    assert make().code == ExitCode.CONFLICT
    assert make("--id", "another").code == ExitCode.OK


def test_a_saved_strategy_is_not_replaced_by_the_file_beside(
    make: Any, argosy: Argosy, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "x").mkdir()
    argosy("workflow", "save", documents.write(tmp_path / "x", documents.strategy(limit=1)))
    made = make("--json")
    assert made.code == ExitCode.OK
    assert any("differs" in warning for warning in made.json["warnings"])
    assert len(database.run(workflows.versions("dip"))) == 1


def test_a_template_with_values_is_a_workflow_of_its_own(argosy: Argosy, database: Database) -> None:
    seed(database, SystemClock())
    plain = argosy("bots", "create", "--from", "btc_15m_bot", "--id", "second", "--paused", "--json")
    assert plain.code == ExitCode.OK, plain.err
    assert (plain.json["capital"], plain.json["state"]) == ("1000", "paused")
    shared = database.run(bots.get("second"))
    assert shared.workflow_id == "btc_15m_bot"
    name = next(
        node["id"]
        for node in database.run(workflows.get(shared.workflow_digest)).document["nodes"]
        if node["type"] == "strategy"
    )
    changed = argosy(
        "bots", "create", "--from", "btc_15m", "--id", "third", "--capital", "50", "--set", f"{name}.weight=0.1",
        "--schedule", "none", "--json",
    )  # fmt: skip
    assert changed.code == ExitCode.OK, changed.err
    own = database.run(bots.get("third"))
    assert (own.workflow_id, own.capital, changed.json["schedules"]) == ("third", Decimal(50), [])
    assert argosy("bots", "create", "--from", "nothing", "--capital", "1").code == ExitCode.NOT_FOUND


def test_an_archived_bot_is_out_of_the_way(make: Any, argosy: Argosy, database: Database) -> None:
    make("--schedule", "5s")
    assert argosy("bots", "archive", "dips", "--reason", "enough").code == ExitCode.OK
    assert argosy("bots", "list", "--json").json["bots"] == []
    assert [each["state"] for each in argosy("bots", "list", "--all", "--json").json["bots"]] == ["archived"]
    assert argosy("bots", "resume", "dips").code == ExitCode.CONFLICT
    assert argosy("bots", "mode", "dips", "sandbox").code == ExitCode.CONFLICT
    assert not database.run(schedules.get("dips")).bot_running
    row = database.run(audit.newest(subject="bot:dips", limit=1))[0]
    assert (row.action, row.after, row.reason) == ("bot.archive", {"state": "archived"}, "enough")
    assert argosy("bots", "unarchive", "dips", "--json").json["state"] == "paused"
    assert argosy("bots", "unarchive", "dips").code == ExitCode.CONFLICT
    assert argosy("bots", "resume", "dips").code == ExitCode.OK
    assert argosy("bots", "archive", "nobody").code == ExitCode.NOT_FOUND


@pytest.mark.parametrize("status", ["planned", "submitted", "open", "partially_filled", "unknown"])
def test_with_an_action_without_an_end_nothing_is_put_away(
    make: Any, argosy: Argosy, database: Database, status: str
) -> None:
    make()
    an_intent(database, status=status)
    for command in (("archive", "dips"), ("remove", "dips"), ("mode", "dips", "sandbox")):
        done = argosy("bots", *command, "--json")
        assert (done.code, status in done.json["error"]["found"]) == (ExitCode.CONFLICT, True), command
    assert database.run(bots.get("dips")).state == "running"


@pytest.mark.parametrize(
    ("steps", "stands"),
    [
        ((("set_budget", "20"),), True), ((("set_budget", "20"), ("set_budget", "0")), False),
        ((("list", "1"),), True), ((("list", "1"), ("unlist", "1")), False), ((("create_listing", "1"),), True),
    ],
)  # fmt: skip
def test_a_commitment_keeps_a_bot(
    make: Any, argosy: Argosy, database: Database, steps: tuple[tuple[str, str], ...], stands: bool
) -> None:
    make()
    for kind, quantity in steps:
        an_intent(database, kind=kind, status="filled", quantity=quantity)
    assert argosy("bots", "archive", "dips").code == (ExitCode.CONFLICT if stands else ExitCode.OK)


def hold(database: Database, mode: str = "paper") -> None:
    database.run(
        ledger.book(
            [entry(EntryKind.TRADE, "-10", bot_id="dips", mode=mode, symbol="X", quantity=Decimal(2))]
        )
    )


def test_a_position_keeps_a_bot_whichever_mode_it_is_in(
    make: Any, argosy: Argosy, database: Database
) -> None:
    make()
    hold(database, "sandbox")
    done = argosy("bots", "archive", "dips", "--json")
    assert (done.code, done.json["error"]["found"]) == (ExitCode.CONFLICT, "2 X at v (sandbox)")


def test_a_bot_without_a_past_is_removed_with_all_it_had(
    make: Any, argosy: Argosy, database: Database
) -> None:
    make("--schedule", "5s")
    assert argosy("bots", "remove", "dips", "--reason", "a mistake").code == ExitCode.OK
    assert database.run(bots.every(archived=True)) == []
    assert database.run(schedules.every()) == []
    assert database.run(limits.every()) == []
    row = database.run(audit.newest(subject="bot:dips", limit=1))[0]
    assert (row.action, row.reason, row.after) == ("bot.remove", "a mistake", None)
    assert make().code == ExitCode.OK, "its id is free again"


@pytest.mark.parametrize("past", ["run", "tick", "asked", "action", "entry"])
def test_a_bot_with_a_past_is_archived_and_not_removed(
    make: Any, argosy: Argosy, database: Database, past: str
) -> None:
    make("--schedule", "1h")
    if past == "run":
        run(
            database,
            "INSERT INTO runs (id, bot_id, kind, workflow_digest, trigger, status, started_at) "
            "VALUES ('r', 'dips', 'bot', 'd', 'manual', 'success', now())",
        )
    elif past == "tick":
        run(database, "UPDATE schedules SET dispatched = 1")
    elif past == "asked":
        argosy("bots", "run", "dips")
    elif past == "action":
        an_intent(database, status="denied")
    else:
        database.run(
            ledger.ensure_capital("dips", "trading", "paper", Decimal(1), "USD", SystemClock().now())
        )
    assert argosy("bots", "remove", "dips").code == ExitCode.CONFLICT
    assert argosy("bots", "archive", "dips").code == ExitCode.OK


def test_an_id_with_a_past_is_not_given_again(make: Any, argosy: Argosy, database: Database) -> None:
    make()
    an_intent(database, status="denied")
    database.run(bots.remove("dips"))
    assert "dips" in argosy("bots", "list", "--json").out or make().code == ExitCode.CONFLICT


def test_a_mode_is_changed_and_what_it_holds_stays_there(
    make: Any, argosy: Argosy, database: Database
) -> None:
    make()
    hold(database)
    refused = argosy("bots", "mode", "dips", "sandbox", "--json")
    assert (refused.code, refused.json["error"]["found"]) == (ExitCode.CONFLICT, "2 X at v (paper)")
    done = argosy("bots", "mode", "dips", "sandbox", "--leave-positions", "--reason", "try the venue")
    assert done.code == ExitCode.OK
    assert "2 X at v (paper) in its paper account: nothing is sold or moved" in done.out
    assert database.run(bots.get("dips")).mode == "sandbox"
    assert [each.settings["mode"] for each in database.run(bot_versions.every("dips"))] == [
        "sandbox",
        "paper",
    ]
    row = database.run(audit.newest(subject="bot:dips", limit=1))[0]
    assert (row.action, row.before, row.after) == ("bot.mode", {"mode": "paper"}, {"mode": "sandbox"})
    assert "as before" in argosy("bots", "mode", "dips", "sandbox").out
    back = argosy("bots", "mode", "dips", "paper", "--json")
    assert (back.code, back.json["left"]) == (ExitCode.OK, [])


def test_every_change_of_a_bot_is_a_version(
    make: Any, argosy: Argosy, database: Database, tmp_path: Path
) -> None:
    make("--schedule", "5s")
    argosy("schedules", "set", "dips", '{"kind": "interval", "everyS": 9}', "--reason", "slower")
    argosy("schedules", "disable", "dips")
    argosy("bots", "mode", "dips", "sandbox")
    argosy("workflow", "save", documents.write(tmp_path, documents.bot(weight="0.1")), "--note", "less")
    argosy("bots", "pause", "dips")
    found = database.run(bot_versions.every("dips"))
    assert [(each.version, each.note) for each in found] == [
        (5, "less"),
        (4, ""),
        (3, ""),
        (2, "slower"),
        (1, ""),
    ]
    schedules_of = [each.settings["schedules"]["dips"] for each in found]
    assert [(each["enabled"], each["spec"]["everyS"]) for each in schedules_of] == [
        (False, 9), (False, 9), (False, 9), (True, 9), (True, 5),
    ]  # fmt: skip


def test_live_begins_paused_with_its_switch_off(make: Any, argosy: Argosy, database: Database) -> None:
    make()
    run(database, "INSERT INTO capital_accounts (bot_id, live_enabled) VALUES ('dips', true)")
    done = argosy("bots", "mode", "dips", "live")
    assert done.code == ExitCode.OK
    assert "argosy capital live on --bot dips" in done.out
    assert database.run(bots.get("dips")).state == "paused"
    assert argosy("capital", "show", "--bot", "dips", "--json").json["bots"][0]["liveEnabled"] is False
    made = make("--id", "real", "--mode", "live", "--json")
    assert (made.json["mode"], made.json["state"]) == ("live", "paused")
