"""Bookings of fills: the account that a fill belongs to, and its conversion rates."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from argosy.core.actions.action import Fill
from argosy.core.actions.intent import Caller
from argosy.core.money.ledger import Booking, EntryKind
from argosy.core.money.money import ONE
from argosy.core.money.rates import MISSING, Rate, rate


def booking_of(
    caller: Caller, kind: EntryKind, fill: Fill, base: str, prices: Mapping[tuple[str, str], Decimal]
) -> Booking:
    """Return the booking of `fill` for `caller`; `prices` are last prices by (venue, symbol).

    Every fill must be booked. An unknown rate therefore counts as 1 under the source "missing", which
    `argosy ledger verify` shows.
    """
    unknown = Rate(ONE, MISSING)
    money = rate(fill.currency, base, prices) or unknown
    fee = rate(fill.fee_currency or fill.currency, base, prices) or unknown
    others = {part.currency: rate(part.currency, base, prices) or unknown for part in fill.other_fees}
    return Booking(
        mode=caller.mode,
        domain=caller.domain,
        bot_id=caller.bot_id,
        strategy_id=caller.strategy_id,
        kind=kind,
        base_currency=base,
        rate=money.value,
        rate_source=money.source,
        fee_rate=fee.value,
        fee_rate_source=fee.source,
        other_rates={currency: (found.value, found.source) for currency, found in others.items()},
    )
