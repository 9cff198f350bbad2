"""Database operation, written once and run by the sync and the async engine."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeAlias, TypeVar

from sqlalchemy import CursorResult, Executable

T = TypeVar("T")
P = ParamSpec("P")

Steps: TypeAlias = Generator[Executable, "CursorResult[Any]", T]
"""Generator that yields statements, receives their (buffered) results, and returns a result."""


class Operation(Generic[T]):
    """Statements to run in one transaction.

    They run only when a database runs the operation, as often as needed.
    """

    def __init__(self, steps: Callable[[], Steps[T]]) -> None:
        self.steps = steps


def operation(function: Callable[P, Steps[T]]) -> Callable[P, Operation[T]]:
    """Turn a generator of statements into a function that returns an `Operation`."""

    @wraps(function)
    def make(*args: P.args, **kwargs: P.kwargs) -> Operation[T]:
        return Operation(lambda: function(*args, **kwargs))

    return make


def together(*operations: Operation[Any]) -> Operation[list[Any]]:
    """Combine several operations in one transaction; their results keep the order."""

    def steps() -> Steps[list[Any]]:
        results = []
        for each in operations:
            results.append((yield from each.steps()))
        return results

    return Operation(steps)
