"""The stored paper account is parsed once for each change, whoever made it."""

from __future__ import annotations

from decimal import Decimal

from argosy.domains.trading.paper.account import PaperAccount
from argosy.domains.trading.paper.ledger import PaperLedger
from argosy.infrastructure.state.memory_documents import MemoryDocuments

D = Decimal


def paid(account: PaperAccount) -> PaperAccount:
    return account.model_copy(update={"cash": account.cash - 1})


def test_an_unchanged_account_is_parsed_once() -> None:
    ledger = PaperLedger(MemoryDocuments(), "v", "me", D(10))
    ledger.update(paid)
    assert ledger.read() is ledger.read()
    assert ledger.read().cash == 9


def test_a_change_by_another_process_is_read() -> None:
    documents = MemoryDocuments()
    mine, other = (PaperLedger(documents, "v", "me", D(10)) for _ in range(2))
    mine.update(paid)
    assert mine.read().cash == other.read().cash == 9
    other.update(paid)
    assert mine.read().cash == 8
    assert mine.update(paid).cash == other.read().cash == 7


def test_an_account_that_was_deleted_begins_anew() -> None:
    """Its document counts versions from one again."""
    documents = MemoryDocuments()
    mine, other = (PaperLedger(documents, "v", "me", D(10)) for _ in range(2))
    mine.update(paid)
    assert mine.read().cash == 9
    documents.delete(mine.namespace, "account")
    assert mine.read().cash == 10
    other.update(lambda account: account.model_copy(update={"cash": D(3)}))
    assert mine.read().cash == 3
