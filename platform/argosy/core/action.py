"""One intended side effect at a venue, and what became of it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import Field

from argosy.core.wire import Line, Wire


class ActionKind(StrEnum):
    PLACE_ORDER = "place_order"
    CANCEL_ORDER = "cancel_order"
    MERGE_PAIR = "merge_pair"
    REDEEM = "redeem"
    SET_PRICE = "set_price"
    LIST = "list"
    UNLIST = "unlist"
    SET_BUDGET = "set_budget"
    CREATE_LISTING = "create_listing"
    PURCHASE = "purchase"
    ALLOCATE = "allocate"
    WITHDRAW = "withdraw"
    CUSTOM = "custom"


class ActionStatus(StrEnum):
    PLANNED = "planned"
    SUBMITTED = "submitted"
    OPEN = "open"
    FILLED = "filled"
    PARTIALLY_FILLED = "partially_filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    DENIED = "denied"
    UNKNOWN = "unknown"

    @property
    def final(self) -> bool:
        return self in _FINAL


_FINAL = frozenset({ActionStatus.FILLED, ActionStatus.CANCELLED, ActionStatus.REJECTED, ActionStatus.DENIED})

Side = Literal["buy", "sell"]
TimeInForce = Literal["GTC", "GTD", "FOK", "FAK"]


LegPolicy = Literal["hedge", "unwind", "hold"]
"""What happens when one leg of several fails: the missing one is bought within a bound, the filled one is sold
within a bound, or it is held and a person told."""


class Leg(Wire):
    """That an action is one of `count` legs of one opportunity. Legs are decided together: all or none.

    `asked` is the quantity that was decided, where an earlier leg has left less to do.
    """

    group: str = Field(min_length=1, max_length=64)
    index: int = Field(ge=0)
    count: int = Field(ge=2)
    on_failure: LegPolicy
    asked: Decimal | None = None


class Action(Wire):
    """What is to be done. `client_id` makes it happen at most once; quantity in the asset's unit.

    `label` is what a person calls the symbol, where the venue's own name says nothing. `max_fee` is the most the
    venue may charge in all, in the quote `currency`: it is reserved with the price.
    """

    client_id: str
    venue: str
    kind: ActionKind
    symbol: str
    label: str = ""
    side: Side | None = None
    quantity: Decimal
    limit_price: Decimal | None = None
    time_in_force: TimeInForce = "FOK"
    currency: str = "USD"
    max_fee: Decimal = Decimal(0)
    leg: Leg | None = None
    parameters: dict[str, str] = {}


class FeePart(Wire):
    """A part of a fee in a currency of its own; below zero it is a rebate."""

    amount: Decimal
    currency: str


class Fill(Wire):
    """One execution. `fee` is already rounded as the venue rounds it; below zero it is a rebate.

    It is in the quote `currency` unless `fee_currency` names another: the asset itself (units of it are taken from
    what was bought) or a third one. `other_fees` are what was charged in further currencies, at most one part each.
    `id` is unique among the executions of an action, which are booked once by it: the venue's own name where that
    stands for one execution only (`core.executions`).
    """

    id: str = ""
    client_id: str
    venue: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    currency: str = "USD"
    fee_currency: str | None = None
    other_fees: list[FeePart] = []
    at: datetime

    @property
    def fees(self) -> list[FeePart]:
        """Every part of the fee, the quote currency's under its own name."""
        first = FeePart(amount=self.fee, currency=self.fee_currency or self.currency)
        return [first, *self.other_fees]

    @property
    def quote_fee(self) -> Decimal:
        """The part in the quote currency."""
        return sum((part.amount for part in self.fees if part.currency == self.currency), Decimal(0))


class ActionResult(Wire):
    """The venue's definitive answer to an action, or that there is none (`unknown`).

    `cancelled` says that the rest is gone: `filled` above zero is what was executed before (FAK, cancelled orders).
    `fills` are all that are known so far, each by its id; an order's `filled` is their sum. `fee` counts what was
    paid in the quote currency. `code` is the stable machine-readable reason of a denial.
    """

    client_id: str
    status: ActionStatus
    filled: Decimal = Decimal(0)
    average_price: Decimal | None = None
    fee: Decimal = Decimal(0)
    fills: list[Fill] = []
    venue_id: str | None = None
    reason: Line | None = None
    code: str | None = None


def client_id(run_id: str, node_key: str, index: int) -> str:
    """Deterministic id of the `index`-th action of a node in a run: a redelivered task derives the same.

    32 characters of [0-9a-f], inside every venue's limit for client ids.
    """
    return hashlib.sha256(f"{run_id}\x00{node_key}\x00{index}".encode()).hexdigest()[:32]
