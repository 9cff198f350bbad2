"""Compare the ledger's executions with the venues' own records, order by order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from loguru import logger

from argosy.core.actions.intent import Intent
from argosy.core.money.ledger_check import Comparison
from argosy.core.venues.venue import OrderRecord, OrderRecords, Venue
from argosy.errors import ArgosyError, BadReply, VenueError
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import corrections
from argosy.infrastructure.storage.money.corrections import Orders

_PAGE = 100

VenueOf = Callable[[Intent], Venue]
"""Callback: the venue of an order, as its bot sees it."""


@dataclass(frozen=True, slots=True)
class OrderFinding:
    """An order with a booking that differs from its venue's record."""

    intent: Intent
    record: OrderRecord
    comparison: Comparison

    @property
    def correctable(self) -> bool:
        """True if the order has ended; a working order is booked by its own queries."""
        return self.record.ended or self.intent.status.final


@dataclass(frozen=True, slots=True)
class Unchecked:
    """An order that cannot be judged now."""

    intent: Intent
    reason: str
    retryable: bool = False
    """True if the venue is unreachable: a later check may succeed."""


@dataclass(slots=True)
class CheckReport:
    checked: int = 0
    findings: list[OrderFinding] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)

    def add(self, other: CheckReport) -> None:
        self.checked += other.checked
        self.findings += other.findings
        self.unchecked += other.unchecked


def check(database: Database, venue_of: VenueOf, orders: Iterable[Intent]) -> CheckReport:
    """Compare each order with its venue's record; orders of an unreachable venue stay unchecked."""
    report = CheckReport()
    for intent in orders:
        try:
            record = record_of(venue_of(intent), intent.client_id)
        except ArgosyError as error:
            away = error.retryable and not isinstance(error, BadReply)
            report.unchecked.append(Unchecked(intent, str(error), retryable=away))
            continue
        if record is None:
            if intent.filled:
                report.unchecked.append(Unchecked(intent, "the venue does not know the order any more"))
            else:
                report.checked += 1
            continue
        report.checked += 1
        found = database.run(corrections.compare_order(intent, record))
        if found.problems:
            report.findings.append(OrderFinding(intent, record, found))
    return report


def every_order(database: Database, wanted: Orders) -> Iterator[Intent]:
    """Yield the wanted orders page by page: a check may take long."""
    after = None
    while page := database.run(corrections.sent_orders(wanted, after, _PAGE)):
        yield from page
        after = (page[-1].decided_at, page[-1].client_id)


def record_of(venue: Venue, client_id: str) -> OrderRecord | None:
    """Return the venue's own record of an order.

    A simulated venue has no separate record: its `query_action` answers. Raises VenueError and its subclasses, also
    for a fault in an adapter.
    """
    try:
        if isinstance(venue, OrderRecords):
            return venue.order_record(client_id)
        found = venue.query_action(client_id)
    except ArgosyError:
        raise
    except Exception as error:
        logger.exception("{} could not be asked for the record of {}", venue.name, client_id)
        raise VenueError(
            f"{venue.name} could not be asked for its record", found=f"{type(error).__name__}: {error}"
        ) from error
    return None if found is None else OrderRecord(client_id, found.fills, ended=found.status.final)
