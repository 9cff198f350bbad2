"""Prove that an action which its venue does not know can no longer arrive there."""

from __future__ import annotations

from collections.abc import Callable

from argosy.core.actions.intent import Intent
from argosy.core.clock import Clock
from argosy.core.venues.venue import SendWindows, Venue

Ended = Callable[[str], bool]
"""Callback: True if the named process has certainly ended; a stopped process has not."""
CallEnded = Callable[[Intent], bool]
"""Callback: True if the call of an action, or its sender, has certainly ended."""


class Absence:
    """Record of the time since which unknown actions can no longer be sent.

    The time starts when this process first finds that no sender can still send the action. The monotonic
    clock measures it, because the wall clock may have been stepped since the action began.
    """

    def __init__(self, clock: Clock, call_has_ended: CallEnded) -> None:
        self._clock = clock
        self._call_has_ended = call_has_ended
        self._since: dict[str, float] = {}

    def doubt(self, intent: Intent, venue: Venue) -> str | None:
        """Return the reason why an action may still arrive at `venue`, or None if it cannot.

        The venue must already have answered that it does not know the action. The answer counts after the
        venue's `absence_proves_after_s` seconds (60 unless the venue sets another value).
        """
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
