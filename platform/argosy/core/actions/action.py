"""Actions (intended side effects at a venue), their fills and their results."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import Field

from argosy.core.actions.value_change import ValueChange
from argosy.core.wire import Line, Wire


class ActionKind(StrEnum):
    """General kinds of actions; a domain may bring more (`core.actions.action_spec`)."""

    PLACE_ORDER = "place_order"
    CANCEL_ORDER = "cancel_order"
    SET_PRICE = "set_price"
    LIST = "list"
    UNLIST = "unlist"
    SET_BUDGET = "set_budget"
    CREATE_LISTING = "create_listing"
    PURCHASE = "purchase"
    ALLOCATE = "allocate"
    WITHDRAW = "withdraw"
    CUSTOM = "custom"

    @classmethod
    def _missing_(cls, value: object) -> ActionKind | None:
        """Return the one object of a domain's own kind; `spec_of` tells whether a domain brings it."""
        if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", value):
            return None
        kind = str.__new__(cls, value)
        kind._name_, kind._value_ = value.upper(), value
        found = cls._value2member_map_.setdefault(value, kind)
        assert isinstance(found, ActionKind)
        return found


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
"""Reaction to the failure of one leg of several.

hedge: buy the missing leg within a price bound.
unwind: sell the filled leg within a price bound.
hold: keep the filled leg and notify a person.
"""


class Leg(Wire):
    """Membership of an action in a group of legs of one opportunity.

    All `count` legs of a group are decided together: all or none. `asked` is the quantity that was decided, when an
    earlier leg has since reduced this one.
    """

    group: str = Field(min_length=1, max_length=64)
    index: int = Field(ge=0)
    count: int = Field(ge=2)
    on_failure: LegPolicy
    asked: Decimal | None = None


class Action(Wire):
    """Requested side effect at a venue; `client_id` makes it happen at most once.

    `quantity` is in the asset's unit. `label` is a readable name for a `symbol` that is hard to read. `max_fee` is
    the largest total fee that the venue may charge, in the quote `currency`. It is reserved together with the price.
    `change` makes it a value action: it sets a field, and a read of that field settles it.
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
    change: ValueChange | None = None
    parameters: dict[str, str] = {}


class FeePart(Wire):
    """Part of a fee in a currency of its own; a negative amount is a rebate."""

    amount: Decimal
    currency: str


class Fill(Wire):
    """Execution of an order; `fee` is rounded as the venue rounds it, negative for a rebate.

    The fee is in the quote `currency` unless `fee_currency` names another. That is either the asset itself or a
    third currency. A fee in the asset reduces the units bought. `other_fees` lists charges in further currencies,
    at most one part per currency. `id` is unique among the executions of an action, so each execution is booked
    once. It is the venue's own id when that id names exactly one execution (see `core.executions`).
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
        """Every part of the fee with its currency; the main fee comes first."""
        first = FeePart(amount=self.fee, currency=self.fee_currency or self.currency)
        return [first, *self.other_fees]

    @property
    def quote_fee(self) -> Decimal:
        """The sum of the fee parts in the quote currency."""
        return sum((part.amount for part in self.fees if part.currency == self.currency), Decimal(0))


class ActionResult(Wire):
    """Definitive answer of the venue to an action, or `unknown` when there is no such answer.

    `cancelled` means that the rest is gone. `filled` above zero is then the quantity executed before (FAK orders,
    cancelled orders). `fills` holds all fills known so far, each with its id; the `filled` of an order is their sum.
    `fee` counts the fees charged in the quote currency. `code` is the stable machine-readable reason of a denial.
    `by_amount`: the venue spends the amount of the order, quantity times limit price. Better prices then bring more
    than its quantity.
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
    by_amount: bool = False


def client_id(run_id: str, node_key: str, index: int) -> str:
    """Return the deterministic id of the `index`-th action of a node in a run.

    A redelivered task derives the same id. The id has 32 characters of [0-9a-f], within every venue's limit.
    """
    return hashlib.sha256(f"{run_id}\x00{node_key}\x00{index}".encode()).hexdigest()[:32]
