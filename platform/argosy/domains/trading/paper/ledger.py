"""Paper account in the document store.

Every change is one compare-and-set. Every action has one result.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from itertools import islice

from argosy.core.actions.action import ActionResult
from argosy.core.actions.send_deadline import SendDeadline, check
from argosy.core.ports import Documents
from argosy.domains.trading.paper.account import PaperAccount

KEPT_RESULTS = 16
_ACCOUNT = "account"
_FILED = "action:"

Change = Callable[[PaperAccount], tuple[PaperAccount, ActionResult]]


class PaperLedger:
    """Stored account `account` at `venue`.

    Opening the account twice is harmless: the capital is deposited once.
    """

    def __init__(self, documents: Documents, venue: str, account: str, capital: Decimal) -> None:
        self._documents = documents
        self.namespace = f"paper:{venue}:{account}"
        self._capital = capital
        self._parsed: tuple[object, PaperAccount] | None = None

    def read(self) -> PaperAccount:
        found = self._documents.get(self.namespace, _ACCOUNT)
        return self._account(None if found is None else found.value)

    def _account(self, raw: object) -> PaperAccount:
        """Return the account of a stored value; an unchanged value is not parsed again."""
        if raw is None:
            return PaperAccount(capital=self._capital, cash=self._capital)
        if self._parsed is None or self._parsed[0] != raw:
            self._parsed = (raw, PaperAccount.model_validate(raw))
        return self._parsed[1]

    def result(self, client_id: str) -> ActionResult | None:
        """Return the result of an action, or None.

        The account's own note comes first. It is written together with the change, so a crash cannot leave it
        outdated.
        """
        account = self.read()
        resting = account.resting.get(client_id)
        if resting is not None:
            return resting.result
        return account.recent.get(client_id) or self._document(client_id)

    def _document(self, client_id: str) -> ActionResult | None:
        found = self._documents.get(self.namespace, _FILED + client_id)
        return None if found is None else ActionResult.model_validate(found.value)

    def results(self) -> list[ActionResult]:
        """Return the results of all actions so far."""
        keys = self._documents.keys(self.namespace)
        filed = {key.removeprefix(_FILED) for key in keys if key.startswith(_FILED)}
        found = (self.result(client_id) for client_id in sorted(filed | set(self.read().recent)))
        return [result for result in found if result is not None]

    def settle(self, client_id: str, change: Change, deadline: SendDeadline | None = None) -> ActionResult:
        """Apply `change` and note its result in one step, unless the action has a result.

        An action that has one gets the same result again, and the account stays unchanged. Raises NeverSent
        after `deadline`.
        """
        settled: list[ActionResult] = []

        def step(account: PaperAccount) -> PaperAccount:
            # Read the document after the account: a note leaves the account only once its document exists.
            before = account.recent.get(client_id) or self._document(client_id)
            if before is not None:
                settled[:] = [before]
                return account
            check(deadline)
            account, result = change(account)
            settled[:] = [result]
            return account.with_result(result)

        self.update(step)
        return settled[0]

    def update(self, change: Callable[[PaperAccount], PaperAccount]) -> PaperAccount:
        """Apply one atomic change to the account.

        Old results get a document of their own before they leave the account.
        """
        filed = self._filed(self.read())
        after: list[PaperAccount] = []

        def step(raw: object) -> object:
            account = change(self._account(raw))
            recent = {key: value for key, value in account.recent.items() if filed.get(key) != value}
            after[:] = [account.model_copy(update={"recent": recent})]
            return after[0].to_wire()

        self._documents.update(self.namespace, _ACCOUNT, step)
        return after[0]

    def _filed(self, account: PaperAccount) -> dict[str, ActionResult]:
        """Copy the oldest notes of a full account into documents and return them.

        The caller may remove them from the account.
        """
        excess = len(account.recent) - KEPT_RESULTS
        old = dict(islice(account.recent.items(), max(0, excess)))
        for client_id, result in old.items():
            self._documents.update(self.namespace, _FILED + client_id, partial(_newer, wire=result.to_wire()))
        return old


def _newer(filed: object, wire: dict[str, object]) -> object:
    """Return the result to store: a final one stays.

    A slow process may offer an older result.
    """
    final = filed is not None and ActionResult.model_validate(filed).status.final
    return filed if final else wire
