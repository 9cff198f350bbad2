"""Cancel every open order of an account with only the account's credentials.

This is the one way past the gateway. It needs neither PostgreSQL nor Redis, and it can only cancel. Decision:
docs/decisions/0105.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from loguru import logger

from argosy.core.clock import Clock
from argosy.core.venues.venue import OpenOrder, OrderCanceller
from argosy.errors import ArgosyError

_ROUNDS = 3
_PAUSE_S = 1.0


@dataclass(slots=True)
class CancelReport:
    """Outcome of cancelling all orders of an account.

    `gone`: orders that are no longer open.
    `left`: orders that are still open.
    `listed`: True if the venue listed both; False if its list could not be read.
    `failures`: texts of errors.
    """

    gone: Sequence[OpenOrder] = ()
    left: Sequence[OpenOrder] = ()
    listed: bool = False
    failures: list[str] = field(default_factory=list)


def cancel_everything(canceller: OrderCanceller, clock: Clock, symbol: str | None = None) -> CancelReport:
    """Cancel all open orders (of one symbol), then list the rest and repeat a few times.

    Errors of the venue are in the report, never raised.
    """
    report = CancelReport()
    seen: dict[str, OpenOrder] = {}
    for turn in range(_ROUNDS + 1):
        if turn > 1:
            clock.sleep(_PAUSE_S)
        try:
            open_ = orders_of(canceller, symbol)
        except ArgosyError as error:
            _note(report, error)
            report.listed, open_ = False, []
            if symbol is not None:
                continue  # only listed orders can be cancelled by symbol
        else:
            report.listed = True
            seen |= {order.venue_id: order for order in open_}
            if not open_:
                break
        if turn == _ROUNDS:
            break
        try:
            canceller.cancel_open_orders(open_, everything=symbol is None)
        except ArgosyError as error:
            _note(report, error)
    report.left = open_ if report.listed else list(seen.values())
    still = {order.venue_id for order in report.left}
    report.gone = [order for order in seen.values() if order.venue_id not in still]
    return report


def orders_of(canceller: OrderCanceller, symbol: str | None = None) -> list[OpenOrder]:
    """Return the open orders of the account, or of one symbol. Raises the errors of a read."""
    return [order for order in canceller.open_orders() if symbol in (None, order.symbol)]


def _note(report: CancelReport, error: ArgosyError) -> None:
    logger.warning("cancelling: {}", error)
    if str(error) not in report.failures:
        report.failures.append(str(error))
