"""The append-only ledger: entries, one a cash flow, and the positions and cash that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from argosy.core.money import ZERO


class EntryKind(StrEnum):
    """capital: paid in (above 0) or taken out; trade, fee: of a fill; settlement: what an outcome paid;
    merge: pairs turned into cash; adjustment: a difference found at the venue and booked by an operator."""

    CAPITAL = "capital"
    TRADE = "trade"
    FEE = "fee"
    SETTLEMENT = "settlement"
    MERGE = "merge"
    INCOME = "income"
    EXPENSE = "expense"
    TRANSFER = "transfer"
    ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger; never changed, never removed.

    `quantity` is the signed change in units of `symbol`, `amount` the signed cash flow in `currency`, `rate` base
    currency a unit of `currency` at that moment (from `rate_source`), `base_amount` their product.
    (client_id, fill_id, kind, strategy_id, symbol) is unique where there is a client id: a fill is booked once.
    """

    at: datetime
    mode: str
    domain: str
    bot_id: str
    strategy_id: str
    venue: str
    kind: EntryKind
    currency: str
    amount: Decimal
    rate: Decimal
    rate_source: str
    base_currency: str
    base_amount: Decimal
    symbol: str = ""
    quantity: Decimal = ZERO
    price: Decimal | None = None
    client_id: str = ""
    fill_id: str = ""
    memo: str = ""
