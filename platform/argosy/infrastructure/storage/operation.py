"""An operation on the database, written once, run by the sync and by the async engine."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeAlias, TypeVar

from sqlalchemy import CursorResult, Executable

T = TypeVar("T")
P = ParamSpec("P")

Steps: TypeAlias = Generator[Executable, "CursorResult[Any]", T]
"""Yields statements, is sent their (buffered) results, returns the operation's result."""


class Operation(Generic[T]):
    """Statements to run in one transaction. Nothing happens until a database runs it; it can run many times."""

    def __init__(self, steps: Callable[[], Steps[T]]) -> None:
        self.steps = steps


def operation(function: Callable[P, Steps[T]]) -> Callable[P, Operation[T]]:
    """Makes a generator of statements a function that returns an `Operation`."""

    @wraps(function)
    def make(*args: P.args, **kwargs: P.kwargs) -> Operation[T]:
        return Operation(lambda: function(*args, **kwargs))

    return make


def together(*operations: Operation[Any]) -> Operation[list[Any]]:
    """Several operations in one transaction; their results in order."""

    def steps() -> Steps[list[Any]]:
        results = []
        for each in operations:
            results.append((yield from each.steps()))
        return results

    return Operation(steps)
