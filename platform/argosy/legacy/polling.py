"""One poll of a legacy strategy: find, decide, act.

A strategy with its own loop runs one round of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Literal

from argosy.errors import ConfigError
from argosy.legacy.calls import Calls

Drive = Literal["poll", "loop"]
_LOOPS = ("run", "start", "run_forever", "main_loop")
_FLAGS = ("running", "is_running", "active")
_PAUSES = (
    "interval",
    "poll_interval",
    "polling_interval",
    "check_interval",
    "update_interval",
    "scan_interval",
    "sleep_time",
    "sleep_seconds",
    "interval_seconds",
)


class PollOver(BaseException):
    """End of a loop without a running flag.

    Not an Exception, because loops catch those.
    """


@dataclass(slots=True)
class Looked:
    """One opportunity and the strategy's decision. `answer` is the result of `execute`."""

    opportunity: Any
    taken: bool
    answer: Any = None


@dataclass(slots=True)
class Round:
    looked: list[Looked] = field(default_factory=list)


def is_async(strategy: Any) -> bool:
    """Return True if the strategy needs a provider with awaitable methods."""
    return any(
        iscoroutinefunction(getattr(strategy, name, None))
        for name in ("find_opportunity", "should_execute", "execute", *_LOOPS)
    )


def poll(strategy: Any, calls: Calls, *, drive: Drive = "poll") -> Round:
    """Run one poll. `calls` runs sync and async methods alike.

    Raises ConfigError for an object that is not a strategy.
    """
    missing = [name for name in ("find_opportunity", "execute") if not calls.has(name)]
    if missing:
        raise ConfigError(
            f"{type(strategy).__name__} is not a legacy strategy",
            expected="find_opportunity and execute, should_execute where it wants to choose",
            found="no " + ", ".join(missing),
        )
    return _looped(strategy, calls) if drive == "loop" else _polled(calls)


def _polled(calls: Calls) -> Round:
    done = Round()
    _look(calls, done)
    if getattr(calls.target, "looks_again", False) is True:
        _look(calls, done)
    return done


def _look(calls: Calls, done: Round) -> None:
    found = calls("find_opportunity")
    for opportunity in found if isinstance(found, list | tuple) else [found]:
        if opportunity is None:
            continue
        taken = not calls.has("should_execute") or bool(calls("should_execute", opportunity))
        answer = calls("execute", opportunity) if taken else None
        done.looked.append(Looked(opportunity, taken, answer))


def _looped(strategy: Any, calls: Calls) -> Round:
    loop = calls.first(*_LOOPS)
    if loop is None:
        raise ConfigError(
            f"{type(strategy).__name__} has no loop", expected=", ".join(_LOOPS), remedy='drive it by "poll"'
        )
    done = Round()
    with _one_round(strategy, done), suppress(PollOver):
        calls(loop)
    return done


@contextmanager
def _one_round(strategy: Any, done: Round) -> Iterator[None]:
    """Hook the strategy's methods for one round of its loop.

    At the end of the round its running flags become False; its pauses are zero. A second `find_opportunity` means
    that the loop has no flag: PollOver ends it.
    """
    started = False
    kept = dict(vars(strategy))

    def stop() -> None:
        for name in _FLAGS:
            if hasattr(strategy, name):
                setattr(strategy, name, False)

    def found(opportunity: Any) -> Any:
        if not opportunity:
            stop()
        return opportunity

    def decided(answer: Any, opportunity: Any) -> Any:
        if not answer:
            done.looked.append(Looked(opportunity, taken=False))
            stop()
        return answer

    def executed(answer: Any, opportunity: Any) -> Any:
        done.looked.append(Looked(opportunity, True, answer))
        stop()
        return answer

    def first() -> None:
        nonlocal started
        if started:
            raise PollOver
        started = True

    hooks: dict[str, tuple[Callable[[], None], Callable[..., Any]]] = {
        "find_opportunity": (first, lambda answer, *_: found(answer)),
        "should_execute": (lambda: None, decided),
        "execute": (lambda: None, executed),
    }
    for name, (before, after) in hooks.items():
        method = getattr(strategy, name, None)
        if method is not None:
            setattr(strategy, name, _hooked(method, before, after))
    for name in _PAUSES:
        if isinstance(getattr(strategy, name, None), int | float):
            setattr(strategy, name, 0)
    try:
        yield
    finally:
        for name in (*hooks, *_PAUSES, *_FLAGS):
            if name in kept:
                setattr(strategy, name, kept[name])
            elif name in vars(strategy):
                delattr(strategy, name)


def _hooked(method: Any, before: Callable[[], None], after: Callable[..., Any]) -> Any:
    if iscoroutinefunction(method):

        @wraps(method)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            before()
            return after(await method(*args, **kwargs), *args)

        return awaited

    @wraps(method)
    def called(*args: Any, **kwargs: Any) -> Any:
        before()
        return after(method(*args, **kwargs), *args)

    return called
