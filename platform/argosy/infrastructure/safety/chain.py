"""Verify the audit chain, and name the first row that breaks it with the kind of break."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from argosy.core.safety.audit import GENESIS, AuditRecord, hash_of
from argosy.infrastructure.safety.anchor import Anchor, RedisAnchor, anchor_of
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.safety import audit

Fault = Literal["changed", "replaced", "removed", "truncated", "rewritten"]


@dataclass(frozen=True, slots=True)
class Break:
    """The first row that does not fit; `row` is its actual or expected id."""

    row: int
    fault: Fault
    text: str


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """Result of a verification.

    `rows` is the number of rows read in order; `head` is the last fitting row.
    """

    rows: int
    head: AuditRecord | None
    broken: Break | None
    anchors: int

    @property
    def whole(self) -> bool:
        return self.broken is None


def rows_of(database: Database, page: int = 1000) -> Iterator[AuditRecord]:
    """Yield the whole chain, oldest first, page by page."""
    last = 0
    while found := database.run(audit.after(last, page)):
        yield from found
        last = found[-1].id


def verify(rows: Iterable[AuditRecord], anchors: Sequence[Anchor] = ()) -> ChainCheck:
    """Verify that each row fits its predecessor, its own hash and the anchors.

    A row holds the hash of the row before, has the next number, and matches its own hash.
    """
    wanted = {anchor.id: anchor for anchor in anchors}
    head: AuditRecord | None = None
    count = 0
    for row in rows:
        count += 1
        before = (0, GENESIS) if head is None else (head.id, head.hash)
        broken = _fault(before, row, wanted.pop(row.id, None))
        if broken is not None:
            return ChainCheck(count, head, broken, len(anchors))
        head = row
    end = 0 if head is None else head.id
    beyond = min((anchor for number, anchor in wanted.items() if number > end), key=_id, default=None)
    if beyond is not None:
        return ChainCheck(count, head, _cut(end, beyond), len(anchors))
    return ChainCheck(count, head, None, len(anchors))


def follow(database: Database, store: RedisAnchor, limit: int = 1000) -> Break | None:
    """Move the remembered head on to the newest row if the chain in between is whole.

    One call reads at most `limit` rows. After a break the anchor stays and the break is returned: an anchor
    must not confirm a forged end. Raises Unavailable.
    """
    kept = store.read()
    if kept is None:
        head = database.run(audit.head())
        if head is not None:
            store.keep(anchor_of(head))
        return None
    rows = database.run(audit.after(kept.id - 1, limit))
    if not rows:
        head = database.run(audit.head())
        return _cut(0 if head is None else head.id, kept)
    before = (kept.id - 1, rows[0].previous_hash)
    for row in rows:
        broken = _fault(before, row, kept if row.id == kept.id else None)
        if broken is not None:
            return broken
        before = (row.id, row.hash)
    store.keep(anchor_of(rows[-1]))
    return None


def _cut(end: int, anchor: Anchor) -> Break:
    text = f"the chain ends at row {end}, but {anchor.source} remembers row {anchor.id}: the end was cut off"
    return Break(end + 1, "truncated", text)


def _fault(before: tuple[int, str], row: AuditRecord, anchor: Anchor | None) -> Break | None:
    expected = before[0] + 1
    if row.id != expected:
        gone = f"row {expected} is" if row.id == expected + 1 else f"rows {expected} to {row.id - 1} are"
        return Break(expected, "removed", f"{gone} missing before row {row.id}")
    if hash_of(row) != row.hash:
        return Break(
            row.id, "changed", f"row {row.id} does not hash to what it says: its content was changed"
        )
    if row.previous_hash != before[1]:
        text = f"row {row.id} was built on another row {row.id - 1} than the one there: that one was replaced"
        return Break(row.id, "replaced", text)
    if anchor is not None and anchor.hash != row.hash:
        text = f"{anchor.source} remembers another row {row.id}: the chain was written anew up to here or from before"
        return Break(row.id, "rewritten", text)
    return None


def _id(anchor: Anchor) -> int:
    return anchor.id
