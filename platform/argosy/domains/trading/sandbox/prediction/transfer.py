"""Transfer of the money and shares of one match."""

from __future__ import annotations

from decimal import Decimal

from argosy.domains.trading.sandbox.prediction.order import MakerPart, SandboxOrder
from argosy.venuekit.sandbox.double_entry import MINT, Ledger


def transfer(
    ledger: Ledger, order: SandboxOrder, part: MakerPart, price: Decimal, size: Decimal, ref: str
) -> None:
    """Move money and shares between the taker's `order` and its maker.

    Two buyers of opposite outcomes get new pairs from the mint. Two sellers return pairs to the mint.
    """
    account, maker = order.account, part.account
    if part.token == order.token:
        giver, taker = (maker, account) if order.side == "BUY" else (account, maker)
        ledger.hand(giver, taker, order.token, size, "trade", ref)
        ledger.pay(taker, giver, size * price, "trade", ref)
    elif order.side == "BUY":
        ledger.hand(MINT, account, order.token, size, "trade", ref)
        ledger.hand(MINT, maker, part.token, size, "trade", ref)
        ledger.pay(account, MINT, size * price, "trade", ref)
        ledger.pay(maker, MINT, size * part.price, "trade", ref)
    else:
        ledger.hand(account, MINT, order.token, size, "trade", ref)
        ledger.hand(maker, MINT, part.token, size, "trade", ref)
        ledger.pay(MINT, account, size * price, "trade", ref)
        ledger.pay(MINT, maker, size * part.price, "trade", ref)
