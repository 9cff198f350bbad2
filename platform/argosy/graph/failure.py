"""Description of a node's exception: code, message, traceback; bounded and without secrets."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from argosy.errors import ArgosyError

MESSAGE_LENGTH = 500
TRACEBACK_LENGTH = 4_000
_FRAMES = 20
_FIRST = 4
_LONGEST_FORMATTED = 50_000
_ENGINE = ("argosy/graph/execution.py", "argosy/graph/node.py", "argosy/graph/timeout.py")


@dataclass(frozen=True, slots=True)
class Failure:
    """Description of a failure.

    `code` is the error's own, or the class name of a foreign exception. `traceback` is None if it would add
    nothing.
    """

    code: str
    message: str
    traceback: str | None = None

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.traceback is not None:
            found["traceback"] = self.traceback
        return found

    @property
    def reason(self) -> str:
        """Text such as `ValueError: no price`: code and message."""
        return f"{self.code}: {self.message}"


def failure_of(error: BaseException, redact: Callable[[str], str], *, with_traceback: bool = True) -> Failure:
    """Describe an exception; never raises, whatever the exception's own methods do."""
    code = error.code if isinstance(error, ArgosyError) else type(error).__name__
    return Failure(
        code=printable(code)[:80],
        message=printable(redact(_message(error)[:_LONGEST_FORMATTED]))[:MESSAGE_LENGTH],
        traceback=_traceback(error, redact) if with_traceback else None,
    )


def stack_of(thread_id: int, redact: Callable[[str], str]) -> str | None:
    """Return the present stack of a thread of this process, in the form of a traceback."""
    frame = sys._current_frames().get(thread_id)
    if frame is None:
        return None
    stack = traceback.extract_stack(frame)
    kept = traceback.StackSummary.from_list(_below_the_engine(list(stack))[-_FRAMES:])
    text = "The thread stands here (most recent call last):\n" + "".join(kept.format())
    return printable(redact(text.rstrip()))[-TRACEBACK_LENGTH:]


def _below_the_engine(stack: list[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    """Return the frames called by the engine, without its own and those of the worker."""
    for index in range(len(stack) - 1, -1, -1):
        if stack[index].filename.replace("\\", "/").endswith(_ENGINE):
            return stack[index + 1 :]
    return stack


def printable(text: str) -> str:
    """Escape lone surrogates and NUL, which UTF-8 and PostgreSQL cannot store."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def _message(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the node's code asked the process to exit (code {_text_of(error)})"
    return _text_of(error) or "no message"


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:  # noqa: BLE001 - somebody else's __str__; named in the text
        return f"its text cannot be made ({type(broken).__name__})"


def _traceback(error: BaseException, redact: Callable[[str], str]) -> str | None:
    """Return the first and innermost frames and the causes; only the end if that is too long."""
    try:
        formatted = traceback.TracebackException.from_exception(error, compact=True)
        _shorten(formatted)
        text = "".join(formatted.format()).rstrip()
    except Exception as broken:  # noqa: BLE001 - a description must not fail; the reason is in the text
        return f"the traceback cannot be made ({type(broken).__name__})"
    text = printable(redact(text[-_LONGEST_FORMATTED:]))
    return text if len(text) <= TRACEBACK_LENGTH else "…" + text[-TRACEBACK_LENGTH + 1 :]


def _shorten(formatted: traceback.TracebackException) -> None:
    """Keep the first and innermost frames of each exception in the chain, without the engine's."""
    seen: set[int] = set()
    todo: list[traceback.TracebackException | None] = [formatted]
    while todo:
        each = todo.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        own = [frame for frame in each.stack if not frame.filename.replace("\\", "/").endswith(_ENGINE)]
        kept = own or list(each.stack)
        each.stack[:] = kept if len(kept) <= _FRAMES else kept[:_FIRST] + kept[_FIRST - _FRAMES :]
        todo += [each.__cause__, each.__context__]
