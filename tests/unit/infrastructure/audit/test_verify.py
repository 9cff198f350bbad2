"""What the chain proves, on rows in memory."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from argosy.core.safety.audit import GENESIS, AuditRecord, hash_of
from argosy.errors import InvalidInput
from argosy.infrastructure.safety.anchor import anchor_of, parse
from argosy.infrastructure.safety.chain import ChainCheck, verify

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def chain(length: int = 5) -> list[AuditRecord]:
    rows: list[AuditRecord] = []
    for number in range(1, length + 1):
        row = AuditRecord(
            id=number, at=AT + timedelta(seconds=number), actor="ada", origin="cli", address="here",
            action="bot.state", subject=f"bot:b{number}", reason="because", before={"state": "a"},
            after={"state": "b"}, previous_hash=rows[-1].hash if rows else GENESIS,
        )  # fmt: skip
        rows.append(replace(row, hash=hash_of(row)))
    return rows


def fault(rows: list[AuditRecord], *anchors: Any) -> tuple[int, str] | None:
    broken = verify(rows, anchors).broken
    return None if broken is None else (broken.row, broken.fault)


def test_an_untouched_chain_is_whole() -> None:
    rows = chain()
    assert verify(rows, [anchor_of(rows[2]), anchor_of(rows[4])]) == ChainCheck(5, rows[4], None, 2)
    assert verify([]) == ChainCheck(0, None, None, 0)


OTHER: dict[str, Any] = {
    "at": AT, "actor": "eve", "origin": "api", "address": "", "action": "risk.set", "subject": "bot:b2",
    "reason": "", "before": None, "after": {"state": "c"}, "previous_hash": GENESIS, "hash": GENESIS,
}  # fmt: skip


@pytest.mark.parametrize("name", [field.name for field in fields(AuditRecord) if field.name != "id"])
def test_a_change_of_any_field_is_found(name: str) -> None:
    rows = chain()
    rows[2] = replace(rows[2], **{name: OTHER[name]})
    assert fault(rows) == (3, "changed")


def test_a_row_whose_hash_was_made_to_fit_is_found_by_the_next() -> None:
    rows = chain()
    forged = replace(rows[2], actor="eve")
    rows[2] = replace(forged, hash=hash_of(forged))
    assert fault(rows) == (4, "replaced")


def test_removed_rows_are_named_even_when_the_rest_closes_up() -> None:
    rows = chain()
    assert fault(rows[:1] + rows[2:]) == (2, "removed")
    assert fault(rows[1:]) == (1, "removed")
    closed = [replace(row, id=row.id - 2) for row in rows[3:]]
    assert fault(rows[:1] + closed) == (2, "changed")


def test_inserted_and_reordered_rows_are_found() -> None:
    rows = chain()
    forged = replace(rows[2], subject="bot:forged", previous_hash=rows[1].hash)
    forged = replace(forged, hash=hash_of(forged))
    shifted = [replace(row, id=row.id + 1) for row in rows[2:]]
    assert fault([*rows[:2], forged, *shifted]) == (4, "changed")
    swapped = [rows[0], replace(rows[2], id=2), replace(rows[1], id=3), *rows[3:]]
    assert fault(swapped) == (2, "changed")
    assert fault([rows[0], rows[2], rows[1], *rows[3:]]) == (2, "removed")


def test_a_cut_end_and_a_chain_written_anew_need_an_anchor() -> None:
    rows = chain()
    assert fault(rows[:4]) is None
    assert fault(rows[:4], anchor_of(rows[4])) == (5, "truncated")
    assert fault([], anchor_of(rows[0])) == (1, "truncated")
    anew = chain(4)
    last = replace(rows[4], actor="eve")
    anew.append(replace(last, hash=hash_of(last)))
    assert fault(anew) is None
    assert fault(anew, anchor_of(rows[4])) == (5, "rewritten")
    assert fault(anew, anchor_of(rows[3])) is None


def test_an_anchor_is_read_as_it_is_written() -> None:
    anchor = anchor_of(chain(1)[0], "a message")
    assert parse(f" {anchor}\n", "a message") == anchor
    for wrong in ("", "1", "x:" + GENESIS, "1:abc", f"-1:{GENESIS}"):
        with pytest.raises(InvalidInput):
            parse(wrong, "")
