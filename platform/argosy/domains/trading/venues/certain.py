"""What may come out of a venue's `execute`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from argosy.core.action import Action, ActionResult
from argosy.core.venue import Venue
from argosy.errors import ArgosyError, OrderDenied, UnknownOutcome

V = TypeVar("V", bound=Venue)


def certain(execute: Callable[[V, Action], ActionResult]) -> Callable[[V, Action], ActionResult]:
    """Lets through what an adapter is sure of: a result, OrderDenied, UnknownOutcome. Any other error of ours, such as
    a store that fails right after the order was sent, leaves the fate unknown.
    """

    @wraps(execute)
    def guarded(self: V, action: Action) -> ActionResult:
        try:
            return execute(self, action)
        except (OrderDenied, UnknownOutcome):
            raise
        except ArgosyError as error:
            raise UnknownOutcome(
                f"what became of an order at {self.name} could not be written down or read",
                found=f"{error.code}: {error}",
                remedy="look up what became of it; it is not sent again",
            ) from error

    return guarded
