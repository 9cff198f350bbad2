"""Where the gateway keeps what it decided: Postgres on a running platform, memory in a replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from argosy.core.action import Action, ActionResult
from argosy.core.emergency import EmergencyFlag
from argosy.core.intent import Caller, Change, Intent


class Journal(Protocol):
    """Each method is one atomic step. A change that comes back has to be announced, then `announced`."""

    def decide(
        self, caller: Caller, actions: Sequence[Action], domains: Mapping[str, str] | None = None
    ) -> tuple[list[Intent], list[Change]]:
        """Decides what is new and reserves for it; what was decided before is returned as it stands.

        `domains` by venue: their limits and emergency states bind the actions too.
        """
        ...

    def begin(
        self,
        client_id: str,
        *,
        seen: Sequence[EmergencyFlag],
        quantity: Decimal | None,
        liquidator: bool,
        owner: str,
    ) -> tuple[Intent, Change | None]:
        """planned → submitted or denied; no change when somebody else has begun it."""
        ...

    def drop(
        self, client_id: str, *, code: str, reason: str, actor: str, denied: bool = False
    ) -> tuple[Intent, Change | None]:
        """planned → cancelled or denied."""
        ...

    def settle(
        self, result: ActionResult, *, actor: str, looked_up: bool = False, call_ended: bool = False
    ) -> tuple[Intent, Change | None]:
        """Takes the venue's word and books new fills. `call_ended`: its sender will not send any more."""
        ...

    def get(self, client_id: str) -> Intent | None: ...

    def unsettled(self, bot_id: str | None = None) -> list[Intent]: ...

    def announced(self, ids: Sequence[int]) -> None: ...
