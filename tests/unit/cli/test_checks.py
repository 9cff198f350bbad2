"""Checks of the doctor that need no server."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from argosy.cli.stack.checks import clock, machine, redis, servers
from argosy.cli.stack.checks.unwinders import check_unwinders
from argosy.cli.stack.status import duration
from argosy.core.clock import DrivenClock
from argosy.core.venues.venue import Venue
from argosy.domains.trading.settings import PolymarketSettings, TradingSettings
from argosy.errors import Unavailable
from argosy.infrastructure.redis_address import parse_redis_url
from argosy.venuekit.domain import DomainPackage, VenueEnvironment
from argosy.venuekit.unwind.book_sale import BookSale

NOW = datetime(2026, 2, 2, tzinfo=UTC)


def reading(*, skew_s: float = 0, took_s: float = 0, read_after: float = 0.5) -> clock.Reading:
    """Of a call that took `took_s`, in which their clock was read after this part of it."""
    theirs = NOW + timedelta(seconds=took_s * read_after + skew_s)
    return clock.Reading(NOW, theirs, NOW + timedelta(seconds=took_s))


@pytest.mark.parametrize(
    ("skew_s", "status"),
    [(0, "ok"), (0.9, "ok"), (-1.5, "warn"), (4.9, "warn"), (5, "fail"), (-3600, "fail")],
)
def test_clocks(skew_s: float, status: str) -> None:
    check = clock.clock("redis clock", reading(skew_s=skew_s))
    assert check.status == status
    assert bool(check.remedy) == (status != "ok")


@pytest.mark.parametrize("read_after", [0, 0.5, 1])
@pytest.mark.parametrize("took_s", [0.5, 1.9, 3, 20])
def test_a_slow_answer_is_no_wrong_clock(took_s: float, read_after: float) -> None:
    check = clock.clock("redis clock", reading(took_s=took_s, read_after=read_after))
    assert check.status == ("warn" if took_s > 5 else "ok")
    assert "NTP" not in check.remedy
    assert f"± {took_s * 500:.0f} ms" in check.found


def test_a_wrong_clock_is_found_behind_a_slow_answer() -> None:
    assert clock.clock("redis clock", reading(skew_s=-60, took_s=3)).status == "fail"


def test_of_several_answers_the_fastest_counts() -> None:
    ours = DrivenClock(NOW)
    waits = iter([4.0, 0.02])

    def theirs() -> datetime:
        ours.advance(next(waits))
        return ours.now()

    found = clock.read_clock(ours, theirs)
    assert found.uncertainty_s == pytest.approx(0.01)
    assert next(waits, None) is None, "a precise reading is the last"


@pytest.mark.parametrize(("free", "status"), [(10**8, "fail"), (10**9, "warn"), (10**10, "ok")])
def test_disk(free: int, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert machine.disk(tmp_path / "not" / "there" / "yet").status == status


def test_a_home_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    check = machine.folder(tmp_path / "file" / "home")
    assert check.status == "fail"
    assert "ARGOSY_HOME" in check.remedy
    assert machine.folder(tmp_path / "new").status == "ok"


def test_packages_of_wrong_versions_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.packages().status == "ok"
    monkeypatch.setattr(
        metadata,
        "requires",
        lambda _: ["celery[redis]==1.0", "no-such-library>=2", 'gone>=1; sys_platform == "plan9"'],
    )
    check = machine.packages()
    assert check.status == "fail"
    assert "celery" in check.found
    assert "no-such-library is missing" in check.found
    assert "gone" not in check.found


def test_secrets_are_found_in_nested_sections() -> None:
    section = TradingSettings(polymarket=PolymarketSettings(api_key=SecretStr("k")))
    found = dict(servers.present(section))
    assert found["polymarket.api_key"] is True
    assert found["polymarket.private_key"] is False
    assert "polymarket.clob_url" not in found


def test_a_server_that_is_away_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no connection"):
        redis.reach(parse_redis_url(f"unix://{tmp_path}/none.sock"))


def test_a_domain_whose_costs_cannot_be_ended_is_a_warning() -> None:
    def venues(environment: VenueEnvironment) -> dict[str, Callable[[], Venue]]:
        return {}

    machines = DomainPackage(name="machines", venues=venues)
    parts = DomainPackage(
        name="more", extends="machines", venue_names=frozenset({"rack"}), unwinder=BookSale()
    )
    (check,) = check_unwinders([DomainPackage(name="nodes"), machines])
    assert (check.name, check.status) == ("unwinder of machines", "warn")
    assert "a shutdown with --flatten leaves its positions and costs" in check.found
    (check,) = check_unwinders([machines.extended_by(parts)])
    assert (check.status, check.found) == ("warn", "only of rack")
    (check,) = check_unwinders([replace(machines, unwinder=BookSale())])
    assert check.status == "ok"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0, "0s"), (59.9, "59s"), (61, "1m 1s"), (3600, "1h"), (3661, "1h 1m"), (90_000, "1d 1h")],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text
