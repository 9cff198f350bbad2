"""Define the storage of intents: PostgreSQL on a running platform, memory in a replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from argosy.core.actions.action import Action, ActionResult
from argosy.core.actions.intent import Caller, Change, Intent
from argosy.core.safety.emergency import EmergencyFlag
from argosy.core.venues.market_facts import MarketFacts


class Journal(Protocol):
    """Storage of the gateway's decisions; each method is one atomic step.

    The caller publishes every returned change and then calls `announced`.
    """

    def decide(
        self,
        caller: Caller,
        actions: Sequence[Action],
        domains: Mapping[str, str] | None = None,
        markets: Mapping[tuple[str, str], MarketFacts] | None = None,
    ) -> tuple[list[Intent], list[Change]]:
        """Decide new actions and reserve capital for them; return earlier intents unchanged.

        `domains` maps a venue to its domain, whose limits and emergency states bind the actions too. `markets` are
        facts by asset, read just now.
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
        """Move a planned intent to submitted or denied.

        The change is None if another process has begun the intent.
        """
        ...

    def drop(
        self, client_id: str, *, code: str, reason: str, actor: str, denied: bool = False
    ) -> tuple[Intent, Change | None]:
        """Move a planned intent to cancelled or denied."""
        ...

    def settle(
        self, result: ActionResult, *, actor: str, looked_up: bool = False, call_ended: bool = False
    ) -> tuple[Intent, Change | None]:
        """Save the venue's answer and book new fills.

        `call_ended`: the sender will not send this action again.
        """
        ...

    def get(self, client_id: str) -> Intent | None: ...

    def unsettled(self, bot_id: str | None = None) -> list[Intent]: ...

    def announced(self, ids: Sequence[int]) -> None: ...
