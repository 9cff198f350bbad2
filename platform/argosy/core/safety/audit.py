"""Audit trail: who did what, when, why and from where, as a chain of hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Literal

from pydantic import BaseModel, Field

from argosy.core.wire import Line, Wire


class Actor(Wire):
    """Person or part of the system that acts.

    `id` is the user's name or the name of the part. `origin` is the interface that was used.
    """

    id: Line = Field(min_length=1, max_length=120)
    origin: Literal["cli", "api", "system", "python"] = "system"
    address: Line = ""


class AuditEntry(Wire):
    """Change of state, parameters, risk, schedule or capital, with the values before and after.

    `action` is a stable verb. Emergency and limits: "emergency.change", "risk.set", "live.switch". Bots:
    "capital.set", "schedule.set", "bot.state", "param.save". Records: "reconcile", "ledger.rebuild",
    "orders.cancel_all", "action.settle". `subject` names the changed thing ("bot:btc_15m").
    """

    actor: Actor
    action: str = Field(min_length=1, max_length=80)
    subject: Line = Field(min_length=1, max_length=300)
    reason: Line = Field(default="", max_length=2000)
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


GENESIS = "0" * 64
"""The `previous_hash` of the first row of the chain."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One stored row of the chain; `before` and `after` hold plain JSON values (see `plain`)."""

    id: int
    at: datetime
    actor: str
    origin: str
    address: str
    action: str
    subject: str
    reason: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    previous_hash: str
    hash: str = ""


def plain(value: Any) -> Any:
    """Return `value` in the few JSON types that every store returns unchanged.

    Decimals and floats become strings. Times become UTC ISO strings with microseconds. Keys become strings. Values of
    unknown types become their `str`.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST else str(value)
    if isinstance(value, datetime):
        return _iso(value)
    if isinstance(value, BaseModel):
        return plain(value.model_dump())
    if isinstance(value, Mapping):
        return {_text(str(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(inner) for inner in value), key=str)
    return _text(str(value))


def hash_of(record: AuditRecord) -> str:
    """Return the SHA-256, in hex, of the row's canonical JSON.

    The JSON contains the previous row's hash. It has every field but `hash`, sorted keys, no spaces, ASCII. Any
    JSON library can compute it again.
    """
    fields = {name: getattr(record, name) for name in AuditRecord.__slots__ if name != "hash"}
    fields["at"] = _iso(record.at)
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _text(text: str) -> str:
    """Replace NUL and halves of surrogate pairs, which a database cannot store."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


_LARGEST = 2**53 - 1
