"""Logs: bound names, JSON lines, redaction, foreign loggers, and a disk that is full."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger
from pydantic import SecretStr

from argosy.infrastructure.config import Settings
from argosy.infrastructure.config.sections import FlowerSettings, LoggingSettings
from argosy.infrastructure.logging import bind, configure, redact, register_secret, setup
from argosy.infrastructure.logging.intercept import QUIETER, TELLTALE
from argosy.infrastructure.logging.sinks import SafeFile, SafeStream


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    monkeypatch.setattr(setup, "stderr", lambda: stream)
    handlers, level = logging.root.handlers, logging.root.level
    loggers = [logging.getLogger(name) for name in (*logging.root.manager.loggerDict, *QUIETER, *TELLTALE)]
    before = [(each, each.level, each.handlers, each.propagate) for each in loggers]
    yield stream
    logger.remove()
    logger.configure(patcher=None)
    logging.root.handlers = handlers
    logging.root.setLevel(level)
    logging.captureWarnings(False)
    for each, kept_level, kept_handlers, propagate in before:
        each.setLevel(kept_level)
        each.handlers, each.propagate = kept_handlers, propagate


def settings(tmp_path: Path, style: str = "json", level: str = "DEBUG", **values: Any) -> Settings:
    return Settings(
        home=tmp_path, logging=LoggingSettings.model_validate({"format": style, "level": level}), **values
    )


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_bound_names_stand_on_every_line_inside_only(tmp_path: Path, console: io.StringIO) -> None:
    configure(settings(tmp_path), process="worker-quick-1")
    with bind(correlation_id="c1", bot="b1", run="r1"):
        with bind(strategy="s1", node="n1"):
            logger.info("inner")
        logger.bind(price="0.5").info("outer")
    logger.info("after")
    inner, outer, after = lines(console)
    assert (inner["correlationId"], inner["bot"], inner["strategy"], inner["run"], inner["node"]) == (
        "c1", "b1", "s1", "r1", "n1",
    )  # fmt: skip
    assert "strategy" not in outer
    assert outer["extra"] == {"price": "0.5"}
    assert "correlationId" not in after
    assert after["process"] == "worker-quick-1"


def test_standard_loggers_flow_through_with_their_level_and_exception(
    tmp_path: Path, console: io.StringIO
) -> None:
    configure(settings(tmp_path), process="p")
    try:
        raise ValueError("boom")
    except ValueError:
        logging.getLogger("celery.worker").exception("task %s {not a format}", 7)
    (line,) = lines(console)
    assert (line["level"], line["message"]) == ("ERROR", "task 7 {not a format}")
    assert "ValueError: boom" in line["exception"]
    assert line["logger"] == __name__


def test_chatter_is_dropped_but_its_warnings_are_not(tmp_path: Path, console: io.StringIO) -> None:
    configure(settings(tmp_path, level="INFO"), process="p")
    logging.getLogger("httpx").info("GET everything")
    logging.getLogger("httpx").warning("slow")
    logging.getLogger("other").debug("below the level")
    assert [line["message"] for line in lines(console)] == ["slow"]


def test_whole_urls_are_never_logged_by_the_http_library(tmp_path: Path, console: io.StringIO) -> None:
    configure(settings(tmp_path, level="TRACE"), process="p")
    logging.getLogger("httpx").info("GET /x?anything=hush")
    logging.getLogger("httpcore.connection").debug("hush")
    assert console.getvalue() == ""


def test_a_record_whose_arguments_do_not_fit_is_still_a_line(tmp_path: Path, console: io.StringIO) -> None:
    configure(settings(tmp_path), process="p")
    logging.getLogger("x").warning("%d items", "many")
    assert "items" in lines(console)[0]["message"]


def test_console_style_is_text(tmp_path: Path, console: io.StringIO) -> None:
    configure(settings(tmp_path, "console"), process="p")
    with bind(bot="b1"):
        logger.warning("careful")
    assert "WARNING  careful  bot=b1" in console.getvalue()


def test_secrets_of_the_settings_never_reach_a_sink(tmp_path: Path, console: io.StringIO) -> None:
    file = tmp_path / "p.log"
    given_settings = settings(
        tmp_path,
        redis_url="redis://me:hunter22@cache/0",
        flower=FlowerSettings(basic_auth=SecretStr("ann:opensesame")),
    )
    configure(given_settings, process="p", file=file)
    logger.info("login with hunter22 and opensesame")
    try:
        raise RuntimeError("hunter22 in an exception")
    except RuntimeError:
        logger.bind(url="redis://me:hunter22@cache").exception("x")
    for written in (console.getvalue(), file.read_text()):
        assert written
        assert "hunter22" not in written
        assert "opensesame" not in written


@pytest.mark.parametrize(
    ("given", "secret"),
    [
        ("password=abc123", "abc123"),
        ('{"api_key": "k-123", "symbol": "BTC"}', "k-123"),
        ("Authorization: Bearer abcdefghijkl", "abcdefghijkl"),
        ("sent Bearer abcdefghijkl to x", "abcdefghijkl"),
        ("postgresql+psycopg://me:pa55@db/argosy", "pa55"),
        ("private_key: 0xdeadbeef", "0xdeadbeef"),
        ("GET /x?signature=0xfeed&side=BUY", "0xfeed"),
    ],
)
def test_redaction_inside_text(given: str, secret: str) -> None:
    cleaned = redact.text(given)
    assert secret not in cleaned
    assert redact.MASK in cleaned


def test_redaction_by_key_keeps_what_is_no_secret() -> None:
    cleaned = redact.value(
        {"api_key": "k", "nested": [{"password": "p", "token_id": "123", "price": 1.5}], "s": SecretStr("v")}
    )
    assert cleaned == {
        "api_key": redact.MASK,
        "nested": [{"password": redact.MASK, "token_id": "123", "price": 1.5}],
        "s": redact.MASK,
    }


def test_short_values_are_not_searched_for() -> None:
    register_secret("a1")
    register_secret(None)
    assert redact.text("a1 a2 a3") == "a1 a2 a3"


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=6, max_size=30), st.text(max_size=20)
)
def test_a_registered_value_is_found_anywhere(secret: str, around: str) -> None:
    register_secret(secret)
    try:
        assert secret not in redact.text(f"{around}{secret}{around}").replace(redact.MASK, "")
    finally:
        redact._values.clear()
        redact._pattern = None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_loses_lines_and_says_so_later(tmp_path: Path) -> None:
    path = tmp_path / "p.log"
    path.symlink_to("/dev/full")
    file = SafeFile(path, retry_s=0)
    file.write(b"one\n")
    file.write(b"two\n")
    assert file.lost == 2
    path.unlink()
    file.write(b"three\n")
    assert path.read_text() == "[2 lines lost: the log could not be written]\nthree\n"
    assert file.lost == 0
    file.close()


def test_a_full_disk_does_not_stop_the_process(tmp_path: Path, console: io.StringIO) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    configure(settings(tmp_path), process="p", file=blocked / "p.log")
    logger.info("goes on")
    assert lines(console)[0]["message"] == "goes on"


def test_a_broken_console_does_not_stop_the_process() -> None:
    read, write = os.pipe()
    os.close(read)
    stream = os.fdopen(write, "w")
    sink = SafeStream(stream, json_lines=False)
    number = logger.add(sink, format="{message}", catch=False)
    try:
        logger.info("nobody reads this")
        assert sink.lost == 1
    finally:
        logger.remove(number)
        with pytest.raises(BrokenPipeError):
            stream.close()


def test_files_are_rotated_by_size(tmp_path: Path) -> None:
    file = SafeFile(tmp_path / "p.log", max_bytes=10, keep=2)
    for number in range(5):
        file.write(f"line {number} ..\n".encode())
    file.close()
    assert (tmp_path / "p.log").read_text() == "line 4 ..\n"
    assert (tmp_path / "p.log.1").read_text() == "line 3 ..\n"
    assert (tmp_path / "p.log.2").read_text() == "line 2 ..\n"
    assert not (tmp_path / "p.log.3").exists()
