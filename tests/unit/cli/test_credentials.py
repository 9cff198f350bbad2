"""Keys of venues: kept for their owner alone, over the file of settings and under the environment; never shown."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from argosy.cli import root as cli
from argosy.cli._shared.output import ExitCode
from argosy.domains.trading.settings import TradingSettings
from argosy.errors import ConfigError
from argosy.infrastructure.config import load_section
from argosy.infrastructure.config.credentials import FILE_NAME

SECRET = 'k"ey\\ü-1'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARGOSY_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def give(monkeypatch: pytest.MonkeyPatch, text: str, *options: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    return cli.run(["credentials", "set", "binance", "--no-test", *options])


def binance() -> Any:
    return load_section(TradingSettings, "trading").binance


def test_keys_are_kept_for_their_owner_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps({"api_key": SECRET, "api_secret": "s"})
    assert give(monkeypatch, text) == ExitCode.OK
    assert (home / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == [FILE_NAME]
    assert binance().api_key == SecretStr(SECRET)
    assert give(monkeypatch, "api_key = other\napi_secret=t") == ExitCode.OK
    assert (binance().api_key, binance().api_secret) == (SecretStr("other"), SecretStr("t"))
    assert cli.run(["credentials", "remove", "binance"]) == ExitCode.OK
    assert binance().api_key is None


def test_the_environment_wins_over_them_and_they_over_the_file(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "argosy.toml").write_text('[trading.binance]\napi_key = "file"\nmax_age_s = 3\n')
    give(monkeypatch, "api_key=kept")
    assert (binance().api_key, binance().max_age_s) == (SecretStr("kept"), 3)
    monkeypatch.setenv("ARGOSY_TRADING__BINANCE__API_KEY", "environment")
    assert binance().api_key == SecretStr("environment")


def test_a_file_that_others_may_read_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, "api_key=kept")
    (home / FILE_NAME).chmod(0o640)
    with pytest.raises(ConfigError, match="can be read by others"):
        binance()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"api_key": 1}',
        '{"api_key": "a", "api_key": "b"}',
        "trading_enabled=true",
        "api_key=\x1b[0m",
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert give(monkeypatch, text) == ExitCode.USAGE
    assert not (home / FILE_NAME).exists()
    assert "\x1b[0m" not in capsys.readouterr().err


def test_no_key_is_ever_printed(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give(monkeypatch, "api_key=verysecret")
    cli.run(["credentials", "list"])
    cli.run(["config", "show"])
    (home / FILE_NAME).write_text('[trading.binance\napi_key = "verysecret"')
    cli.run(["credentials", "list"])
    shown = "".join(capsys.readouterr())
    assert "api_key" in shown
    assert "verysecret" not in shown


def test_an_unknown_venue_names_those_there_are(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["credentials", "set", "nowhere"]) == ExitCode.NOT_FOUND
    assert "binance" in capsys.readouterr().err
