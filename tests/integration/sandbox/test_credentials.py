"""Keys are tried at the venue before they are kept."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from argosy.cli import root as cli
from argosy.cli._shared.output import ExitCode
from argosy.domains.trading.sandbox.identity import account_of, exchange_secret
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.infrastructure.config.credentials import FILE_NAME

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("right", [True, False])
def test_keys_that_the_venue_refuses_are_not_kept(
    right: bool, sandbox: SandboxThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARGOSY_HOME", str(tmp_path))
    monkeypatch.setenv("ARGOSY_TRADING__BINANCE__BASE_URL", f"{sandbox.url}/binance")
    key = account_of("somebody")
    secret = exchange_secret(key) if right else "wrong"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"api_key={key}\napi_secret={secret}\n"))
    code = cli.run(["credentials", "set", "binance"])
    assert (code == ExitCode.OK) is right
    assert (tmp_path / FILE_NAME).exists() is right
