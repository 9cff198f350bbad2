"""A paper account in the document store: every change is one compare-and-set, every action has one result."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from argosy.core.action import ActionResult
from argosy.core.ports import Documents
from argosy.domains.trading.paper.account import Account

KEPT_RESULTS = 16
_ACCOUNT = "account"

Change = Callable[[Account], tuple[Account, ActionResult]]


class PaperLedger:
    """Account `account` at `venue`. Opening it twice is harmless: the capital is paid in once."""

    def __init__(self, documents: Documents, venue: str, account: str, capital: Decimal) -> None:
        self._documents = documents
        self.namespace = f"paper:{venue}:{account}"
        self._capital = capital

    def read(self) -> Account:
        found = self._documents.get(self.namespace, _ACCOUNT)
        if found is None:
            return Account(capital=self._capital, cash=self._capital)
        return Account.model_validate(found.value)

    def result(self, client_id: str) -> ActionResult | None:
        """What became of an action, wherever a crash has left the note of it."""
        found = self._documents.get(self.namespace, f"action:{client_id}")
        if found is not None:
            return ActionResult.model_validate(found.value)
        return self.read().recent.get(client_id)

    def settle(self, client_id: str, change: Change) -> ActionResult:
        """Applies `change` and notes its result in one step, unless the action has a result already.

        The result then gets a document of its own; only notes that have one are dropped from the account.
        """
        noted = self._noted(self.read())
        settled: list[ActionResult] = []

        def step(raw: object) -> object:
            account = (
                Account(capital=self._capital, cash=self._capital)
                if raw is None
                else Account.model_validate(raw)
            )
            settled.clear()
            before = account.recent.get(client_id)
            if before is not None:
                settled.append(before)
                return account.to_wire()
            account, result = change(account)
            recent = {key: value for key, value in account.recent.items() if key not in noted}
            settled.append(result)
            return account.model_copy(update={"recent": {**recent, client_id: result}}).to_wire()

        self._documents.update(self.namespace, _ACCOUNT, step)
        result = settled[0]
        self._documents.put(self.namespace, f"action:{client_id}", result.to_wire())
        return result

    def update(self, change: Callable[[Account], Account]) -> Account:
        """A change without an action: marks, and orders that were worked."""
        after: list[Account] = []

        def step(raw: object) -> object:
            account = (
                Account(capital=self._capital, cash=self._capital)
                if raw is None
                else Account.model_validate(raw)
            )
            after[:] = [change(account)]
            return after[0].to_wire()

        self._documents.update(self.namespace, _ACCOUNT, step)
        return after[0]

    def rewrite(self, result: ActionResult) -> None:
        """The later fate of an order that was open."""
        self._documents.put(self.namespace, f"action:{result.client_id}", result.to_wire())

    def _noted(self, account: Account) -> frozenset[str]:
        if len(account.recent) < KEPT_RESULTS:
            return frozenset()
        return frozenset(
            client_id
            for client_id in account.recent
            if self._documents.get(self.namespace, f"action:{client_id}") is not None
        )
