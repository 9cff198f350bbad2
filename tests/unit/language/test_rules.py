"""Rules of plain English, and the texts that they are applied to."""

from __future__ import annotations

from pathlib import Path

import pytest
from language.rules import first_line_faults, text_faults
from language.sources import texts


@pytest.mark.parametrize(
    "line",
    [
        "Return the positions of a bot.",
        "The smallest step of a price, in the quote currency.\n\nLonger words of explanation follow here.",
        "Whatsoever is a word of its own.",
    ],
)
def test_plain_first_lines(line: str) -> None:
    assert list(first_line_faults(line)) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("What is held and what is open.", 'opens with "What"'),
        ("Whether nobody holds it.", 'opens with "Whether"'),
        ("Its own price.", 'opens with "Its"'),
        ("A " + "very " * 20 + "long line.", "longer than 90 characters"),
        ("  \n ", "empty"),
    ],
)
def test_riddles(line: str, fault: str) -> None:
    assert fault in list(first_line_faults(line))


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("The order was not sent. It is looked up when the database is back.", []),
        ("Names in code may be `fate` or `what is`.", []),
        ("The fate of an order.", ['says "fate"']),
        ("Shows what is open.", ['says "what is"']),
        ("word " * 21 + ".", ["a sentence of 21 words"]),
        ("word " * 20 + "; " + "word " * 20, []),
    ],
)
def test_texts(text: str, faults: list[str]) -> None:
    assert list(text_faults(text)) == faults


def test_docstrings_and_messages_of_a_module(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        '"""Module."""\n'
        "LIMIT = 3\n"
        '"""Attribute."""\n'
        "def f(x):\n"
        '    """Function."""\n'
        '    "no docstring"\n'
        '    logger.info("a line of {}", x)\n'
        '    raise ValueError(f"wrong {x}", found="odd")\n'
    )
    assert [(each.line, each.kind, each.text) for each in texts(path, tmp_path)] == [
        (1, "docstring", "Module."),
        (3, "docstring", "Attribute."),
        (5, "docstring", "Function."),
        (7, "message", "a line of {}"),
        (8, "message", "wrong `x`"),
        (8, "message", "odd"),
    ]
