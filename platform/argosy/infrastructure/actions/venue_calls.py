"""Calls of the gateway to a venue: send an action, and query its outcome."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from loguru import logger

from argosy.core.actions.action import Action, ActionResult
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.venues.venue import Venue
from argosy.errors import ArgosyError, VenueError
from argosy.infrastructure.actions.value_calls import read_outcome, set_value


def carry_out(venue: Venue, action: Action, deadline: SendDeadline) -> ActionResult:
    """Send an action and return the venue's answer.

    A value action reads its field before and after.
    """
    if action.change is None:
        return _sent(venue, action, deadline)

    def send() -> ActionResult:
        deadline.check()
        return _sent(venue, action, deadline)

    return set_value(venue, action, action.change, send)


def _sent(venue: Venue, action: Action, deadline: SendDeadline) -> ActionResult:
    """Return the venue's answer to `action`.

    A plug-in's `execute` may take no deadline. The caller checks the deadline right before.
    """
    execute: Callable[..., ActionResult] = venue.execute
    parameters = inspect.signature(execute).parameters
    if "deadline" in parameters or any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
        return execute(action, deadline=deadline)
    return execute(action)


def query_action(venue: Venue, action: Action) -> ActionResult | None:
    """Query the outcome of an action; a fault in an adapter is raised as VenueError.

    Such a fault proves as little about the action as an unreachable venue. The outcome of a value action is the
    value that a read shows.
    """
    try:
        if action.change is not None:
            return read_outcome(venue, action, action.change)
        return venue.query_action(action.client_id)
    except ArgosyError:
        raise
    except Exception as error:
        logger.exception("{} could not be asked for {}", venue.name, action.client_id)
        raise VenueError(
            f"{venue.name} could not be asked", found=f"{type(error).__name__}: {error}"
        ) from error
