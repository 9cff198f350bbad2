"""Kinds of actions of prediction markets: merging pairs, and redeeming decided outcomes."""

from __future__ import annotations

from argosy.core.actions.action import ActionKind
from argosy.core.actions.action_spec import ActionSpec
from argosy.core.money.ledger import EntryKind

MERGE_PAIR = ActionKind("merge_pair")
REDEEM = ActionKind("redeem")

ACTION_SPECS = (
    ActionSpec(
        MERGE_PAIR, sign="takes", shared=True, entry_kind=EntryKind.MERGE, sentence="merge {quantity} {asset}"
    ),
    ActionSpec(
        REDEEM,
        sign="takes",
        shared=True,
        entry_kind=EntryKind.SETTLEMENT,
        sentence="redeem {quantity} {asset}",
    ),
)
