"""`argosy notify`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.commands import in_process
from support.inbox import inbox, refused_url

from argosy.cli._shared.output import ExitCode

from .conftest import Post


def test_the_command_line_tests_receivers_and_lists_messages(
    post: Post,
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    post.outbox.post("k", "a message", "b", "warning")
    with inbox() as box:
        argosy = in_process(monkeypatch, capsys, tmp_path, redis_url, database_url)
        assert argosy("notify", "test").code == ExitCode.CONFIG
        monkeypatch.setenv("ARGOSY_NOTIFY__URLS", json.dumps([box.url, refused_url()]))
        tested = argosy("notify", "test", "--json")
        assert tested.code == ExitCode.FAILED
        first, second = tested.json["receivers"]
        assert first == {"receiver": "1 (JSON)", "taken": True, "error": None}
        assert not second["taken"]
        assert "onnection" in second["error"]
        assert box.titles == ["test"]
        listed = argosy("notify", "list", "--waiting", "--json")
        assert [each["title"] for each in listed.json["notices"]] == ["a message"]
        shown = argosy("config", "show")
        assert "notify.urls" in shown.out
        everything = shown.out + tested.out + tested.err + listed.out
        assert "very-secret-password" not in everything
        monkeypatch.setenv("ARGOSY_NOTIFY__URLS", json.dumps(["nonsense://very-secret-password", box.url]))
        refused = argosy("notify", "test")
        assert refused.code == ExitCode.FAILED
        assert "receiver 1 (unusable): entry 1 of notify.urls" in refused.out
        assert "receiver 2 (JSON): taken" in refused.out
        assert "very-secret-password" not in refused.out + refused.err
