"""Messages that wait for delivery: post, count repeats, lease, settle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, DateTime, bindparam, case, delete, func, or_, select, text, update

from argosy.infrastructure.logging import redact
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, records_of
from argosy.infrastructure.storage.models import Notice
from argosy.text import clean_line, clean_text

Level = Literal["info", "success", "warning", "error"]
LEVELS: tuple[Level, ...] = ("info", "success", "warning", "error")
ALWAYS_S = 3e8
"""Window of about ten years, in seconds: a message with this key is sent once."""

_TITLE, _BODY, _ERROR = 200, 4_000, 500


@dataclass(frozen=True, slots=True)
class Draft:
    """Message to post.

    A message with the `key` of another one younger than `window_s` seconds only adds to its repeats. `position` is
    the place in an ordered source (an event, a row). Counted positions are never counted again.
    """

    key: str
    level: Level
    title: str
    body: str
    at: datetime
    window_s: float = 300.0
    position: int | None = None


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    id: int
    key: str
    level: Level
    title: str
    body: str
    created_at: datetime
    next_at: datetime
    attempts: int
    repeats: int
    told: int
    delivered_to: list[str]
    folded: bool
    delivered_at: datetime | None
    given_up: bool
    last_error: str | None


_COLUMNS = columns_of(Notice, NoticeRecord)
_LONGEST_WAIT = timedelta(hours=1)
"""Longest possible delay of a message.

A message due later was dated by a fast clock, and is due at once.
"""

_OPEN: ColumnElement[bool] = Notice.delivered_at.is_(None) & ~Notice.given_up

LOCK_KEY = text("SELECT pg_advisory_xact_lock(hashtextextended('notice:' || CAST(:key AS text), 0))")
"""Lock per key. Without it, two concurrent posters would both post a first message."""

POST = text("""
WITH newest AS (
    SELECT id, position FROM notices
    WHERE key = :key AND created_at > CAST(:at AS timestamptz) - make_interval(secs => :window_s)
        AND created_at < CAST(:at AS timestamptz) + interval '1 minute'  -- else dated by a clock that was ahead
    ORDER BY created_at DESC LIMIT 1
), counted AS (
    UPDATE notices n SET repeats = n.repeats + 1, position = GREATEST(n.position, CAST(:position AS bigint))
    FROM newest
    WHERE n.id = newest.id AND (
        newest.position IS NULL OR CAST(:position AS bigint) IS NULL
        OR newest.position < CAST(:position AS bigint)
    )
)
INSERT INTO notices (key, level, title, body, created_at, next_at, position)
SELECT :key, :level, :title, :body, CAST(:at AS timestamptz), CAST(:at AS timestamptz), CAST(:position AS bigint)
WHERE NOT EXISTS (SELECT FROM newest)
    AND NOT EXISTS (SELECT FROM notices WHERE key = :key AND position >= CAST(:position AS bigint))
RETURNING id
""").bindparams(bindparam("at", type_=DateTime(timezone=True)))


def values_of(draft: Draft) -> dict[str, Any]:
    """Return the parameters of POST: secrets redacted, texts cut to their longest length."""
    return {
        "key": clean_line(draft.key)[:300],
        "level": draft.level,
        "title": clean_line(redact.text(draft.title))[:_TITLE],
        "body": clean_text(redact.text(draft.body))[:_BODY],
        "at": draft.at,
        "window_s": float(draft.window_s),
        "position": draft.position,
    }


@operation
def post(draft: Draft) -> Steps[int | None]:
    """Post the message and return its id; None if it only counted as a repeat."""
    values = values_of(draft)
    yield LOCK_KEY.bindparams(key=values["key"])
    row = (yield POST.bindparams(**values)).one_or_none()
    return None if row is None else int(row.id)


@operation
def lease(now: datetime, *, limit: int, lease_s: float) -> Steps[list[NoticeRecord]]:
    """Lease due messages, most severe first, and count an attempt.

    No other process gets them until the lease ends.
    """
    gravest = case({level: rank for rank, level in enumerate(reversed(LEVELS))}, value=Notice.level, else_=9)
    due = (
        select(Notice.id)
        .where(_OPEN, or_(Notice.next_at <= now, Notice.next_at > now + _LONGEST_WAIT))
        .order_by(gravest, Notice.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    change = (
        update(Notice)
        .where(Notice.id.in_(due.scalar_subquery()))
        .values(attempts=func.least(Notice.attempts + 1, 32_767), next_at=now + timedelta(seconds=lease_s))
    )
    found = records_of(NoticeRecord, (yield change.returning(*_COLUMNS)))
    return sorted(found, key=lambda notice: (-LEVELS.index(notice.level), notice.id))


@operation
def release(ids: Sequence[int], next_at: datetime) -> Steps[None]:
    """Return leased messages without an attempt: due again at `next_at`, attempt not counted."""
    yield (
        update(Notice)
        .where(Notice.id.in_(ids), _OPEN)
        .values(next_at=next_at, attempts=func.greatest(Notice.attempts - 1, 0))
    )


@operation
def settle(
    id: int,
    *,
    delivered_to: Sequence[str],
    delivered_at: datetime | None,
    next_at: datetime,
    error: str | None = None,
    given_up: bool = False,
    folded: bool = False,
    told: Mapping[int, int] | None = None,
) -> Steps[None]:
    """Store the outcome of an attempt.

    `told` maps ids to the number of repeats that the message mentioned.
    """
    yield (
        update(Notice)
        .where(Notice.id == id)
        .values(
            delivered_to=list(delivered_to),
            delivered_at=delivered_at,
            next_at=next_at,
            last_error=None if error is None else clean_line(error)[:_ERROR],
            given_up=given_up,
            folded=folded,
        )
    )
    for each, repeats in (told or {}).items():
        yield update(Notice).where(Notice.id == each).values(told=func.greatest(Notice.told, repeats))


@operation
def close(ids: Sequence[int], why: str) -> Steps[None]:
    """Cancel delivery of these messages, with the reason."""
    yield update(Notice).where(Notice.id.in_(ids)).values(given_up=True, last_error=why[:_ERROR])


@operation
def unmentioned_repeats(key: str) -> Steps[dict[int, tuple[int, int]]]:
    """Return messages with this key whose repeats were not all mentioned.

    The form is {id: (repeats, mentioned)}.
    """
    query = select(Notice.id, Notice.repeats, Notice.told).where(
        Notice.key == key, Notice.repeats > Notice.told
    )
    return {row.id: (row.repeats, row.told) for row in (yield query)}


@operation
def exists(key: str) -> Steps[bool]:
    return (yield select(Notice.id).where(Notice.key == key).limit(1)).first() is not None


@operation
def newest(limit: int = 50, *, waiting: bool = False) -> Steps[list[NoticeRecord]]:
    """Return messages, newest first. `waiting` returns only undelivered ones."""
    query = select(*_COLUMNS)
    if waiting:
        query = query.where(_OPEN)
    return records_of(NoticeRecord, (yield query.order_by(Notice.id.desc()).limit(limit)))


@operation
def forget(before: datetime) -> Steps[int]:
    """Delete messages settled before a time and return their number."""
    settled = or_(Notice.delivered_at < before, Notice.given_up & (Notice.created_at < before))
    return (yield delete(Notice).where(settled)).rowcount
