"""Texts from outside, as they may be stored and shown."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyState, emergency_scope
from argosy.core.safety.transition import StateChangeRequest
from argosy.errors import VenueError
from argosy.graph.document import WorkflowDocument
from argosy.text import clean_line, clean_text, clean_value, escape_json

ANYTHING = st.text(
    st.characters(codec=None)  # halves of surrogate pairs too
    | st.sampled_from("\x00\x07\x08\x1b\x7f\x9b\x9d\u202e\u2066\u200b\ufeff\u2028\ud800\U000e0041\n\r\t")
)


def obeyed(text: str) -> list[str]:
    """Characters that a terminal, a log reader or Postgres would act on."""
    return [
        c for c in text if unicodedata.category(c) in ("Cc", "Cs") or unicodedata.bidirectional(c) in _TURNS
    ]


_TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@given(ANYTHING)
def test_nothing_that_is_obeyed_is_left(text: str) -> None:
    line, lines = clean_line(text), clean_text(text)
    assert obeyed(line) == []
    assert set(obeyed(lines)) <= {"\n", "\t"}
    assert not {"\u2028", "\u2029", "\x85"} & {*line, *lines}
    line.encode()
    assert clean_line(line) == line
    assert clean_text(lines) == lines


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("odd fills, 3 × €5 – Ünïcode 日本 👩\u200d🚀", "odd fills, 3 × €5 – Ünïcode 日本 👩\u200d🚀"),
        ("red \x1b[31malert\x1b[0m", "red \ufffd[31malert\ufffd[0m"),
        ("title\x1b]0;owned\x07", "title\ufffd]0;owned\ufffd"),
        ("eight bit \x9b2J", "eight bit \ufffd2J"),
        ("a\x00b", "a\ufffdb"),
        ("two\r\nlines\tand  spaces", "two lines and  spaces"),
        ("abc\u202edef", "abc\ufffddef"),
        ("half \ud800", "half \ufffd"),
        ("", ""),
    ],
)
def test_a_line_says_what_it_said(text: str, line: str) -> None:
    assert clean_line(text) == line


def test_a_text_keeps_its_lines_and_a_value_its_shape() -> None:
    assert clean_text("a\r\nb\tc\rd") == "a\nb\tc\nd"
    value = {"a\x00": ["\x1b[2J", {"deep": "x\ny"}, 1, None, True, 2.5]}
    assert clean_value(value) == {"a\ufffd": ["\ufffd[2J", {"deep": "x\ny"}, 1, None, True, 2.5]}


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_says_the_same_and_is_harmless(value: object) -> None:
    text = escape_json(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(text) == value
    assert set(obeyed(text)) <= {"\n"}


def test_every_boundary_uses_it() -> None:
    evil, clean = "a\x00\x1b[2Jb\nc", "a\ufffd\ufffd[2Jb c"
    assert (
        StateChangeRequest(emergency_scope("platform"), EmergencyState.HALT, Actor(id="ann"), evil).reason
        == clean
    )
    assert Actor(id=evil, address=evil).address == clean
    assert str(VenueError(evil, found=evil)) == f"{clean_text(evil)}; found {clean_text(evil)}"
    document = {
        "id": "b",
        "name": evil,
        "kind": "bot",
        "schema": 1,
        "nodes": [{"id": "n", "type": "x", "label": evil}],
    }
    read = WorkflowDocument.model_validate(document)
    assert (read.name, read.nodes[0].label) == (clean, clean)
