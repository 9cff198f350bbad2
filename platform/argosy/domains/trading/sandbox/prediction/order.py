"""Order at the venue, its trades, and the result of posting it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Side = Literal["BUY", "SELL"]
OrderType = Literal["GTC", "GTD", "FOK", "FAK"]
ZERO = Decimal(0)


class OrderRefused(Exception):
    """Refusal of an order, with the venue's text and its HTTP status."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


@dataclass(slots=True)
class SandboxOrder:
    """Order at the venue.

    The price is in USD per share, the size in shares. `expires_ms` is the real end of a GTD order.

    `wallet` holds the funds: the account's own address, or a wallet that its key signs for. `money` is the
    USD amount that the order names: a buy gives it, a sale wants it. None means size times price.
    """

    id: str
    account: str
    token: str
    side: Side
    price: Decimal
    size: Decimal
    type: OrderType
    created_ms: int
    owner: str = ""
    wallet: str = ""
    expires_ms: int | None = None
    post_only: bool = False
    money: Decimal | None = None
    matched: Decimal = ZERO
    status: Literal["LIVE", "MATCHED", "CANCELED"] = "LIVE"
    trades: list[str] = field(default_factory=list)

    @property
    def maker(self) -> str:
        return self.wallet or self.account

    @property
    def amount(self) -> Decimal:
        return self.size * self.price if self.money is None else self.money

    @property
    def is_spent_whole(self) -> bool:
        """True if the order spends its amount, whatever number of shares that buys."""
        return self.side == "BUY" and self.type in {"FOK", "FAK"}

    @property
    def open(self) -> Decimal:
        """Shares still to be matched; 0 for an order that has ended."""
        return self.size - self.matched if self.status == "LIVE" else ZERO


@dataclass(frozen=True, slots=True)
class MakerPart:
    """Maker's side of a trade; `order` is None for the simulated makers."""

    order: SandboxOrder | None
    account: str
    token: str
    side: Side
    price: Decimal


@dataclass(frozen=True, slots=True)
class SandboxTrade:
    """One match at one price.

    `fee` is the taker's, in USD, rounded as the venue rounds it.
    """

    id: str
    market: str
    token: str
    side: Side
    size: Decimal
    price: Decimal
    fee: Decimal
    at_ms: int
    taker_account: str
    taker_order: str
    maker: MakerPart


@dataclass(frozen=True, slots=True)
class Placed:
    """Result of posting an order: money and shares that changed hands at once."""

    order: SandboxOrder
    trades: list[SandboxTrade]

    @property
    def shares(self) -> Decimal:
        return sum((trade.size for trade in self.trades), ZERO)

    @property
    def money(self) -> Decimal:
        return sum((trade.size * trade.price for trade in self.trades), ZERO)
