"""Cash and shares of all accounts, those of the makers and the venue included.

Only deposits change the sums.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from argosy.venuekit.sandbox.journal import RowStore, SandboxJournal

ZERO = Decimal(0)
CASH = "USD"
HOUSE, MINT, FEES = "house", "mint", "fees"
"""Accounts of the venue: the simulated makers, the mint, and the collected fees.

The mint turns dollars into pairs of shares, and pairs into dollars.
"""
_OWN = frozenset({HOUSE, MINT, FEES})


@dataclass(slots=True)
class SandboxAccount:
    """Cash, and shares by token.

    Only the venue's own three accounts may go below zero.
    """

    cash: Decimal = ZERO
    shares: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))


@dataclass(frozen=True, slots=True)
class BalanceChange:
    """One change of one account: `amount` of `asset` (the currency or a token).

    `ref` names the trade or market behind the change.
    """

    account: str
    asset: str
    amount: Decimal
    why: str
    ref: str
    at_ms: int

    def to_record(self) -> dict[str, Any]:
        """Return the change as the venue's record lists it."""
        return {
            "asset": self.asset,
            "amount": self.amount,
            "why": self.why,
            "ref": self.ref,
            "at": self.at_ms,
        }


class Ledger:
    """Double-entry ledger: every change moves value between accounts.

    Only a deposit adds value. Cash is in `currency`.
    """

    def __init__(
        self, journal: RowStore | None = None, now_ms: Callable[[], int] = lambda: 0, *, currency: str = CASH
    ) -> None:
        self.currency = currency
        self._journal = journal or SandboxJournal()
        self._now_ms = now_ms
        self._touched: set[str] = set()
        self.accounts: dict[str, SandboxAccount] = {
            HOUSE: SandboxAccount(),
            MINT: SandboxAccount(),
            FEES: SandboxAccount(),
        }
        self.deposits = ZERO
        self.moves: list[BalanceChange] = []
        self._restore()

    def _restore(self) -> None:
        for name, row in self._journal.rows("account"):
            account = self.accounts.setdefault(name, SandboxAccount())
            account.cash = Decimal(row["cash"])
            account.shares.update({token: Decimal(shares) for token, shares in row["shares"].items()})
        for _, row in self._journal.rows("move"):
            self.moves.append(BalanceChange(**{**row, "amount": Decimal(row["amount"])}))
        for _, row in self._journal.rows("deposits"):
            self.deposits = Decimal(row["sum"])

    def open(self, name: str, cash: Decimal) -> None:
        """Open an account with `cash`; an existing one stays unchanged."""
        if name not in self.accounts:
            self.accounts[name] = SandboxAccount()
            self.deposit(name, cash)

    def deposit(self, name: str, cash: Decimal) -> None:
        self._add_cash(name, cash, "deposit", "")
        self.deposits += cash

    def pay(self, giver: str, taker: str, cash: Decimal, why: str, ref: str = "") -> None:
        self._add_cash(giver, -cash, why, ref)
        self._add_cash(taker, cash, why, ref)

    def hand(self, giver: str, taker: str, token: str, shares: Decimal, why: str, ref: str = "") -> None:
        self._add_shares(giver, token, -shares, why, ref)
        self._add_shares(taker, token, shares, why, ref)

    def redeem(self, payouts: dict[str, Decimal], ref: str) -> dict[str, Decimal]:
        """Pay out every share of these tokens.

        Returns the cash received by account. The amount is negative for an account that has sold short.
        """
        paid: dict[str, Decimal] = {}
        for name, account in self.accounts.items():
            held = {token: account.shares.get(token, ZERO) for token in payouts if token in account.shares}
            for token, shares in held.items():
                self._add_shares(name, token, -shares, "redeem", ref)
                self._add_cash(name, shares * payouts[token], "redeem", ref)
                del account.shares[token]
            if any(held.values()):
                paid[name] = sum((shares * payouts[token] for token, shares in held.items()), ZERO)
        return paid

    def save(self) -> None:
        """Put changed accounts and the sum of deposits into the journal."""
        for name in self._touched:
            account = self.accounts[name]
            shares = {token: held for token, held in account.shares.items() if held}
            self._journal.put("account", name, {"cash": account.cash, "shares": shares})
        if self._touched:
            self._journal.put("deposits", "", {"sum": self.deposits})
        self._touched.clear()

    def total_cash(self) -> Decimal:
        """Return the cash of all accounts: always the sum of all deposits."""
        return sum((account.cash for account in self.accounts.values()), ZERO)

    def total_shares(self, token: str) -> Decimal:
        """Return the shares of all accounts: always 0.

        The shares of one account were sold short by another, or issued by the mint.
        """
        return sum((account.shares.get(token, ZERO) for account in self.accounts.values()), ZERO)

    def _add_cash(self, name: str, amount: Decimal, why: str, ref: str) -> None:
        self.accounts[name].cash += amount
        self._note(name, self.currency, amount, why, ref)

    def _add_shares(self, name: str, token: str, amount: Decimal, why: str, ref: str) -> None:
        self.accounts[name].shares[token] += amount
        self._note(name, token, amount, why, ref)

    def _note(self, name: str, asset: str, amount: Decimal, why: str, ref: str) -> None:
        self._touched.add(name)
        if name in _OWN or not amount:
            return
        move = BalanceChange(name, asset, amount, why, ref, self._now_ms())
        self._journal.put("move", str(len(self.moves)), asdict(move))
        self.moves.append(move)
