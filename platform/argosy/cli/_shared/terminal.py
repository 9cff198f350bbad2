"""Safe terminal output: Argosy's colours pass, other control characters do not."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from argosy.text import clean_text

_COLOUR = re.compile(r"(\x1b\[[0-9;]*m|\r\n)")  # CSV lines end in \r\n
_MOVES = re.compile(r"(\x1b\[[0-9;]*m|\r\n|\x1b\[\?25[hl]|\x1b\[[0-9;]*[AGK]|\r)")


class Neutral:
    """Stream that writes to `stream` and replaces control characters.

    Line breaks and sequences that match `allowed` pass.
    """

    def __init__(self, stream: IO[str], allowed: re.Pattern[str]) -> None:
        self._stream = stream
        self._allowed = allowed

    def write(self, text: str) -> int:
        if text.isascii() and text.isprintable():
            return self._stream.write(text)
        parts = self._allowed.split(text)  # every second part has matched `allowed`
        cleaned = (part if place % 2 else clean_text(part) for place, part in enumerate(parts))
        self._stream.write("".join(cleaned))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def neutral(*, moves: bool = False) -> Iterator[None]:
    """Clean standard output and error inside the block.

    `moves` lets a progress line move back over itself.
    """
    before = sys.stdout, sys.stderr
    allowed = _MOVES if moves else _COLOUR
    sys.stdout, sys.stderr = Neutral(sys.stdout, allowed), Neutral(sys.stderr, allowed)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
