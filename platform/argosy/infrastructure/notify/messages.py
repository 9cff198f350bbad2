"""Turn events into messages to people."""

from __future__ import annotations

import hashlib
import re
from typing import Any, cast

from argosy.core.clock import from_ms
from argosy.core.event import Event
from argosy.infrastructure.storage.engine.stream_position import position_of
from argosy.infrastructure.storage.safety.notices import LEVELS, Draft, Level

GIVEN_UP = "notice_given_up"
"""Code of the alarm for an undeliverable message; this alarm causes no message itself."""

_RUN_WINDOW_S = 900.0
_ALARM_WINDOW_S = 900.0


def notice_of(event: Event) -> Draft | None:
    """Return the message for an event, or None.

    Messages follow a failed run, an action of unknown outcome, an alarm, and a bot's own notification.
    Changes of emergency states and reconciliations are read from their tables, not from events.
    """
    match event.type:
        case "run_finished" if event.data.get("status") == "failed":
            return _failed_run(event)
        case "action" if event.data.get("status") == "unknown":
            return _unknown_action(event)
        case "notify":
            return _message(event)
        case "alarm" if event.data.get("code") != GIVEN_UP:
            return _alarm(event)
        case _:
            return None


def _failed_run(event: Event) -> Draft:
    reason = str(event.data.get("reason") or "no reason given")
    # Runs that fail for the same reason differ only in ids and figures.
    kind = re.sub(r"[0-9a-f]{8,}|\d+", "#", reason)[:120]
    return _draft(
        event,
        key=f"run_failed:{event.bot_id}:{kind}",
        level="warning",
        title=f"{event.bot_id}: a run failed",
        body=f"{reason} (run {event.run_id})",
        window_s=_RUN_WINDOW_S,
    )


def _unknown_action(event: Event) -> Draft:
    data = event.data
    client_id = str(data.get("clientId") or event.seq)
    named = [str(data[name]) for name in ("kind", "label", "symbol", "venue") if data.get(name)]
    if data.get("sentence"):
        named = [f"{data['sentence']} at {data.get('venue')}"]
    return _draft(
        event,
        key=f"action_unknown:{client_id}",
        level="error",
        title=f"{event.bot_id}: the outcome of an action is unknown",
        body=f"{' '.join(named)}; client id {client_id}, run {event.run_id}. Its capital stays reserved until the "
        "venue says what happened. " + str(data.get("reason") or ""),
        window_s=3600.0,
    )


def _message(event: Event) -> Draft:
    title, body = str(event.data.get("title") or ""), str(event.data.get("body") or "")
    digest = hashlib.sha256(f"{title}\n{body}".encode("utf-8", "replace")).hexdigest()[:16]
    return _draft(
        event,
        key=f"notify:{event.bot_id or 'platform'}:{digest}",
        level=_level(event.data.get("level"), "info"),
        title=title or f"{event.bot_id or 'Argosy'} says",
        body=body,
    )


def _alarm(event: Event) -> Draft:
    data = event.data
    title = str(data.get("title") or data.get("code") or "alarm")
    told = data.get("text") or data.get("message") or data.get("error") or ""
    figures = ", ".join(
        f"{name} {value}"
        for name, value in data.items()
        if name not in ("title", "code", "level", "text", "message", "error", "fields")
        and isinstance(value, (int, str))
    )
    return _draft(
        event,
        key=f"alarm:{event.bot_id or 'platform'}:{data.get('code') or ''}:{title}",
        level=_level(data.get("level"), "error"),
        title=f"{event.bot_id}: {title}" if event.bot_id else title,
        body=" ".join(part for part in (str(told), f"({figures})" if figures else "") if part),
        window_s=_ALARM_WINDOW_S,
    )


def _draft(event: Event, *, key: str, level: Level, title: str, body: str, window_s: float = 300.0) -> Draft:
    return Draft(
        key=key,
        level=level,
        title=title,
        body=body.strip(),
        at=from_ms(event.timestamp),
        window_s=window_s,
        position=position_of(event.seq),
    )


def _level(value: Any, otherwise: Level) -> Level:
    return cast("Level", value) if value in LEVELS else otherwise
