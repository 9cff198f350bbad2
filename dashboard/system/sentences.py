"""Sentences about events, in plain English."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from dashboard.wire import Level

_EMERGENCY: Mapping[str, Level] = {"NORMAL": "success", "ALERT": "warning"}
_LEVELS: Mapping[str, Level] = {
    "info": "info",
    "success": "success",
    "warning": "warning",
    "error": "error",
    "critical": "error",
}
_RUN: Mapping[str, Level] = {"failed": "error", "cancelled": "warning"}
_DONE: Mapping[str, tuple[Level, str]] = {
    "filled": ("success", "filled"),
    "partially_filled": ("warning", "partly filled"),
    "rejected": ("warning", "was rejected by the venue"),
    "denied": ("warning", "was denied by Argosy"),
    "cancelled": ("info", "was cancelled"),
    "unknown": ("error", "has an unknown outcome"),
    "submitted": ("info", "was sent"),
    "open": ("info", "is open"),
    "planned": ("info", "is planned"),
}


def sentence(type: str, data: Mapping[str, Any], bot: str | None) -> tuple[Level, str]:
    """Return level and text of an event; `bot` is the bot's name, if any."""
    who = bot or "Platform"
    match type:
        case "action":
            return _action(data, who)
        case "emergency":
            state = str(data.get("state", "?"))
            return _EMERGENCY.get(
                state, "error"
            ), f"{data.get('scope', 'platform')} is {state}{_by(data)}{_because(data)}"
        case "param_change":
            saved = "" if data.get("saved") else " (not saved)"
            change = f"{data.get('param')} from {_short(data.get('old'))} to {_short(data.get('new'))}"
            return "info", f"{who}: changed {change}{saved}{_by(data)}"
        case "run_skipped":
            return "info", f"{who}: a run was skipped{_because(data)}"
        case "run_finished":
            return _run(data, who)
        case "breaker":
            state = str(data.get("state", "?"))
            return ("warning" if state == "open" else "info"), f"Circuit of {data.get('name')} is {state}"
        case "worker":
            status = str(data.get("status", "?"))
            bad = status in ("lost", "offline", "died")
            return ("warning" if bad else "info"), f"Worker {data.get('name')} is {status}"
        case "notify":
            return _level(data), f"{who}: {_joined(data.get('title'), data.get('body'))}"
        case "alarm":
            return "error", f"Alarm: {_told(data)}"
        case "schedule":
            return "warning", f"{who}: {_schedule(data)}"
    return "info", f"{who}: {type.replace('_', ' ')}"


def skipped_sentence(bot: str, reason: str, count: int) -> str:
    """Return a sentence on skipped runs of a bot for one reason, without their count."""
    runs = "a run was" if count == 1 else "runs were"
    why = "the run before had not ended" if reason == "overlap" else reason
    return f"{bot}: {runs} skipped: {why}" if why else f"{bot}: {runs} skipped"


def _schedule(data: Mapping[str, Any]) -> str:
    match data.get("status"), data.get("missed"):
        case "misfired", int(missed):
            runs = "1 scheduled run was" if missed == 1 else f"{missed:,} scheduled runs were"
            least = "" if data.get("exact", True) else "at least "
            after = "; the latest one started late" if data.get("fired") is not None else ""
            return f"{least}{runs} missed, because the scheduler was late{after}"
        case "replanned", _:
            return "the next run was planned anew, because its time did not fit the schedule"
    return _told(data)


def _action(data: Mapping[str, Any], who: str) -> tuple[Level, str]:
    status = str(data.get("status", ""))
    level, ended = _DONE.get(status, ("info", status or "changed"))
    verb = str(data.get("side") or data.get("kind") or "action").replace("_", " ")
    amount = number(data.get("filled") if status.endswith("filled") else data.get("quantity"))
    price = number(data.get("averagePrice") or data.get("price"))
    at = f" at {price}" if price else ""
    where = f" on {data['venue']}" if data.get("venue") else ""
    paper = " (paper)" if data.get("paper") else ""
    what = " ".join(
        part for part in (verb, amount, str(data.get("label") or data.get("symbol") or "")) if part
    )
    what = str(data.get("sentence") or what)
    return level, f"{who}: {what}{at}{where} {ended}{_because(data)}{paper}"


def _run(data: Mapping[str, Any], who: str) -> tuple[Level, str]:
    status = str(data.get("status", "?"))
    return _RUN.get(
        status, "success"
    ), f"{who}: a run {'was cancelled' if status == 'cancelled' else 'failed'}{_because(data)}"


def number(value: Any) -> str:
    """Format a decimal with thousands separators and without needless zeros; "" for None."""
    if value is None or value == "":
        return ""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not amount.is_finite():
        return str(value)
    whole = amount.normalize()
    return f"{whole:,f}" if abs(whole.adjusted()) < 30 else str(whole)


def _because(data: Mapping[str, Any]) -> str:
    return f": {data['reason']}" if data.get("reason") else ""


def _by(data: Mapping[str, Any]) -> str:
    return f" by {data['actor']}" if data.get("actor") else ""


def _told(data: Mapping[str, Any]) -> str:
    for name in ("message", "text", "reason", "status", "name", "title"):
        if data.get(name):
            return str(data[name])
    return ", ".join(f"{name} {_short(value)}" for name, value in sorted(data.items())) or "no details"


def _joined(title: Any, body: Any) -> str:
    return ": ".join(str(part) for part in (title, body) if part) or "a message without text"


def _level(data: Mapping[str, Any]) -> Level:
    return _LEVELS.get(str(data.get("level")), "info")


def _short(value: Any, limit: int = 60) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
