"""Attach correlation id, bot, strategy, run and node to every log line of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_EMPTY: Mapping[str, str] = {}
_bound: ContextVar[Mapping[str, str]] = ContextVar("argosy_log_context", default=_EMPTY)


@contextmanager
def bind(
    *,
    correlation_id: str | None = None,
    bot: str | None = None,
    strategy: str | None = None,
    run: str | None = None,
    node: str | None = None,
) -> Iterator[None]:
    """Attach the given names to every line logged inside the block.

    None keeps the value of an outer block.
    """
    given = {
        "correlation_id": correlation_id,
        "bot": bot,
        "strategy": strategy,
        "run": run,
        "node": node,
    }
    token = _bound.set({**_bound.get(), **{key: value for key, value in given.items() if value is not None}})
    try:
        yield
    finally:
        _bound.reset(token)


def bound() -> Mapping[str, str]:
    """Return the names attached at the moment."""
    return _bound.get()
