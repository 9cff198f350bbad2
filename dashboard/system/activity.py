"""Recent activity in sentences; repetitions become one item with a count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from argosy.core.clock import from_ms
from argosy.infrastructure.storage.catalog import bots
from argosy.infrastructure.storage.engine.operation import together
from argosy.infrastructure.storage.history import activity
from argosy.infrastructure.storage.history import runs as history
from argosy.infrastructure.storage.records import ActivityRecord, RunRecord, SkipRecord
from dashboard.bots.skips import count_skips
from dashboard.live.now import Now
from dashboard.ports import Ports
from dashboard.system.activity_wire import ActivityItem, ActivityList, ActivityQuery
from dashboard.system.sentences import sentence, skipped_sentence
from dashboard.wire import Level

_DAY = timedelta(days=1)
_MOST = 500
_ALONE = frozenset({"action", "emergency", "param_change"})
"""Event types that are never folded: each is an action or a decision."""
_GRAVITY: dict[Level, int] = {"info": 0, "success": 0, "warning": 1, "error": 2}


class ActivityViews:
    def __init__(self, ports: Ports, now: Now) -> None:
        self._ports = ports
        self._now = now

    async def newest(self, query: ActivityQuery) -> ActivityList:
        """Return activity of history and of newer live events, newest first.

        Live events cover the time since the recorder's last batch. Skipped runs cover the last day.
        """
        since = self._ports.clock.now() - _DAY
        most = query.limit if query.level is None else _MOST
        recorded, failed, known, skips = await self._ports.database.run(
            together(
                activity.newest(bot_id=query.bot, limit=most, skipped=False),
                history.newest(bot_id=query.bot, status="failed", limit=most),
                bots.every(archived=True),
                activity.skips(since, bot_id=query.bot),
            )
        )
        names = {bot.id: bot.name for bot in known}
        items = [_item(record, names) for record in self._with_live(recorded)]
        items += [_failure(run, names) for run in failed]
        items += [_skip(each, names) for each in count_skips(skips, self._now.skips, since)]
        wanted = [each for each in items if query.bot in (None, each.bot_id) and _grave(each, query)]
        return ActivityList(items=fold_repeats(wanted)[: query.limit])

    def _with_live(self, recorded: Sequence[ActivityRecord]) -> Iterable[ActivityRecord]:
        found: dict[str, ActivityRecord] = {}
        for event in self._now.activity:
            found[_identity(event.type, event.data, event.seq)] = ActivityRecord(
                event.seq,
                from_ms(event.timestamp),
                event.type,
                event.bot_id,
                event.strategy_id,
                event.run_id,
                event.node_id,
                event.data,
            )
        for record in recorded:
            found.setdefault(_identity(record.type, record.data, record.seq), record)
        return found.values()


def fold_repeats(items: Iterable[ActivityItem]) -> list[ActivityItem]:
    """Fold items with the same sentence about the same bot; newest first.

    The newest item stays, with the count and the time of the first. Types in `_ALONE` are not folded.
    """
    found: list[ActivityItem] = []
    places: dict[tuple[str, str | None, str], int] = {}
    for item in sorted(items, key=lambda each: (each.at, each.seq), reverse=True):
        key = item.type, item.bot_id, item.text
        place = places.get(key)
        if place is None or item.type in _ALONE:
            places[key] = len(found)
            found.append(item)
            continue
        newest = found[place]
        found[place] = newest.model_copy(
            update={"count": newest.count + item.count, "since": item.since or item.at}
        )
    return found


def _grave(item: ActivityItem, query: ActivityQuery) -> bool:
    return query.level is None or _GRAVITY[item.level] >= _GRAVITY[query.level]


def _identity(type: str, data: object, seq: str) -> str:
    """Return the key under which events fold: one for all events of an action."""
    client_id = data.get("clientId") if type == "action" and isinstance(data, dict) else None
    return f"action {client_id}" if client_id else seq


def _item(record: ActivityRecord, names: dict[str, str]) -> ActivityItem:
    bot = None if record.bot_id is None else names.get(record.bot_id, record.bot_id)
    level, text = sentence(record.type, record.data, bot)
    return ActivityItem(
        seq=record.seq,
        at=record.at,
        type=record.type,
        text=text,
        level=level,
        bot_id=record.bot_id,
        run_id=record.run_id,
    )


def _failure(run: RunRecord, names: dict[str, str]) -> ActivityItem:
    at = run.finished_at or run.started_at
    data = {"status": run.status, "reason": run.reason}
    level, text = sentence("run_finished", data, names.get(run.bot_id, run.bot_id))
    return ActivityItem(
        seq=f"{int(at.timestamp() * 1000)}-0",
        at=at,
        type="run_finished",
        text=text,
        level=level,
        bot_id=run.bot_id,
        run_id=run.id,
    )


def _skip(each: SkipRecord, names: dict[str, str]) -> ActivityItem:
    return ActivityItem(
        seq=each.seq,
        at=each.last,
        type="run_skipped",
        text=skipped_sentence(names.get(each.bot_id, each.bot_id), each.reason, each.count),
        level="info",
        bot_id=each.bot_id,
        run_id=None,
        count=each.count,
        since=None if each.count == 1 else each.first,
    )
