"""Allowed outcomes of a venue's `execute`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from argosy.core.actions.action import ActionResult
from argosy.errors import ArgosyError, OrderDenied, UnknownOutcome


class Named(Protocol):
    @property
    def name(self) -> str: ...


V = TypeVar("V", bound=Named)
P = ParamSpec("P")


def certain(
    execute: Callable[Concatenate[V, P], ActionResult],
) -> Callable[Concatenate[V, P], ActionResult]:
    """Pass certain outcomes through: a result, OrderDenied, UnknownOutcome.

    Any other error of ours becomes UnknownOutcome. An example is a store that fails right after the order was sent.
    """

    @wraps(execute)
    def guarded(self: V, /, *args: P.args, **kwargs: P.kwargs) -> ActionResult:
        try:
            return execute(self, *args, **kwargs)
        except (OrderDenied, UnknownOutcome):
            raise
        except ArgosyError as error:
            raise UnknownOutcome(
                f"the outcome of an order at {self.name} could not be stored or read",
                found=f"{error.code}: {error}",
                remedy="wait: reconciliation queries the outcome; the action is not sent again",
            ) from error

    return guarded
