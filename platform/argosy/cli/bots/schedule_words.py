"""Schedules as people type them: `5s`, `15 min`, a cron expression, `none`, or JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from argosy.errors import InvalidInput

_SPAN = re.compile(r"(?:every\s+)?(?P<count>[0-9]{1,9}(?:\.[0-9]{1,3})?)\s*(?P<unit>s|sec|m|min|h|d)")
_UNITS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
FORMS = "`5s`, `15min`, `1h`, a cron expression of five fields, `none`, or JSON with `kind`"


def read_schedule(text: str, timezone: str) -> dict[str, Any]:
    """Return the schedule as a spec on the wire; an empty one for `none`.

    Raises InvalidInput.
    """
    from argosy.core.strict_json import check_json

    words = text.strip()
    if words.lower() in ("none", "manual", "by hand"):
        return {}
    spec: Any
    if words.startswith("{"):
        check_json(words, what="the schedule")
        spec = json.loads(words)
    elif found := _SPAN.fullmatch(words.lower()):
        spec = {"kind": "interval", "everyS": float(found["count"]) * _UNITS[found["unit"]]}
    elif len(words.split()) in (5, 6):
        spec = {"kind": "cron", "expr": words}
    else:
        raise InvalidInput("this is not a valid schedule", expected=FORMS, found=repr(text[:120]))
    return {"timezone": timezone, **spec}
