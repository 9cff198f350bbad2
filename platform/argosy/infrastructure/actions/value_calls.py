"""Set values at a venue: look first, and settle by reading, never by the answer alone."""

from __future__ import annotations

from collections.abc import Callable

from argosy.core.actions.action import Action, ActionResult, ActionStatus
from argosy.core.actions.value_change import SUPERSEDED, ValueChange
from argosy.core.venues.venue import ValueHistory, Values, Venue
from argosy.errors import ArgosyError, NeverSent, VenueError

_TAKEN = (ActionStatus.SUBMITTED, ActionStatus.OPEN, ActionStatus.FILLED, ActionStatus.PARTIALLY_FILLED)


def set_value(
    venue: Venue, action: Action, change: ValueChange, send: Callable[[], ActionResult]
) -> ActionResult:
    """Set the value unless another user changed it, and settle the action by a read.

    Raises NeverSent if the field cannot be read first, and like `Venue.execute`.
    """
    try:
        found = read_outcome(venue, action, change)
    except ArgosyError as error:
        raise NeverSent(
            f"{change.field} of {action.symbol} could not be read first, so it was not set", found=str(error)
        ) from error
    if found is not None:
        return found
    answer = send()
    if answer.status not in _TAKEN:
        return answer
    try:
        settled = read_outcome(venue, action, change)
    except ArgosyError:  # the venue took it, and a later read settles it
        settled = None
    if settled is not None:
        return settled.model_copy(update={"venue_id": answer.venue_id})
    return answer.model_copy(update={"status": ActionStatus.OPEN, "filled": answer.filled * 0, "fills": []})


def read_outcome(venue: Venue, action: Action, change: ValueChange) -> ActionResult | None:
    """Return the outcome that a read of the field shows.

    Returns None while the field has the value of the decision. Raises like a read, and VenueError for a venue without values.
    """
    if not isinstance(venue, Values):
        raise VenueError(f"{venue.name} has no values that can be read", found=change.field)
    value = venue.read_value(action.symbol, change.field)
    standing = change.standing(value)
    if standing == "before":
        return None
    if standing == "wanted":
        return ActionResult(client_id=action.client_id, status=ActionStatus.FILLED)
    reason = (
        f"{change.field} of {action.symbol} at {venue.name} is {value}: somebody else changed it from "
        f"{change.before}, so it is not set to {change.wanted}{editor(venue, action, change)}"
    )
    return ActionResult(
        client_id=action.client_id, status=ActionStatus.CANCELLED, code=SUPERSEDED, reason=reason
    )


def never_applied(venue: Venue, action: Action, change: ValueChange) -> str:
    """Return the reason of an end without effect, with the newest edit at the venue."""
    return (
        f"{change.field} of {action.symbol} at {venue.name} is still {change.before}: the change to "
        f"{change.wanted} never took effect, and no process can send it any more{editor(venue, action, change)}"
    )


def editor(venue: Venue, action: Action, change: ValueChange) -> str:
    if not isinstance(venue, ValueHistory):
        return ""
    try:
        edit = venue.newest_edit(action.symbol, change.field)
    except ArgosyError:  # the history only explains
        return ""
    return "" if edit is None else f" (edited at {edit.at.isoformat()} by {edit.by or 'an unnamed user'})"
