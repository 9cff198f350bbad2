"""Cash and shares of everyone, the makers' house and the venue included: sums never change but by deposits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)
HOUSE, MINT, FEES = "house", "mint", "fees"
"""The simulated makers; whoever splits dollars into pairs of shares and takes them back; the fees taken."""


@dataclass(slots=True)
class Account:
    """USD, and shares by token. The venue's own three may go below zero, others not."""

    cash: Decimal = ZERO
    shares: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))


class Ledger:
    """Every change is a transfer between two accounts, so nothing appears or vanishes but what is deposited."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {HOUSE: Account(), MINT: Account(), FEES: Account()}
        self.deposits = ZERO

    def open(self, name: str, cash: Decimal) -> None:
        """A new account with `cash` USD; one that exists is left as it is."""
        if name not in self.accounts:
            self.accounts[name] = Account()
            self.deposit(name, cash)

    def deposit(self, name: str, cash: Decimal) -> None:
        self.accounts[name].cash += cash
        self.deposits += cash

    def pay(self, giver: str, taker: str, cash: Decimal) -> None:
        self.accounts[giver].cash -= cash
        self.accounts[taker].cash += cash

    def hand(self, giver: str, taker: str, token: str, shares: Decimal) -> None:
        self.accounts[giver].shares[token] -= shares
        self.accounts[taker].shares[token] += shares

    def redeem(self, payouts: dict[str, Decimal]) -> dict[str, Decimal]:
        """Pays out every share of these tokens; USD received by account (below zero for who sold short)."""
        paid: dict[str, Decimal] = {}
        for name, account in self.accounts.items():
            held = {token: account.shares.pop(token) for token in payouts if token in account.shares}
            received = sum((shares * payouts[token] for token, shares in held.items()), ZERO)
            account.cash += received
            if any(held.values()):
                paid[name] = received
        return paid

    def total_cash(self) -> Decimal:
        """Always the sum of all deposits."""
        return sum((account.cash for account in self.accounts.values()), ZERO)

    def total_shares(self, token: str) -> Decimal:
        """Always 0: what one holds another has sold, or the mint has issued."""
        return sum((account.shares.get(token, ZERO) for account in self.accounts.values()), ZERO)
