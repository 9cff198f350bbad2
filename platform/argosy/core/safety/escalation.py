"""Escalation by the guard: states that are due, ALERTs that stay, ALERTs that end. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from argosy.core.risk.assessment import Finding
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.judge import UNKNOWN
from argosy.core.risk.snapshot import Snapshot
from argosy.core.risk.watch import watch
from argosy.core.safety.emergency import EmergencyState
from argosy.core.safety.transition import clears
from argosy.core.scope import Scope, bot_scope

WARNING = Decimal("0.8")
"""Fraction of a cause's limit from which the cause warns; risk constraints have their own."""

QUIET = Decimal("0.9")
"""Fraction of the warning level below which a cause is quiet.

An ALERT ends only after all its causes have been quiet for a while.
"""


@dataclass(frozen=True, slots=True)
class Signal:
    """State that one cause requests in one scope.

    `wants` NORMAL without `quiet` neither raises an ALERT nor lets one end.
    """

    scope: str
    cause: str
    wants: EmergencyState
    quiet: bool
    text: str


@dataclass(frozen=True, slots=True)
class ScopeState:
    """State of one scope itself, as stored in Postgres."""

    state: EmergencyState
    automatic: bool = False
    clears_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StateChange:
    scope: str
    state: EmergencyState
    cause: str
    reason: str


@dataclass(frozen=True, slots=True)
class Escalation:
    """Changes that follow from the signals.

    `moves` are state changes to make. `unquiet` scopes stay in ALERT for another cool-down. `over` scopes leave
    ALERT.
    """

    moves: Sequence[StateChange] = ()
    unquiet: Sequence[str] = ()
    over: Sequence[str] = ()


def grade_signal(
    scope: str,
    cause: str,
    value: Decimal,
    limit: Decimal,
    text: str,
    *,
    worst: EmergencyState = EmergencyState.HALT,
) -> Signal:
    """Return the signal of a value with a limit.

    HALT from the limit on, ALERT from 80 % of the limit, quiet below 72 %. `worst` caps the requested state.
    """
    warning = WARNING * limit
    wants = EmergencyState.NORMAL
    if value >= limit:
        wants = EmergencyState.HALT
    elif value >= warning:
        wants = EmergencyState.ALERT
    return Signal(scope, cause, min(wants, worst), value < QUIET * warning, text)


def escalate(
    signals: Sequence[Signal], standings: Mapping[str, ScopeState], now: datetime, *, watched: bool
) -> Escalation:
    """Return the changes by the strongest signal of each scope; states only rise here.

    An automatic ALERT ends at its `clears_at`. `watched` False means that the guard was interrupted: no ALERT
    then counts as quiet since.
    """
    strongest: dict[str, Signal] = {}
    for signal in signals:
        known = strongest.get(signal.scope)
        if known is None or signal.wants > known.wants:
            strongest[signal.scope] = signal
    moves = [
        StateChange(scope, signal.wants, signal.cause, signal.text)
        for scope, signal in strongest.items()
        if signal.wants > _of(standings, scope).state
    ]
    loud = {signal.scope for signal in signals if not signal.quiet}
    alerts = [
        scope
        for scope, standing in standings.items()
        if standing.state is EmergencyState.ALERT and standing.automatic
    ]
    return Escalation(
        moves=moves,
        unquiet=[scope for scope in alerts if scope in loud or not watched],
        over=[
            scope
            for scope in alerts
            if watched
            and scope not in loud
            and clears(EmergencyState.ALERT, automatic=True, clears_at=standings[scope].clears_at, now=now)
        ],
    )


def risk_signals(
    constraints: Sequence[Constraint], snapshot: Snapshot, bots: Mapping[str, tuple[str, str]], mode: str
) -> list[Signal]:
    """Return the signals of the constraints on the current state, in scopes that can be halted.

    `bots` maps each bot to its domain and mode. The limit of a venue or asset concerns the strategies that have
    positions or open actions in it. The limit of the platform or a domain concerns its whole scope while all its
    bots have `mode`. Otherwise it concerns only its bots of `mode`: modes never mix.
    """
    lower = [each.model_copy(update={"warning": each.warning * QUIET}) for each in constraints]
    unquiet = {found.constraint for found in watch(lower, snapshot) if found.verdict != "ok"}
    return [
        Signal(scope, found.code, _wanted(found), _is_quiet(found, unquiet), found.text)
        for found in watch(constraints, snapshot)
        for scope in _scopes(found.scope, snapshot, bots, mode)
    ]


def _is_quiet(found: Finding, unquiet: Container[str]) -> bool:
    return found.code != UNKNOWN and found.constraint not in unquiet


def _wanted(found: Finding) -> EmergencyState:
    if found.verdict == "denied":
        return EmergencyState.HALT
    return EmergencyState.ALERT if found.verdict == "warning" else EmergencyState.NORMAL


def _scopes(name: str, snapshot: Snapshot, bots: Mapping[str, tuple[str, str]], mode: str) -> Sequence[str]:
    scope = Scope.from_text(name)
    if scope.kind in ("bot", "strategy"):
        return [name]
    if scope.kind in ("venue", "asset"):
        paths = [holding.path for holding in snapshot.holdings] + [each.path for each in snapshot.open]
        return sorted({path.owner for path in paths if scope.contains(path)})
    inside = {bot: of for bot, of in bots.items() if scope.kind == "platform" or of[0] == scope.domain}
    if all(of[1] == mode for of in inside.values()):
        return [name]
    return sorted(bot_scope(bot) for bot, of in inside.items() if of[1] == mode)


def _of(standings: Mapping[str, ScopeState], scope: str) -> ScopeState:
    return standings.get(scope, ScopeState(EmergencyState.NORMAL))
