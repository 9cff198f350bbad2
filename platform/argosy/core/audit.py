"""Who did what, when, why and from where."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from argosy.core.wire import Wire


class Actor(Wire):
    """`id` is a user's name or the part of the system that acted; `origin` is the surface it came through."""

    id: str = Field(min_length=1, max_length=120)
    origin: Literal["cli", "api", "system", "python"] = "system"
    address: str = ""


class AuditEntry(Wire):
    """A change of state, parameters, risk, schedule or capital, with what was before and after.

    `action` is a stable verb ("emergency.change", "risk.set", "capital.set", "schedule.set", "bot.state",
    "param.save", "live.switch", "reconcile", "ledger.rebuild"); `subject` names what was changed ("bot:btc_15m").
    """

    actor: Actor
    action: str = Field(min_length=1, max_length=80)
    subject: str = Field(min_length=1, max_length=300)
    reason: str = Field(default="", max_length=2000)
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
