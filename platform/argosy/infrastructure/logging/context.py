"""What every line of a run says about itself: correlation id, bot, strategy, run and node."""

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
    """Names given here stand on every line logged inside the block; None leaves what an outer block bound."""
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
    """What is bound here and now."""
    return _bound.get()
