"""Output as a terminal may have it: colours of our own, and nothing else that it would obey."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from argosy.text import clean_text

_COLOUR = re.compile(r"(\x1b\[[0-9;]*m|\r\n)")  # CSV ends its lines so
_MOVES = re.compile(r"(\x1b\[[0-9;]*m|\r\n|\x1b\[\?25[hl]|\x1b\[[0-9;]*[AGK]|\r)")


class Neutral:
    """A stream that writes to `stream`, with every control character replaced but line breaks and colours."""

    def __init__(self, stream: IO[str], allowed: re.Pattern[str]) -> None:
        self._stream = stream
        self._allowed = allowed

    def write(self, text: str) -> int:
        if text.isascii() and text.isprintable():
            return self._stream.write(text)
        parts = self._allowed.split(text)  # every second one is allowed as it is
        cleaned = (part if place % 2 else clean_text(part) for place, part in enumerate(parts))
        self._stream.write("".join(cleaned))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def neutral(*, moves: bool = False) -> Iterator[None]:
    """Standard output and error of one command; `moves` lets a progress line go back over itself."""
    before = sys.stdout, sys.stderr
    allowed = _MOVES if moves else _COLOUR
    sys.stdout, sys.stderr = Neutral(sys.stdout, allowed), Neutral(sys.stderr, allowed)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
