"""Rules of plain English for a docstring, and for a text that people read."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST_LINE = 90
"""Characters of a docstring's first line."""
LONGEST_SENTENCE = 20
"""Words."""

_RIDDLE = re.compile(
    r"(What|Whatever|Whether|Who|Whoever|Which|Whichever|Where|When|Whenever|How|Why|That|Those|These|Its|It|They|Their"
    r"|Such|Nobody|Nothing|None|Everything|Everybody|Anything)\b"
)
"""A first line opens with a verb or a noun phrase, not with a relative clause or with a subject nobody has named."""
_METAPHORS = re.compile(
    r"\b(told|heard|fate|reckoned|purse|sight|courier|keeper|tape|desk|taken back|takes back|gives? up|given up"
    r"|paid in|nobody|somebody|whoever)\b",
    re.IGNORECASE,
)
_RELATIVE_NOUN = re.compile(
    r"\bwhat (is|was|are|were|has|had|waits|came|comes|can|cannot|may|must|will|would)\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+|\n\s*\n|\n\s*[-*] ")
_CODE = re.compile(r"`[^`]*`")
_WORD = re.compile(r"[A-Za-zÀ-ž][\w'’-]*|\d[\d.,]*")


def first_line_faults(docstring: str) -> Iterator[str]:
    """Faults of a docstring's first line."""
    line = docstring.strip().splitlines()[0].strip() if docstring.strip() else ""
    if not line:
        yield "empty"
        return
    if len(line) > LONGEST_LINE:
        yield f"longer than {LONGEST_LINE} characters"
    if _RIDDLE.match(line):
        yield f'opens with "{line.split()[0]}"'


def text_faults(text: str) -> Iterator[str]:
    """Faults of any text: metaphors, relative clauses as nouns, long sentences."""
    plain = _CODE.sub("code", text)
    for found in _METAPHORS.finditer(plain):
        yield f'says "{found.group().lower()}"'
    for found in _RELATIVE_NOUN.finditer(plain):
        yield f'says "{found.group().lower()}"'
    for sentence in _SENTENCE.split(plain):
        words = len(_WORD.findall(sentence))
        if words > LONGEST_SENTENCE:
            yield f"a sentence of {words} words"
