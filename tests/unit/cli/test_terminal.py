"""What reaches a terminal of what a command writes."""

from __future__ import annotations

import io
import sys

import pytest

from argosy.cli._shared.terminal import neutral


def written(text: str, *, moves: bool = False) -> str:
    before, sys.stdout = sys.stdout, io.StringIO()
    try:
        with neutral(moves=moves):
            assert sys.stdout.write(text) == len(text)
        found = sys.stdout.getvalue()
    finally:
        sys.stdout = before
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    "text", ["plain", "two\nlines\n", "a,b\r\n1,2\r\n", "\x1b[1;31mred\x1b[0m", "über 日本"]
)
def test_text_and_colours_pass(text: str) -> None:
    assert written(text) == text


@pytest.mark.parametrize(
    "evil", ["\x1b]0;title\x07", "\x1b[2J", "\x1b[1A", "\x9b2J", "\x08\x08", "\u202e", "\x1bc", "\r"]
)
def test_nothing_else_is_obeyed(evil: str) -> None:
    found = written(f"a{evil}b")
    assert not set(found) & set("\x1b\x07\x08\x9b\r\u202e")


def test_a_progress_line_may_go_back_over_itself() -> None:
    assert written("\r\x1b[1A\x1b[2Kstarting\x1b[?25l", moves=True) == "\r\x1b[1A\x1b[2Kstarting\x1b[?25l"
    assert "\x1b" not in written("\x1b]0;title\x07\x1b[2J", moves=True)


def test_both_streams_are_themselves_again_afterwards() -> None:
    before = sys.stdout, sys.stderr
    with pytest.raises(RuntimeError), neutral():
        raise RuntimeError
    assert (sys.stdout, sys.stderr) == before
