"""What the journal is asked for, at its limits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from argosy.infrastructure.storage.actions import decision_context, intents
from argosy.infrastructure.storage.engine.operation import Operation

pytestmark = pytest.mark.integration
MOMENT = timedelta(microseconds=1)


def test_an_asset_is_called_what_its_newest_action_calls_it(desk) -> None:
    def label(bot: str = "bot", venue: str = "scripted", symbol: str = "X") -> str:
        return desk.database.run(intents.label(bot, venue, symbol))

    assert label() == ""
    desk.submit(desk.order(label="Rain?"))
    desk.submit(desk.order(label="Rain tomorrow?"))
    desk.submit(desk.order(label="Snow?", symbol="Y"))
    assert (label(), label(symbol="Y")) == ("Rain tomorrow?", "Snow?")
    assert [label(bot="other"), label(venue="other"), label(symbol="Z")] == ["", "", ""]


def test_what_is_young_is_neither_silent_nor_forgotten(desk) -> None:
    order = desk.order()
    desk.submit(order)
    at = desk.clock.now()
    desk.run("UPDATE intent_changes SET at = %s, announced = false", at)
    for before, silent, forgotten in ((at - MOMENT, 0, 0), (at, 0, 0), (at + MOMENT, 3, 1)):
        assert len(desk.database.run(intents.unpublished_changes(before))) == silent
        lost = desk.database.run(intents.unrecorded_changes(None, at - timedelta(hours=1), before))
        assert len(lost.changes) == forgotten
    for since, forgotten in ((at - MOMENT, 1), (at, 0), (at + MOMENT, 0)):
        lost = desk.database.run(intents.unrecorded_changes(0, since, at + timedelta(hours=1)))
        assert len(lost.changes) == forgotten  # too long ago: it is given up


def test_the_first_decision_makes_the_account_that_it_locks(desk) -> None:
    desk.run(
        "INSERT INTO bots (id, name, domain, mode, state, workflow_id, workflow_digest, capital, base_currency) "
        "SELECT 'other', 'Other', domain, mode, state, workflow_id, workflow_digest, capital, base_currency FROM bots"
    )
    desk.journal.decide(desk.caller, [desk.order()])
    assert desk.all("SELECT bot_id FROM capital_accounts") == [("bot",)]


@pytest.mark.parametrize(
    ("clean", "compared", "permit"),
    [
        (True, "paper", (True, True)),
        (False, "paper", (True, False)),
        (True, "live", (False, False)),
        (False, "live", (False, False)),
    ],
)
def test_only_a_clean_comparison_in_the_same_mode_permits(
    desk, clean: bool, compared: str, permit: tuple[bool, bool]
) -> None:
    desk.run(
        "INSERT INTO capital_accounts (bot_id, reconciled_at, reconciled_clean) VALUES ('bot', now(), %s)",
        clean,
    )
    desk.run(
        "INSERT INTO reconciliations (at, bot_id, mode, trigger, status, looked_up, settled, unsettled, differences) "
        "VALUES (now(), 'bot', %s, 'beat', 'clean', 0, 0, 0, '[]')",
        compared,
    )
    found, _ = desk.database.run(Operation(lambda: decision_context.permit("bot", "paper")))
    assert (found.reconciled_at is not None, found.reconciled_clean) == permit
