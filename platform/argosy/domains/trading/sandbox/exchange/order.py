"""Orders and trades of the spot exchange, in Binance's terms."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Literal

Side = Literal["BUY", "SELL"]
Kind = Literal["LIMIT", "LIMIT_MAKER", "MARKET"]
Force = Literal["GTC", "IOC", "FOK"]
Status = Literal["NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "EXPIRED"]
ZERO = Decimal(0)
_WORKING = frozenset({"NEW", "PARTIALLY_FILLED"})


class SpotRefused(Exception):
    """Refusal of a request, with Binance's code, its text and the HTTP status."""

    def __init__(self, code: int, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = status


@dataclass(frozen=True, slots=True)
class SpotOffer:
    """Part of a level that is left for takers."""

    price: Decimal
    size: Decimal


@dataclass(slots=True)
class SpotOrder:
    """Order of the spot exchange.

    `price` is None for a market order. `spent` is the executed quote amount without commissions.
    """

    id: int
    client_id: str
    account: str
    symbol: str
    side: Side
    kind: Kind
    force: Force
    price: Decimal | None
    quantity: Decimal
    created_ms: int
    updated_ms: int
    executed: Decimal = ZERO
    spent: Decimal = ZERO
    status: Status = "NEW"
    trades: list[int] = field(default_factory=list)

    @property
    def working(self) -> bool:
        return self.status in _WORKING

    @property
    def open(self) -> Decimal:
        return self.quantity - self.executed if self.working else ZERO

    def row(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, row: dict[str, Any]) -> SpotOrder:
        decimals = {name: Decimal(row[name]) for name in ("quantity", "executed", "spent")}
        price = None if row["price"] is None else Decimal(row["price"])
        return cls(**{**row, **decimals, "price": price})


@dataclass(frozen=True, slots=True)
class SpotTrade:
    """One execution.

    `commission` is in `commission_asset`; the commission of each execution is rounded separately.
    """

    id: int
    order_id: int
    client_id: str
    account: str
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    quote: Decimal
    commission: Decimal
    commission_asset: str
    maker: bool
    at_ms: int

    def row(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, row: dict[str, Any]) -> SpotTrade:
        names = ("price", "quantity", "quote", "commission")
        return cls(**{**row, **{name: Decimal(row[name]) for name in names}})
