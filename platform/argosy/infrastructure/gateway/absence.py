"""What a venue's silence about an action proves, and from when on."""

from __future__ import annotations

from collections.abc import Callable

from argosy.core.clock import Clock
from argosy.core.intent import Intent
from argosy.core.venue import SendWindows, Venue

Ended = Callable[[str], bool]
"""Whether the process of that name has ended for certain: one that only stands still has not."""
CallEnded = Callable[[Intent], bool]
"""Whether the call of an action has ended for certain, or its sender has."""


class Absence:
    """Silence counts from when this process first knew that nothing can be sent any more.

    It is measured on the monotonic clock: the wall clock may have been stepped since the action began.
    """

    def __init__(self, clock: Clock, call_has_ended: CallEnded) -> None:
        self._clock = clock
        self._call_has_ended = call_has_ended
        self._since: dict[str, float] = {}

    def doubt(self, intent: Intent, venue: Venue) -> str | None:
        """Why an action that the venue does not know may still arrive there; None when it cannot."""
        if self._may_be_sent(intent, venue):
            return f"{venue.name} does not know it, and its sender {intent.owner} may still send it"
        now = self._clock.monotonic()
        needed_s = float(getattr(venue, "absence_proves_after_s", 60.0))
        if now - self._since.setdefault(intent.client_id, now) < needed_s:
            return f"{venue.name} does not know it; that proves nothing before {needed_s:g} s"
        return None

    def forget(self, client_id: str) -> None:
        self._since.pop(client_id, None)

    def _may_be_sent(self, intent: Intent, venue: Venue) -> bool:
        if self._call_has_ended(intent):
            return False
        return not (isinstance(venue, SendWindows) and venue.is_window_closed(intent.action))
