"""Draws, records, and a proof of lateness that can fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chaos import lateness
from chaos.__main__ import WEAPONS
from chaos.lateness import Stop
from chaos.notebook import Notebook
from chaos.proof import Books
from chaos.shots import VOLLEY
from chaos.sittings import next_shots
from chaos.venue import account_of

BOT = "chaos-1"


@pytest.mark.parametrize("name", WEAPONS)
def test_a_seed_gives_the_same_shots_and_every_variant_once_before_any_again(name: str) -> None:
    weapon = WEAPONS[name]
    shots = [weapon.draw(7, number) for number in range(2 * len(weapon.variants) + VOLLEY)]
    ordinary = [shot.variant for shot in shots if not (weapon.closing and shot.is_last)]
    assert set(ordinary[: len(weapon.variants)]) == set(weapon.variants)
    assert [weapon.draw(7, shot.number) for shot in reversed(shots)] == shots[::-1]
    assert [weapon.draw(8, shot.number) for shot in shots] != shots


@pytest.mark.parametrize("name", WEAPONS)
def test_a_halt_is_given_in_the_last_shot_of_a_volley_alone(name: str) -> None:
    weapon = WEAPONS[name]
    shots = [weapon.draw(7, number) for number in range(2 * VOLLEY)]
    assert [shot.number for shot in shots if shot.is_last] == [VOLLEY - 1, 2 * VOLLEY - 1]
    halted = {shot.number for shot in shots if shot.halt_at is not None}
    assert halted == ({shot.number for shot in shots if shot.is_last} if weapon.halts else set())
    if weapon.closing:
        assert {shot.variant for shot in shots if shot.is_last} <= set(weapon.closing)


def test_a_volley_that_was_cut_off_is_taken_up_to_its_end() -> None:
    weapon = WEAPONS["freezes"]
    assert [shot.number for shot in next_shots(weapon, 7, 3, 50)] == list(range(3, VOLLEY))
    assert [shot.number for shot in next_shots(weapon, 7, VOLLEY, 2)] == [VOLLEY, VOLLEY + 1]
    assert len(next_shots(WEAPONS["restores"], 7, 0, 50)) == WEAPONS["restores"].turn


def test_a_notebook_is_taken_up_again_and_belongs_to_its_seed(tmp_path: Path) -> None:
    path = tmp_path / "shots.json"
    notebook = Notebook.open(path, 7)
    notebook.of("clocks").proved = 3
    notebook.of("clocks").failures.append({"what": "late"})
    assert notebook.next_home().name == "stack-1"
    notebook.save()
    found = Notebook.open(path, 7)
    assert found == notebook
    assert found.next_home().name == "stack-2"
    assert "clocks" in found.table()
    with pytest.raises(AssertionError, match="seed 7"):
        Notebook.open(path, 8)


class Record:
    """Venue with the given orders of one bot."""

    def __init__(self, *orders: dict[str, Any]) -> None:
        self._orders = [{"account": account_of(BOT), "side": "BUY", "created": 0, **each} for each in orders]

    def orders(self) -> list[dict[str, Any]]:
        return self._orders


def intent(
    books: Books, client_id: str, *, venue_id: str | None, status: str, code: str | None = None
) -> None:
    books.write(
        "INSERT INTO intents (client_id, mode, domain, bot_id, strategy_id, venue, kind, symbol, action, status, "
        "delta, reserved, reducing, filled, venue_id, code, decided_at) VALUES "
        "(%s, 'sandbox', 'trading', %s, '', 'polymarket', 'place_order', 'up', '{}', %s, 1, 0, false, 0, %s, %s, now())",
        client_id, BOT, status, venue_id, code,
    )  # fmt: skip


@pytest.mark.integration
def test_an_order_of_an_action_that_was_given_up_is_late(database_url: str) -> None:
    books = Books(database_url)
    intent(books, "gone", venue_id="0xA", status="cancelled", code="never_arrived")
    intent(books, "killed", venue_id="0xB", status="cancelled", code="fok")
    intent(books, "overruled", venue_id="0xC", status="filled")
    for before, after in (("unknown", "cancelled"), ("cancelled", "filled")):
        books.write(
            "INSERT INTO intent_changes (client_id, at, before, after, filled, actor) VALUES ('overruled', now(), %s, %s, 0, 'x')",
            before,
            after,
        )
    everything = Record({"id": "0xa"}, {"id": "0xb"}, {"id": "0xc"})
    found = lateness.late(books, everything, [BOT])  # type: ignore[arg-type]
    assert [text.split()[4] for text in sorted(found)] == ["gone,", "overruled,"]
    assert lateness.late(books, Record({"id": "0xb"}), [BOT]) == []  # type: ignore[arg-type]


@pytest.mark.integration
def test_orders_after_a_halt_are_late_unless_it_named_them_as_in_flight(database_url: str) -> None:
    books = Books(database_url)
    intent(books, "begun", venue_id="0xA", status="filled")
    intent(books, "fresh", venue_id="0xB", status="filled")
    begun, fresh = {"id": "0xa", "created": 2000}, {"id": "0xb", "created": 2000}
    stop = Stop(answered_ms=1000, in_flight=1, begun=frozenset({"begun"}), took_s=0.1)

    def after(stop: Stop, *orders: dict[str, Any]) -> int:
        return len(lateness.after(books, Record(*orders), stop, [BOT]))  # type: ignore[arg-type]

    assert after(stop, begun) == 0
    assert after(stop, begun, fresh) == 1
    assert after(stop, begun, {**fresh, "created": 999}, {**fresh, "side": "SELL"}) == 0
    assert after(Stop(1000, 0, stop.begun, 0.1), begun) == 1, "the halt said that nothing was in flight"
