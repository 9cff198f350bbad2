"""Back-off, output and the process table, without starting anything."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from argosy.core.clock import DrivenClock
from argosy.errors import NotRunning
from argosy.infrastructure.config import Settings
from argosy.infrastructure.config.sections import (
    FlowerSettings,
    SandboxSettings,
    WorkerSettings,
)
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.supervisor.output import Output
from argosy.infrastructure.supervisor.runtime import endpoints
from argosy.infrastructure.supervisor.spec import Backoff
from argosy.infrastructure.supervisor.table import process_table, urls

ENDPOINTS = Endpoints("redis://127.0.0.1:1/0", "postgresql+psycopg://postgres@/argosy?host=/s")


def test_backoff_doubles_up_to_its_longest() -> None:
    backoff = Backoff(first_s=0.5, longest_s=3)
    assert [backoff.delay_s(n) for n in (1, 2, 3, 4, 99)] == [0.5, 1, 2, 3, 3]


@given(st.integers(1, 10**6))
def test_backoff_never_passes_its_bounds(failures: int) -> None:
    assert 0.5 <= Backoff().delay_s(failures) <= 30


def test_output_goes_to_files_and_prefixed_to_the_console(tmp_path: Path) -> None:
    console = io.StringIO()
    clock = DrivenClock(datetime(2026, 2, 2, 11, 0, 5, tzinfo=UTC))
    output = Output(tmp_path, console, clock=clock)
    output.expect(["beat", "worker-quick1"])
    output.line("beat", b"tick\n")
    output.line("worker-quick1", b"no line end")
    output.system("beat ended with 1")
    assert (tmp_path / "beat.log").read_bytes() == b"tick\n"
    assert (tmp_path / "worker-quick1.log").read_bytes() == b"no line end\n"
    assert "beat ended with 1" in (tmp_path / "supervisor.log").read_text()
    assert console.getvalue().splitlines() == [
        "11:00:05 beat          | tick",
        "11:00:05 worker-quick1 | no line end",
        "11:00:05 system        | beat ended with 1",
    ]


def test_output_survives_a_closed_console(tmp_path: Path) -> None:
    console = io.StringIO()
    output = Output(tmp_path, console)
    console.close()
    output.line("beat", b"one\n")
    output.line("beat", b"two\n")
    assert output.console_lost
    assert (tmp_path / "beat.log").read_bytes() == b"one\ntwo\n"
    assert output.tail("beat", lines=1) == "two"
    assert output.tail("nobody") == ""


def test_the_table_follows_the_settings(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path,
        worker=WorkerSettings(quick=3, io=2, io_threads=5, heavy=0),
        flower=FlowerSettings(enabled=False),
        sandbox=SandboxSettings(enabled=False),
    )
    table = {spec.name: spec for spec in process_table(settings, ENDPOINTS)}
    assert list(table) == [
        "worker-quick1", "worker-quick2", "worker-quick3", "worker-io1", "worker-io2",
        "beat", "recorder", "dashboard",
    ]  # fmt: skip
    assert "solo" in table["worker-quick1"].argv
    assert table["worker-io2"].argv[table["worker-io2"].argv.index("-c") + 1] == "5"
    assert table["beat"].env["ARGOSY_REDIS_URL"] == ENDPOINTS.redis_url
    assert urls(settings) == {"dashboard": "http://127.0.0.1:8700"}


def test_every_process_runs_the_installed_module_in_the_home_folder(tmp_path: Path) -> None:
    for spec in process_table(Settings(home=tmp_path), ENDPOINTS):
        assert list(spec.argv[1:3]) == ["-P", "-m"]
        assert spec.options["cwd"] == str(tmp_path)


def test_a_password_is_never_on_a_command_line(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, flower=FlowerSettings(basic_auth=SecretStr("ann:opensesame")))
    (flower,) = (spec for spec in process_table(settings, ENDPOINTS) if spec.name == "flower")
    assert "opensesame" not in " ".join(flower.argv)
    assert flower.env["FLOWER_BASIC_AUTH"] == "ann:opensesame"


def test_endpoints_are_the_users_own_or_need_a_running_stack(tmp_path: Path) -> None:
    own = Settings(home=tmp_path, redis_url="redis://a/0", database_url="postgresql://b/c")
    assert endpoints(own) == Endpoints("redis://a/0", "postgresql+psycopg://b/c")
    with pytest.raises(NotRunning, match="argosy up"):
        endpoints(Settings(home=tmp_path))
