"""Check orders that ended since the last check, on schedule; wrong bookings raise an alarm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from argosy.core.actions.action_spec import spec_of
from argosy.core.actions.intent import Intent
from argosy.core.clock import Clock, to_ms
from argosy.core.event import Event
from argosy.core.money import exact
from argosy.core.ports import EventBus
from argosy.infrastructure.money.check import CheckReport, VenueOf, check
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.engine import documents
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import corrections

_NAMESPACE = "ledger.check"
_PAGE = 50
_LISTED_AFTER = timedelta(seconds=60)
"""Time until an ended order appears in its venue's lists."""
_WAITS_TOO_LONG = timedelta(minutes=10)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class EndedCheck:
    """Check of one bot in one mode at a time.

    The first check of all starts at the bot's first order.
    """

    def __init__(
        self,
        database: Database,
        events: EventBus,
        clock: Clock,
        venue_of: VenueOf,
        *,
        longest_s: float = 60.0,
    ) -> None:
        self._database = database
        self._events = events
        self._clock = clock
        self._venue_of = venue_of
        self._longest_s = longest_s

    def bot(self, bot_id: str, mode: str) -> CheckReport:
        """Check as many orders as `longest_s` seconds allow; the next check continues from there.

        Unsettled orders with too few bookings are checked first. The check stops at an order with an
        unreachable venue. It skips an order that the venue cannot report.
        """
        whole = check(self._database, self._venue_of, self._waiting(bot_id, mode))
        until = self._clock.now() - _LISTED_AFTER
        deadline = self._clock.monotonic() + self._longest_s
        mark = self._mark(bot_id, mode)
        while self._clock.monotonic() < deadline:
            orders = self._database.run(corrections.ended_orders(bot_id, mode, mark, until, _PAGE))
            done = self._checked(orders, whole, deadline)
            if not done:
                break
            mark = done[-1].settled_at or mark
            self._database.run(documents.put(_NAMESPACE, _key(bot_id, mode), mark.isoformat()))
            if len(done) < _PAGE:
                break
        if whole.findings:
            self._publish(bot_id, whole)
        return whole

    def _checked(self, orders: Sequence[Intent], whole: CheckReport, deadline: float) -> list[Intent]:
        """Check orders up to the first one with an unreachable venue, or until the deadline.

        Returns the checked orders.
        """
        done: list[Intent] = []
        for intent in orders:
            if self._clock.monotonic() >= deadline:
                break
            found = check(self._database, self._venue_of, [intent])
            if any(each.retryable for each in found.unchecked):
                break
            whole.add(found)
            done.append(intent)
        return done

    def _waiting(self, bot_id: str, mode: str) -> list[Intent]:
        """Return unsettled orders with more filled than booked, submitted over ten minutes ago."""
        latest = self._clock.now() - _WAITS_TOO_LONG
        return [
            intent
            for intent in self._database.run(intents.unsettled(bot_id))
            if intent.caller.mode == mode
            and spec_of(intent.action.kind).booked_by_fill
            and intent.submitted_at is not None
            and intent.submitted_at < latest
            and intent.filled
            > exact.total(fill.quantity for fill in (intent.result.fills if intent.result else ()))
        ]

    def _mark(self, bot_id: str, mode: str) -> datetime:
        found = self._database.run(documents.get(_NAMESPACE, _key(bot_id, mode)))
        return _FIRST if found is None else datetime.fromisoformat(found.value)

    def _publish(self, bot_id: str, report: CheckReport) -> None:
        first = report.findings[0]
        text = (
            f"{len(report.findings)} orders are booked otherwise than their venue has them, the first "
            f"{first.intent.client_id} at {first.intent.action.venue}: booked {first.comparison.booked.text}, "
            f"the venue says {first.comparison.recorded.text}. `argosy ledger check --bot {bot_id}` lists them, "
            "--correct books them right"
        )
        data = {"level": "error", "code": "ledger.differs", "title": "Orders are booked wrong", "text": text}
        now = to_ms(self._clock.now())
        self._events.publish(Event(type="alarm", timestamp=now, bot_id=bot_id, data=data))


def _key(bot_id: str, mode: str) -> str:
    return f"{mode}:{bot_id}"
