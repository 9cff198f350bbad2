"""Manual bookings by an operator, for explained differences that no action will settle."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from argosy.core.money.ledger import EntryKind
from argosy.core.money.money import ZERO
from argosy.errors import InvalidInput

AdjustmentKind = Literal["adjustment", "transfer", "income", "expense"]


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Manual booking of an `amount` of a currency or a `quantity` of a symbol, named by `asset`.

    The number is above 0 when the venue has more than the ledger. Exactly one of `amount` and `quantity` is set.
    A transfer is a deposit or withdrawal at the venue, neither gain nor loss. The other kinds are gain or loss.
    Units are added or removed without money: removed units are a loss of their cost. `rate` is base currency per
    unit of the currency; None uses the last prices. Raises InvalidInput when the fields do not fit together.
    """

    bot_id: str
    mode: str
    venue: str
    asset: str
    amount: Decimal = ZERO
    quantity: Decimal = ZERO
    strategy_id: str = ""
    kind: AdjustmentKind = "adjustment"
    rate: Decimal | None = None

    def __post_init__(self) -> None:
        if bool(self.amount) == bool(self.quantity):
            raise InvalidInput(
                "an adjustment is of money or of units",
                expected="an amount, or a quantity, that is not 0",
                found=f"amount {self.amount}, quantity {self.quantity}",
            )
        if not self.asset or not self.venue:
            raise InvalidInput("an adjustment is of something at a venue", expected="its names", found="none")
        if self.quantity and self.kind != "adjustment":
            raise InvalidInput("units come and go by adjustment only", expected="adjustment", found=self.kind)
        if (self.kind == "income" and self.amount < ZERO) or (self.kind == "expense" and self.amount > ZERO):
            raise InvalidInput(
                f"this is no {self.kind}",
                expected="an amount above 0" if self.kind == "income" else "an amount below 0",
                found=str(self.amount),
            )

    @property
    def entry_kind(self) -> EntryKind:
        return EntryKind(self.kind)
