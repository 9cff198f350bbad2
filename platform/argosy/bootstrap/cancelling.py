"""Accounts for `argosy cancel-all`, from the settings alone, without Redis and Postgres."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from decimal import Decimal

from loguru import logger

from argosy.bootstrap.endpoints import sandbox_url_of
from argosy.bootstrap.types import domains
from argosy.core.bot import Mode
from argosy.core.clock import Clock
from argosy.core.safety.audit import Actor, AuditEntry
from argosy.core.venues.venue import OrderCanceller
from argosy.errors import NotFound
from argosy.infrastructure.cancelling import CancelReport
from argosy.infrastructure.config import Settings
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.venuekit.domain import VenueEnvironment

_TRACE_S = 5.0


def canceller_of(venue: str, settings: Settings, clock: Clock, *, sandbox_bot: str = "") -> OrderCanceller:
    """Return the account of the credentials in the settings.

    With `sandbox_bot`, return that bot's account at the sandbox. Raises NotFound for a venue without this
    function, and ConfigError without credentials.
    """
    environment = VenueEnvironment(
        settings=settings,
        clock=clock,
        documents=MemoryDocuments(),
        events=MemoryEventBus(clock=clock),
        account=sandbox_bot,
        mode=Mode.SANDBOX if sandbox_bot else Mode.LIVE,
        capital=Decimal(0),
        sandbox_url=sandbox_url_of(settings) if sandbox_bot else None,
    )
    found: dict[str, Callable[[], OrderCanceller]] = {}
    for package in domains().values():
        offered: Mapping[str, Callable[[], OrderCanceller]] = package.cancellers(environment)
        found.update(offered)
    if venue not in found:
        raise NotFound(
            f"the orders at {venue!r} cannot be cancelled by their credentials alone",
            expected="one of " + ", ".join(sorted(found)),
        )
    return found[venue]()


def leave_trace(
    venue: str, report: CancelReport, settings: Settings, *, actor: Actor, reason: str, sandbox_bot: str
) -> bool:
    """Write the cancellation to the audit; return False if Postgres does not answer in time.

    The time limit is `_TRACE_S` seconds.
    """
    entry = AuditEntry(
        actor=actor,
        action="orders.cancel_all",
        subject=f"venue:{venue}",
        reason=reason,
        after={
            "sandboxBot": sandbox_bot,
            "gone": [order.venue_id for order in report.gone],
            "left": [order.venue_id for order in report.left],
            "failures": report.failures,
        },
    )
    written = threading.Event()

    def write() -> None:
        from argosy.bootstrap.runtime import open_runtime

        try:
            open_runtime(settings).auditor.record(entry)
            written.set()
        except Exception as error:  # noqa: BLE001 - the orders are cancelled; the report says that no row was written
            logger.debug("cancel-all left no trace: {}", error)

    writer = threading.Thread(target=write, name="argosy-trace", daemon=True)
    writer.start()
    writer.join(_TRACE_S)
    return written.is_set()
