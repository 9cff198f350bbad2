"""Manual ledger adjustments by an operator."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from argosy.core.money import exact
from argosy.core.money.adjustment import Adjustment
from argosy.core.money.ledger import Entry
from argosy.core.money.money import ONE, ZERO
from argosy.core.money.rates import Rate, rate
from argosy.core.safety.audit import Actor, AuditEntry
from argosy.errors import InvalidInput
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.catalog import bots
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import PositionRow
from argosy.infrastructure.storage.money import fx_rates, ledger, positions
from argosy.infrastructure.storage.safety import audit


@operation
def adjust(wanted: Adjustment, *, actor: Actor, at: datetime, reason: str) -> Steps[Entry]:
    """Book the adjustment, write an audit row, and return the ledger entry.

    The bot's capital account is locked meanwhile: when two operators remove the same units, the second is refused.

    Raises:
        NotFound: the bot is unknown.
        InvalidInput: the reason is empty, the currency has no known rate, or the strategy holds fewer units
            than the adjustment removes.
    """
    if not reason.strip():
        raise InvalidInput("an adjustment needs a reason", expected="why the venue differs", found="nothing")
    bot = yield from bots.get(wanted.bot_id).steps()
    yield from intents.locked_account(bot.id)
    base = yield from positions.base_currency(wanted.bot_id)
    if wanted.quantity < ZERO:
        yield from _insist_on_units(wanted)
    currency, rated = base, Rate(ONE, "same")
    if wanted.amount:
        currency = wanted.asset
        rated = yield from _rate(currency, base, wanted)
    entry = Entry(
        at=at,
        mode=wanted.mode,
        domain=bot.domain,
        bot_id=bot.id,
        strategy_id=wanted.strategy_id,
        venue=wanted.venue,
        kind=wanted.entry_kind,
        currency=currency,
        amount=wanted.amount,
        rate=rated.value,
        rate_source=rated.source,
        base_currency=base,
        base_amount=exact.multiply(wanted.amount, rated.value),
        symbol=wanted.asset if wanted.quantity else "",
        quantity=wanted.quantity or ZERO,
        memo=reason,
    )
    yield from ledger.book([entry]).steps()
    after = {
        "mode": entry.mode,
        "strategy": entry.strategy_id,
        "venue": entry.venue,
        "kind": entry.kind.value,
        "asset": wanted.asset,
        "amount": str(entry.amount),
        "quantity": str(entry.quantity),
        "rate": str(entry.rate),
    }
    yield from audit.append(
        AuditEntry(actor=actor, action="ledger.adjust", subject=f"bot:{bot.id}", reason=reason, after=after),
        at,
    ).steps()
    return entry


def _insist_on_units(wanted: Adjustment) -> Steps[None]:
    """Raise InvalidInput if the strategy holds fewer units than the adjustment removes.

    Rows are locked in the same order as bookings lock them, so no fill can remove the units meanwhile.
    """
    query = select(PositionRow.strategy_id, PositionRow.quantity).where(
        PositionRow.mode == wanted.mode,
        PositionRow.bot_id == wanted.bot_id,
        PositionRow.venue == wanted.venue,
        PositionRow.symbol == wanted.asset,
        PositionRow.quantity != 0,
    )
    rows = yield query.order_by(PositionRow.strategy_id).with_for_update()
    holders = {row.strategy_id: row.quantity for row in rows}
    if holders.get(wanted.strategy_id, ZERO) + wanted.quantity < ZERO:
        raise InvalidInput(
            f"{wanted.strategy_id or 'the bot itself'} does not hold as many units: "
            + (
                ", ".join(
                    f"{name or 'the bot itself'} {exact.text(units)}" for name, units in holders.items()
                )
                or "nobody does"
            ),
            expected=f"at least {exact.text(-wanted.quantity)} of {wanted.asset} at {wanted.venue}",
            found=exact.text(holders.get(wanted.strategy_id, ZERO)),
            remedy="name the strategy that holds them with --strategy",
        )


def _rate(currency: str, base: str, wanted: Adjustment) -> Steps[Rate]:
    if wanted.rate is not None and currency != base:
        return Rate(wanted.rate, "operator")
    found = rate(currency, base, (yield from fx_rates.prices(wanted.mode).steps()))
    if found is None:
        raise InvalidInput(
            f"the price of {currency} in {base} is unknown",
            remedy=f"give it with --rate, in {base} per {currency}",
        )
    return found
