"""Flows: money that a venue books by itself, and its entries in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, Field, model_validator

from argosy.core.money import exact
from argosy.core.money.ledger import Entry, EntryKind
from argosy.core.money.money import ZERO
from argosy.core.money.rates import Rate
from argosy.core.wire import Wire


class FlowKind(StrEnum):
    """Reasons for which a venue moves money without an action, with the usual sign.

    earning: + rent of what the bot offers.
    cost: - rent, power or bandwidth.
    interest: + interest, - when the bot owes it.
    reward: + bonus of a venue.
    sale: + goods sold.
    refund: - money given back to a buyer, + to the bot.
    fee: - charge of the venue.
    spend: - advertising.
    attributed_value: + sales that an advertising venue claims; no cash.
    """

    EARNING = "earning"
    COST = "cost"
    INTEREST = "interest"
    REWARD = "reward"
    SALE = "sale"
    REFUND = "refund"
    FEE = "fee"
    SPEND = "spend"
    ATTRIBUTED_VALUE = "attributed_value"


ENTRY_KINDS: Mapping[FlowKind, EntryKind] = {
    FlowKind.EARNING: EntryKind.EARNING,
    FlowKind.COST: EntryKind.COST,
    FlowKind.INTEREST: EntryKind.INTEREST,
    FlowKind.REWARD: EntryKind.REWARD,
    FlowKind.SALE: EntryKind.SALE,
    FlowKind.REFUND: EntryKind.REFUND,
    FlowKind.FEE: EntryKind.FEE,
    FlowKind.SPEND: EntryKind.SPEND,
    FlowKind.ATTRIBUTED_VALUE: EntryKind.ATTRIBUTED,
}


class Flow(Wire):
    """Money that a venue booked by itself.

    `id` is the venue's own and stays the same when it revises the flow. `amount` is signed cash in `currency`, + for
    the bot. `quantity` is the signed change in units of `symbol`: goods sold, interest as units. A flow without a
    `symbol` is one of the whole account. Attributed value is no cash.
    """

    id: str = Field(min_length=1, max_length=300)
    at: AwareDatetime
    kind: FlowKind
    amount: Decimal
    currency: str = Field(min_length=1, max_length=40)
    symbol: str = ""
    quantity: Decimal = ZERO

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.quantity and not self.symbol:
            raise ValueError("units in a flow need a symbol")
        if self.quantity and self.kind is FlowKind.ATTRIBUTED_VALUE:
            raise ValueError("attributed value moves no units")
        return self


class DailyTotal(Wire):
    """Sum of one kind in one currency on one day, by the venue's own report.

    `day` is a date (ISO) in the account's time zone.
    """

    day: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    kind: FlowKind
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class FlowOwner:
    """Account in the books that a flow belongs to; `strategy_id` "" is the bot itself."""

    domain: str
    bot_id: str
    strategy_id: str = ""


@dataclass(frozen=True, slots=True)
class FlowRevision:
    """Newest revision of a flow in the books; `number` 0 is the flow as it first came.

    `rate` converts to base currency; revisions in the same currency keep it. So a flow that is revised to nothing
    leaves nothing.
    """

    number: int
    flow: Flow
    owner: FlowOwner
    rate: Rate


@dataclass(frozen=True, slots=True)
class FlowAccount:
    """Account at a venue. `owner` is the bot, or "" in live mode, where all bots share it."""

    mode: str
    owner: str
    venue: str
    base_currency: str

    @property
    def client_id(self) -> str:
        """First part of the client ids of the account's entries; the flow's id follows."""
        return f"flow:{self.mode}:{self.owner}:{self.venue}"


def entries_of_revision(
    account: FlowAccount, revision: FlowRevision, before: FlowRevision | None = None
) -> list[Entry]:
    """Return the entries that bring the ledger from the revision `before` to `revision`.

    The first revision is booked as it is. A later one books the difference on the flow's day. A revision with another
    day, kind, currency or asset takes the former back exactly and books the new one whole.
    """
    flow, number = revision.flow, revision.number
    if before is None:
        return _entries(account, revision, flow.amount, flow.quantity, str(number), "")
    memo = f"revision {number} of {before.flow.amount} {before.flow.currency}"
    if _place(before) == _place(revision):
        change = exact.subtract(flow.amount, before.flow.amount)
        units = exact.subtract(flow.quantity, before.flow.quantity)
        return _entries(account, revision, change, units, str(number), memo)
    old = before.flow
    back = exact.negate(old.amount), exact.negate(old.quantity)
    return [
        *_entries(account, before, *back, f"{number}-", memo),
        *_entries(account, revision, flow.amount, flow.quantity, str(number), memo),
    ]


def revise_flow(before: FlowRevision, flow: Flow, rate: Rate) -> FlowRevision:
    """Return the next revision, with the same owner; the rate stays while the currency does."""
    kept = before.rate if before.flow.currency == flow.currency else rate
    return replace(before, number=before.number + 1, flow=flow, rate=kept)


def _place(revision: FlowRevision) -> tuple[object, ...]:
    flow = revision.flow
    return flow.at, flow.kind, flow.currency, flow.symbol, revision.owner


def _entries(
    account: FlowAccount, revision: FlowRevision, amount: Decimal, quantity: Decimal, fill_id: str, memo: str
) -> list[Entry]:
    if not amount and not quantity:
        return []
    flow, owner = revision.flow, revision.owner
    return [
        Entry(
            at=flow.at,
            mode=account.mode,
            domain=owner.domain,
            bot_id=owner.bot_id,
            strategy_id=owner.strategy_id,
            venue=account.venue,
            kind=ENTRY_KINDS[flow.kind],
            currency=flow.currency,
            amount=amount,
            rate=revision.rate.value,
            rate_source=revision.rate.source,
            base_currency=account.base_currency,
            base_amount=exact.multiply(amount, revision.rate.value),
            symbol=flow.symbol,
            quantity=quantity,
            client_id=f"{account.client_id}:{flow.id}",
            fill_id=fill_id,
            memo=memo,
        )
    ]
