"""A module that the host has never seen, beside trading's two: all that is shared works for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import Route
from support.meter import Meter
from support.served import Served

from argosy.bootstrap.types import domains
from argosy.core.clock import DrivenClock
from argosy.domains.trading.sandbox.world import simulated
from argosy.errors import InvalidInput, Unavailable
from argosy.venuekit.domain import DomainPackage, DomainSandbox
from argosy.venuekit.sandbox.app import application
from argosy.venuekit.sandbox.assembly import assemble
from argosy.venuekit.sandbox.environment import SandboxEnvironment
from argosy.venuekit.sandbox.host import SandboxHost
from argosy.venuekit.sandbox.journal import SandboxJournal
from argosy.venuekit.sandbox.module import SandboxModule

START = datetime(2026, 11, 23, 11, 1, tzinfo=UTC)
JSON = {"Content-Type": "application/json"}
METERED = DomainPackage(name="metering", sandboxes=(DomainSandbox(lambda environment: [Meter(environment)]),))


class Place:
    """All installed domains and the meter on one host, with a driven clock."""

    def __init__(self, data: Path | None = None, clock: DrivenClock | None = None) -> None:
        self.clock = clock or DrivenClock(START)
        environment = SandboxEnvironment.at(clock=self.clock, journal=SandboxJournal(data))
        self.host = assemble([*domains().values(), METERED], environment)
        self.http = Served(application(self.host))

    def draw(self, kwh: str, account: str = "anna") -> httpx.Response:
        return self.http.post("/meter/draw", json={"account": account, "kwh": kwh})

    def reading(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get("/meter/reading", params={"account": "anna"}).json()
        return found

    def disturb(self, **row: Any) -> httpx.Response:
        return self.http.post("/sandbox/faults", json=row)

    def record(self, **query: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get("/sandbox/record", params={"account": "anna", **query}).json()
        return found


@pytest.fixture
def place() -> Place:
    return Place()


def test_modules_of_all_domains_answer_under_their_own_paths(place: Place) -> None:
    assert [module.name for module in place.host.modules] == ["prediction", "exchanges", "meter"]
    assert place.draw("4").json() == {"drawn": "4"}
    assert place.reading() == {"kwh": "4", "eur": "-1"}
    assert place.http.get("/binance/api/v3/ping").status_code == 200
    assert place.http.get("/polymarket/clob/time").status_code == 200
    assert place.http.get("/sandbox/meter/tariff").json() == {"price": "0.25"}
    assert place.http.get("/sandbox/orders").json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("row", "status", "after"),
    [
        ({"kind": "status", "status": 503}, 503, "0"),
        ({"kind": "status", "status": 503, "executed": True}, 503, "4"),
        ({"kind": "garbage"}, 200, "0"),
        ({"kind": "reject"}, 409, "0"),
        ({"kind": "meter.stuck"}, 200, "0"),
    ],
)
def test_faults_reach_a_module(place: Place, row: dict[str, Any], status: int, after: str) -> None:
    assert place.disturb(endpoint="POST /meter/draw", times=1, **row).status_code == 201
    assert place.http.get("/binance/api/v3/ping").status_code == 200
    assert place.draw("4").status_code == status
    assert place.reading()["kwh"] == after
    assert place.draw("4").json() == {"drawn": "4"}


def test_a_fault_of_a_module_leaves_the_others_alone(place: Place) -> None:
    assert place.disturb(module="meter", kind="status", status=500).status_code == 201
    assert place.http.get("/meter/reading").status_code == 500
    assert place.http.get("/binance/api/v3/ping").status_code == 200


def test_a_modules_own_fault_waits_for_a_request_to_it(place: Place) -> None:
    assert place.disturb(kind="meter.stuck", times=1).status_code == 201
    assert place.disturb(kind="exchanges.reject", times=1, module="exchanges").status_code == 201
    assert place.http.get("/binance/api/v3/ping").status_code == 200
    assert [row["struck"] for row in place.http.get("/sandbox/faults").json()["items"]] == [0, 1]
    assert place.draw("4").json() == {"drawn": "4"}
    assert place.reading() == {"kwh": "0", "eur": "-1"}


def test_a_module_that_fails_leaves_the_control_of_the_others(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(now_ms: int) -> Any:
        raise RuntimeError("the wheel is stuck")

    place.draw("4")
    with monkeypatch.context() as patch:
        patch.setattr(place.host.module("meter"), "advance", broken)
        assert place.record()["meter"]["holdings"]["kWh"] == "4"
        failures = [one["failure"] for one in place.http.get("/sandbox/modules").json()["items"]]
        assert failures == [None, None, "not brought up to now: the wheel is stuck"]
    place.record()
    assert place.host.failures == {}


@pytest.mark.parametrize(
    ("row", "status", "text"),
    [
        ({"kind": "fire"}, 422, "unknown kind of fault 'fire'"),
        ({"kind": "meter.fire"}, 422, "meter: reject, stuck"),
        ({"kind": "boiler.stuck"}, 404, "no module 'boiler'"),
        ({"kind": "latency", "module": "boiler"}, 404, "one of prediction, exchanges, meter"),
        ({"kind": "partial_fill", "endpoint": "* /meter/*"}, 422, "reaches meter"),
        ({"kind": "partial_fill", "module": "meter"}, 422, "meter: reject, stuck"),
        ({"kind": "meter.stuck", "module": "exchanges"}, 422, "reaches no module"),
        ({"kind": "meter.stuck", "endpoint": "* /binance/*"}, 422, "reaches no module"),
        ({"kind": "reject", "endpoint": "* /boiler/*"}, 422, "reaches no module"),
    ],
)
def test_an_unknown_module_or_fault_is_refused_by_name(
    place: Place, row: dict[str, Any], status: int, text: str
) -> None:
    answer = place.disturb(**row)
    assert answer.status_code == status
    assert text in answer.json()["error"]
    assert place.http.get("/sandbox/faults").json() == {"items": []}


@pytest.mark.parametrize("path", ["state", "record", "accounts", "accounts/anna", "accounts/anna/deposit"])
def test_every_control_request_refuses_an_unknown_module(place: Place, path: str) -> None:
    query = {"module": "boiler", "account": "anna"}
    if path.endswith("deposit"):
        answer = place.http.post(f"/sandbox/{path}", params=query, json={"amount": "5"})
    else:
        answer = place.http.get(f"/sandbox/{path}", params=query)
    assert answer.status_code == 404
    assert "prediction, exchanges, meter" in answer.json()["error"]


def test_the_venues_clock_drives_a_module(place: Place) -> None:
    place.draw("4")
    place.clock.advance(3 * 3600)
    assert place.reading()["eur"] == "-4"
    assert [move["why"] for move in place.record()["meter"]["moves"]] == ["draw", "draw", *["standing"] * 3]


def test_what_a_module_acknowledged_survives_a_restart(tmp_path: Path) -> None:
    first = Place(tmp_path / "venue.sqlite")
    first.draw("4")
    first.clock.advance(3600)
    before = first.record()
    again = Place(tmp_path / "venue.sqlite", first.clock)
    assert again.record() == before
    assert again.reading() == {"kwh": "4", "eur": "-2"}


def test_kinds_of_rows_of_two_modules_are_apart(tmp_path: Path) -> None:
    journal = SandboxJournal(tmp_path / "venue.sqlite")
    journal.put("move", "0", {"of": "trading"})
    journal.part("meter").put("move", "0", {"of": "meter"})
    journal.commit()
    again = SandboxJournal(tmp_path / "venue.sqlite")
    assert again.rows("move") == [("0", {"of": "trading"})]
    assert again.part("meter").rows("move") == [("0", {"of": "meter"})]


def test_the_record_is_of_all_modules_or_of_one_in_pages(place: Place) -> None:
    for _ in range(3):
        place.draw("1")
    assert {"polymarket", "binance", "meter"} < place.record().keys()
    seen: list[str] = []
    cursor: str | None = "0"
    while cursor is not None:
        page = place.record(module="meter", limit="4", cursor=cursor)
        assert "binance" not in page
        seen += [move["asset"] for move in page["meter"]["moves"]]
        assert page["meter"]["holdings"] == {"kWh": "3", "EUR": "-0.75"}
        cursor = page["next"]
    assert seen == ["kWh", "EUR"] * 3


def test_control_reads_and_pays_the_accounts_of_each_module(place: Place) -> None:
    def deposit(module: str, **body: str) -> httpx.Response:
        return place.http.post("/sandbox/accounts/anna/deposit", params={"module": module}, json=body)

    assert deposit("meter", amount="5").json() == {"name": "anna", "EUR": "5"}
    assert deposit("exchanges", amount="5", asset="USDT").json()["free"] == {"USDT": "10005", "USDC": "10000"}
    assert deposit("exchanges", amount="5", asset="SHELLS").status_code == 422
    assert deposit("exchanges", amount="5").status_code == 422
    assert deposit("prediction", amount="5").json()["cash"] == "10005"
    assert deposit("prediction", amount="5", asset="EUR").status_code == 422
    assert deposit("meter", amount="-5").status_code == 422
    accounts = place.http.get("/sandbox/accounts", params={"module": "meter"}).json()
    assert accounts == {"items": [{"name": "anna", "EUR": "5"}], "next": None}
    assert place.http.get("/sandbox/accounts/anna", params={"module": "meter"}).json()["EUR"] == "5"
    assert place.http.get("/sandbox/accounts/nobody", params={"module": "meter"}).status_code == 404
    state = place.http.get("/sandbox/state", params={"module": "meter"}).json()
    assert state["customers"] == 1
    assert "markets" in place.http.get("/sandbox/state").json()


def test_a_paused_module_takes_no_requests_and_the_others_do(place: Place) -> None:
    assert place.http.post("/sandbox/modules/meter/pause", json={}).status_code == 200
    answer = place.draw("4")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "paused" in answer.json()["error"]
    assert place.http.get("/binance/api/v3/ping").status_code == 200
    listed = place.http.get("/sandbox/modules").json()["items"]
    assert [one["name"] for one in listed if one["paused"]] == ["meter"]
    assert place.http.post("/sandbox/modules/meter/resume", json={}).status_code == 200
    assert place.draw("4").status_code == 200
    assert place.http.post("/sandbox/modules/boiler/pause", json={}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/meter/draw", {"Origin": "http://evil.example", **JSON}, 403),
        ("GET", "/meter/reading", {"Host": "evil.example"}, 403),
        ("POST", "/sandbox/modules/meter/pause", {"Content-Type": "text/plain"}, 415),
    ],
)
def test_no_web_page_reaches_a_module(
    place: Place, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    assert place.http.request(method, path, headers=headers, content="{}").status_code == status


# Assembly -------------------------------------------------------------------------------------------------


def package(name: str, build: Any, **more: Any) -> DomainPackage:
    return DomainPackage(name=name, sandboxes=(DomainSandbox(build, **more),))


class Wrong(Meter):
    """A meter whose name, prefix or paths are another's."""

    def __init__(self, environment: SandboxEnvironment, **changes: Any) -> None:
        super().__init__(environment)
        for name, value in changes.items():
            setattr(self, name, value)


def fails(environment: SandboxEnvironment) -> Sequence[SandboxModule]:
    raise RuntimeError("no meter here")


@pytest.mark.parametrize(
    "build",
    [
        fails,
        lambda environment: [Wrong(environment, name="meter", prefixes=("/other",))],
        lambda environment: [Wrong(environment, name="Boiler", prefixes=("/boiler",))],
        lambda environment: [Wrong(environment, name="boiler", prefixes=("/meter/boiler",))],
        lambda environment: [Wrong(environment, name="boiler", prefixes=("/sandbox",))],
        lambda environment: [Wrong(environment, name="boiler", prefixes=("/boiler",))],
        lambda environment: [
            Wrong(
                environment,
                name="boiler",
                prefixes=("/boiler",),
                routes=list,
                control_routes=lambda: [Route("/state", fails)],
            )
        ],
    ],
)
def test_a_module_that_cannot_be_served_is_left_out_and_noted(build: Any) -> None:
    host = assemble([METERED, package("broken", build)], SandboxEnvironment.at(clock=DrivenClock(START)))
    assert [module.name for module in host.modules] == ["meter"]
    assert len(host.notes) == 1
    assert "domain broken is left out" in host.notes[0]


def test_a_sandbox_without_modules_is_refused() -> None:
    environment = SandboxEnvironment.at(clock=DrivenClock(START))
    with pytest.raises(Unavailable, match="no meter here"):
        assemble([package("broken", fails)], environment)
    with pytest.raises(Unavailable, match="no installed domain"):
        assemble([DomainPackage(name="empty")], environment)
    with pytest.raises(ValueError, match="at least one"):
        SandboxHost([], seed=7, clock=environment.clock, wall=environment.wall)


def test_options_reach_the_domain_that_knows_them() -> None:
    given: list[Any] = []

    def build(environment: SandboxEnvironment) -> Sequence[SandboxModule]:
        given.append(environment.options)
        return [Meter(environment)]

    metered = package("metering", build, options={"tariff": "price of a kWh"})
    packages = [*domains().values(), metered]
    options = {"tariff": "0.3", "commission": "quote"}
    assemble(packages, SandboxEnvironment.at(clock=DrivenClock(START), options=options))
    assert given == [{"tariff": "0.3"}]
    with pytest.raises(InvalidInput, match="tarif") as refused:
        assemble(packages, SandboxEnvironment.at(clock=DrivenClock(START), options={"tarif": "0.3"}))
    assert "tariff: price of a kWh" in str(refused.value)
    with pytest.raises(InvalidInput, match="received or quote"):
        assemble(packages, SandboxEnvironment.at(clock=DrivenClock(START), options={"commission": "none"}))


def test_a_recording_is_played_by_the_domains_that_read_it(tmp_path: Path) -> None:
    mine, noise = tmp_path / "load.meter", tmp_path / "noise.csv"
    mine.write_text("1")
    noise.write_text("a,b\n1,2\n")
    played: list[Any] = []

    def check(path: Path) -> None:
        if path.suffix != ".meter":
            raise InvalidInput("not a load curve", found=path.name)

    def build(environment: SandboxEnvironment) -> Sequence[SandboxModule]:
        played.append(environment.recordings)
        return [Meter(environment)]

    packages = [*domains().values(), package("metering", build, check_recording=check)]
    host = assemble(packages, SandboxEnvironment.at(clock=DrivenClock(START), recordings=[mine]))
    assert ([module.name for module in host.modules], host.mode) == (["meter"], "replay")
    assert played == [[mine]]
    with pytest.raises(InvalidInput, match="not a recording"):
        assemble(packages, SandboxEnvironment.at(clock=DrivenClock(START), recordings=[mine, noise]))
    with pytest.raises(InvalidInput, match=r"noise\.csv"):
        assemble([METERED], SandboxEnvironment.at(clock=DrivenClock(START), recordings=[noise]))


# Older data -----------------------------------------------------------------------------------------------


def test_the_journal_of_the_time_before_modules_is_read(tmp_path: Path) -> None:
    """Rows as the old server wrote them: one World, kinds without a module's name."""
    path = tmp_path / "venue-7.sqlite"
    SandboxJournal(path).close()
    account = "0x" + "ab" * 20
    move = '{"account":"%s","asset":"%s","amount":"%s","why":"deposit","ref":"","at_ms":1}'
    rows = [
        ("account", account, '{"cash":"9990","shares":{"11":"20"}}'),
        ("deposits", "", '{"sum":"10000"}'),
        ("move", "0", move % (account, "USD", "10000")),
        ("spot_move", "0", move % ("mybot12345", "USDT", "10000")),
        ("wallet", "0x" + "cd" * 20, f'{{"account":"{account}"}}'),
    ]
    with sqlite3.connect(path) as database:
        database.executemany("INSERT INTO rows (kind, name, body) VALUES (?, ?, ?)", rows)
    world = simulated(clock=DrivenClock(START), journal=SandboxJournal(path))
    assert world.engine.ledger.accounts[account].cash == 9990
    assert world.engine.owner_of("0x" + "cd" * 20) == account
    assert world.spot.wallets.total("mybot12345", "USDT") == 10_000
    assert world.engine.ledger.deposits == 10_000
