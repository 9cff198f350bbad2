"""Implement the gateway's journal on PostgreSQL, with Redis as a witness of each change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from loguru import logger

from argosy.core.actions.action import Action, ActionResult
from argosy.core.actions.context import DecisionContext
from argosy.core.actions.decision import GatewayPolicy, decide
from argosy.core.actions.intent import Caller, Change, Decision, Intent
from argosy.core.clock import Clock
from argosy.core.safety.emergency import EmergencyFlag
from argosy.core.safety.restored_database import NOTHING, RememberedRows
from argosy.core.venues.market_facts import MarketFacts
from argosy.errors import Unavailable
from argosy.infrastructure.safety.witness import Witness
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.engine.operation import Operation
from argosy.infrastructure.storage.safety import restore_check


class DatabaseJournal:
    """Journal of a running platform.

    `witness` remembers the newest change outside the database. A database that lacks this change takes no
    risk.
    """

    def __init__(
        self, database: Database, clock: Clock, policy: GatewayPolicy, *, witness: Witness | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy
        self._witness = witness

    def decide(
        self,
        caller: Caller,
        actions: Sequence[Action],
        domains: Mapping[str, str] | None = None,
        markets: Mapping[tuple[str, str], MarketFacts] | None = None,
    ) -> tuple[list[Intent], list[Change]]:
        def judge(situation: DecisionContext, fresh: Sequence[Action]) -> Sequence[Decision]:
            facts = replace(situation.snapshot, markets=markets or {})
            return decide(caller, fresh, replace(situation, snapshot=facts), self._policy)

        try:
            remembered = self._remembered()  # read before the database, which must contain it
        except Unavailable:
            remembered = NOTHING  # `begin` reads again and needs an answer
        return self._database.run(
            intents.decide(caller, actions, judge, self._clock.now(), self._policy.zone, remembered, domains)
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
        remembered = self._remembered()
        begin = intents.begin(
            client_id,
            seen=seen,
            quantity=quantity,
            liquidator=liquidator,
            owner=owner,
            now=self._clock.now(),
            remembered=remembered,
        )
        return self._witnessed(begin, remembered)  # before the action is sent

    def drop(
        self, client_id: str, *, code: str, reason: str, actor: str, denied: bool = False
    ) -> tuple[Intent, Change | None]:
        return self._database.run(
            intents.drop(
                client_id, code=code, reason=reason, actor=actor, now=self._clock.now(), denied=denied
            )
        )

    def settle(
        self, result: ActionResult, *, actor: str, looked_up: bool = False, call_ended: bool = False
    ) -> tuple[Intent, Change | None]:
        settle = intents.settle(
            result, actor=actor, now=self._clock.now(), looked_up=looked_up, call_ended=call_ended
        )
        try:
            remembered = self._remembered()
        except Unavailable:
            return self._database.run(settle)  # a venue's answer is saved without Redis too
        return self._witnessed(settle, remembered)

    def get(self, client_id: str) -> Intent | None:
        return self._database.run(intents.get(client_id))

    def unsettled(self, bot_id: str | None = None) -> list[Intent]:
        return self._database.run(intents.unsettled(bot_id))

    def announced(self, ids: Sequence[int]) -> None:
        self._database.run(intents.mark_announced(ids))

    def _remembered(self) -> RememberedRows:
        return NOTHING if self._witness is None else self._witness.read()

    def _witnessed(
        self, change: Operation[tuple[Intent, Change | None]], remembered: RememberedRows
    ) -> tuple[Intent, Change | None]:
        """Make the change and save it with the witness.

        The witness keeps its newer mark when the database lacks an older change that the witness remembers.
        When Redis does not answer, the change is still made: the next change updates the witness.
        """
        (intent, made), whole = self._database.run(restore_check.with_restore_check(change, remembered))
        if self._witness is not None and made is not None and whole:
            try:
                self._witness.keep(made.id, made.at, intent.caller.bot_id)
            except Unavailable as error:
                logger.warning("change {} is not remembered outside the database: {}", made.id, error)
        return intent, made
