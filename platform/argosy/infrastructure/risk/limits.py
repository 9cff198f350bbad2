"""Change and list risk limits: each change is checked, audited and announced."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal

from argosy.core.actions.action import Action
from argosy.core.actions.decision import GatewayPolicy, decide
from argosy.core.actions.intent import Caller, Decision
from argosy.core.clock import Clock
from argosy.core.event import Event
from argosy.core.risk import Constraint, ConstraintKind, Finding
from argosy.core.risk.kinds import correlation
from argosy.core.risk.rules import check_constraint
from argosy.core.risk.watch import usage
from argosy.core.safety.audit import Actor
from argosy.core.scope import Scope
from argosy.core.venues.market_facts import MarketFacts
from argosy.errors import NotFound
from argosy.infrastructure.storage.actions import decision_context
from argosy.infrastructure.storage.catalog import bots, workflows
from argosy.infrastructure.storage.engine.operation import Operation, Steps, operation
from argosy.infrastructure.storage.safety import limits
from argosy.infrastructure.storage.safety.limits import LimitChange, LimitRecord


@dataclass(frozen=True, slots=True)
class KnownScopes:
    """Existing domains and venues; a limit on any other scope would protect nothing."""

    domains: Collection[str]
    venues: Collection[str]


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A limit and its present use.

    `finding` is None if only an action can use the limit, or if there is no position.
    """

    record: LimitRecord
    finding: Finding | None


class LimitService:
    """Service for risk limits.

    Its methods return operations for a sync or async database; each operation is one transaction.
    """

    def __init__(
        self, clock: Clock, places: Callable[[], KnownScopes], policy: GatewayPolicy | None = None
    ) -> None:
        self._clock = clock
        self._places = places
        self._policy = policy or GatewayPolicy()

    def set(
        self, constraint: Constraint, actor: Actor, *, reason: str = "", expected_version: int | None = None
    ) -> Operation[LimitChange]:
        """Save a limit.

        Raises InvalidInput for invalid values, NotFound for an unknown scope, and Conflict for an outdated
        version.
        """

        def steps() -> Steps[LimitChange]:
            check_constraint(constraint)
            yield from self._check_scope(constraint.scope)
            self._check_group(constraint)
            return (
                yield from limits.save(
                    constraint, actor, at=self._clock.now(), reason=reason, expected_version=expected_version
                ).steps()
            )

        return Operation(steps)

    def remove(
        self, id: str, actor: Actor, *, reason: str = "", expected_version: int | None = None
    ) -> Operation[LimitChange]:
        """Remove a limit. Raises NotFound and Conflict."""
        return limits.remove(
            id, actor, at=self._clock.now(), reason=reason, expected_version=expected_version
        )

    def announcement(self, change: LimitChange, actor: Actor) -> Event | None:
        """Return the event to publish after the transaction, or None if nothing changed."""
        if change.before == change.after:
            return None
        known = change.after or change.before
        assert known is not None  # a change has at least one side
        scope = Scope.from_text(known.constraint.scope)
        return Event(
            type="param_change",
            timestamp=self._clock.now_ms(),
            bot_id=scope.bot or None,
            strategy_id=scope.strategy or None,
            data={
                "param": f"risk.{known.constraint.id}",
                "old": _words(change.before),
                "new": _words(change.after),
                "saved": True,
                "actor": actor.id,
                "scope": known.constraint.scope,
            },
        )

    def usage(self, mode: str) -> Operation[list[LimitUse]]:
        """Return every limit with its use in the books of one mode, sorted by id."""
        return _usage(mode, self._clock.now(), self._policy.zone)

    def what_if(
        self,
        bot_id: str,
        strategy_id: str,
        action: Action,
        markets: Mapping[tuple[str, str], MarketFacts] | None = None,
    ) -> Operation[Decision]:
        """Return the gateway's decision on `action` as of now, for the bot in its mode.

        `markets` are facts by asset, read just now. Nothing is saved. Raises NotFound.
        """
        return _what_if(bot_id, strategy_id, action, self._policy, self._clock.now(), markets or {})

    def _check_scope(self, name: str) -> Steps[None]:
        scope = Scope.from_text(name)
        if scope.domain:
            _known("domain", scope.domain, self._places().domains)
        if scope.venue:
            _known("venue", scope.venue, self._places().venues)
        if scope.bot:
            bot = yield from bots.get(scope.bot).steps()
            if scope.strategy:
                document = (yield from workflows.get(bot.workflow_digest).steps()).document
                nodes = document.get("nodes", [])
                _known("strategy", scope.strategy, [n["id"] for n in nodes if n.get("type") == "strategy"])

    def _check_group(self, constraint: Constraint) -> None:
        """Check the venue of each name in a correlation group.

        A venue with a `*` may stand for several and is not checked.
        """
        if constraint.kind is ConstraintKind.CORRELATION_GROUP:
            for venue in (name.partition("/")[0] for name in correlation.group(constraint)):
                if "*" not in venue:
                    _known("venue", venue, self._places().venues)


def _known(noun: str, name: str, names: Collection[str]) -> None:
    if name not in names:
        raise NotFound(
            f"there is no such {noun}: the limit would protect nothing",
            expected="one of " + (", ".join(sorted(names)) or "none"),
            found=name,
        )


@operation
def _usage(mode: str, now: datetime, zone: tzinfo) -> Steps[list[LimitUse]]:
    records = yield from limits.records().steps()
    snapshot = yield from decision_context.snapshot(mode, now, zone).steps()
    found = {finding.constraint: finding for finding in usage([r.constraint for r in records], snapshot)}
    return [LimitUse(record, found.get(record.constraint.id)) for record in records]


@operation
def _what_if(
    bot_id: str,
    strategy_id: str,
    action: Action,
    policy: GatewayPolicy,
    now: datetime,
    markets: Mapping[tuple[str, str], MarketFacts],
) -> Steps[Decision]:
    bot = yield from bots.get(bot_id).steps()
    known = yield from decision_context.load(
        bot_id=bot.id,
        mode=bot.mode,
        domain=bot.domain,
        strategy_id=strategy_id,
        now=now,
        zone=policy.zone,
        actions=[action],
    )
    known = replace(known, snapshot=replace(known.snapshot, markets=markets))
    caller = Caller(mode=bot.mode, domain=bot.domain, bot_id=bot.id, strategy_id=strategy_id)
    return decide(caller, [action], known, policy)[0]


def _words(record: LimitRecord | None) -> str | None:
    if record is None:
        return None
    constraint = record.constraint
    words = _plain(constraint.limit)
    if constraint.window_s is not None:
        words += f" in {constraint.window_s} s"
    if constraint.mode == "warn":
        words += ", warn only"
    return words if constraint.enabled else words + ", off"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
