"""The journal of a running platform: Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from argosy.core.action import Action, ActionResult
from argosy.core.clock import Clock
from argosy.core.decision import GatewayPolicy, decide
from argosy.core.emergency import EmergencyFlag
from argosy.core.intent import Caller, Change, Decision, Intent
from argosy.core.situation import Situation
from argosy.infrastructure.storage import intents
from argosy.infrastructure.storage.database import Database


class DatabaseJournal:
    """Implements Journal."""

    def __init__(self, database: Database, clock: Clock, policy: GatewayPolicy) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy

    def decide(self, caller: Caller, actions: Sequence[Action]) -> tuple[list[Intent], list[Change]]:
        def judge(situation: Situation, fresh: Sequence[Action]) -> Sequence[Decision]:
            return decide(caller, fresh, situation, self._policy)

        return self._database.run(
            intents.decide(caller, actions, judge, self._clock.now(), self._policy.zone)
        )

    def begin(
        self,
        client_id: str,
        *,
        seen: Sequence[EmergencyFlag],
        quantity: Decimal | None,
        liquidator: bool,
        owner: str,
    ) -> tuple[Intent, Change | None]:
        return self._database.run(
            intents.begin(
                client_id,
                seen=seen,
                quantity=quantity,
                liquidator=liquidator,
                owner=owner,
                now=self._clock.now(),
            )
        )

    def drop(
        self, client_id: str, *, code: str, reason: str, actor: str, denied: bool = False
    ) -> tuple[Intent, Change | None]:
        return self._database.run(
            intents.drop(
                client_id, code=code, reason=reason, actor=actor, now=self._clock.now(), denied=denied
            )
        )

    def settle(
        self, result: ActionResult, *, actor: str, looked_up: bool = False
    ) -> tuple[Intent, Change | None]:
        return self._database.run(
            intents.settle(result, actor=actor, now=self._clock.now(), looked_up=looked_up)
        )

    def get(self, client_id: str) -> Intent | None:
        return self._database.run(intents.get(client_id))

    def unsettled(self, bot_id: str | None = None) -> list[Intent]:
        return self._database.run(intents.unsettled(bot_id))

    def announced(self, ids: Sequence[int]) -> None:
        self._database.run(intents.announced(ids))
